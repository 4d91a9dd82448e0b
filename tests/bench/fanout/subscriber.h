#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vaka::bench {

// What bytes that a subscriber took said.
struct Heard {
  bool ready = false;         // it is subscribed: from now on it gets everything
  uint64_t messages = 0;      // published ones
  std::string answer = {};    // what the protocol wants sent back
  absl::Status trouble = {};  // it cannot go on
};

// One subscriber's end of a protocol, without its socket: bytes in, bytes out. Used by one thread.
class Subscriber {
 public:
  virtual ~Subscriber() = default;
  // What it says first.
  virtual std::string Hello() = 0;
  // Takes bytes as they come; adds to `heard`.
  virtual void Take(absl::string_view bytes, Heard& heard) = 0;
};

// A subscriber whose protocol comes in pieces. Keeps what is not whole yet.
class PieceReader : public Subscriber {
 public:
  void Take(absl::string_view bytes, Heard& heard) final {
    if (!rest_.empty()) {
      rest_.append(bytes.data(), bytes.size());
      const std::string all = std::move(rest_);
      rest_ = std::string(TakeAll(all, heard));
      return;
    }
    rest_ = std::string(TakeAll(bytes, heard));
  }

 protected:
  // Takes the piece that `bytes` begin with; returns its length, 0: it is not whole.
  virtual size_t TakePiece(absl::string_view bytes, Heard& heard) = 0;

 private:
  absl::string_view TakeAll(absl::string_view bytes, Heard& heard) {
    while (!bytes.empty() && heard.trouble.ok()) {
      const size_t taken = TakePiece(bytes, heard);
      if (taken == 0) break;
      bytes.remove_prefix(taken);
    }
    return bytes;
  }

  std::string rest_;
};

}  // namespace vaka::bench
