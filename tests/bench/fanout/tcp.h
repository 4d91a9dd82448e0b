#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/bench/fanout/subscriber.h"

namespace vaka::bench {

// A connection to a loopback port, from a loopback address, without delay; the caller's to close.
absl::StatusOr<int> ConnectTcp(int port, const std::string& from = "127.0.0.1");
// Writes all, waiting for room where there is none.
absl::Status SendAll(int fd, absl::string_view bytes);

// A publisher's connection: a protocol's subscriber end is used for what comes back. Blocking; used
// by one thread.
class PublisherLine final {
 public:
  PublisherLine() = default;
  ~PublisherLine();
  PublisherLine(const PublisherLine&) = delete;
  PublisherLine& operator=(const PublisherLine&) = delete;

  absl::Status Connect(int port);
  absl::Status Send(absl::string_view bytes) { return SendAll(fd_, bytes); }
  // Reads, calling `take` with all that is unread, until it has taken what it waits for: it returns
  // how much it took, and sets `done`.
  absl::Status Await(const std::function<size_t(absl::string_view unread, bool* done)>& take);

 private:
  int fd_ = -1;
  std::string unread_;
};

}  // namespace vaka::bench
