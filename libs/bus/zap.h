#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "libs/bus/context.h"
#include "libs/bus/counters.h"
#include "libs/bus/keys.h"

namespace vaka::bus {

class Socket;

// Answers ZeroMQ's question whether a key may connect (ZAP, RFC 27) from a folder of public keys,
// which is read every time: adding a file admits, removing it refuses from the next connection on.
// One for a context. Must be there before the first socket with keys is bound and until the last is
// closed, for without it ZeroMQ admits any key (the Forwarder sees to that). Has a thread of its
// own until it is destroyed.
class ZapHandler final {
 public:
  // FAILED_PRECONDITION when the context has one. `context` and `counters` outlive it.
  static absl::StatusOr<std::unique_ptr<ZapHandler>> Start(Context& context, const Keys& keys,
                                                           Counters& counters);
  ~ZapHandler();

  ZapHandler(const ZapHandler&) = delete;
  ZapHandler& operator=(const ZapHandler&) = delete;

 private:
  ZapHandler(std::unique_ptr<Socket> socket, std::string allowed, Counters& counters);
  void Loop(std::stop_token stop);
  void Answer();

  const std::string allowed_;
  Counters& counters_;
  std::unique_ptr<Socket> socket_;  // the thread's
  std::jthread thread_;
};

}  // namespace vaka::bus
