#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/bus/bus.h"
#include "libs/bus/context.h"
#include "libs/bus/counters.h"
#include "libs/bus/keys.h"

namespace vaka::bus {

class Socket;

// Hears what publishers say, through one forwarder or several (then each message comes several
// times). Belongs to one thread, which has to take what comes without delay: nothing but memory
// bounds what waits here. Reconnects by itself; what is missed meanwhile is the follower's to find.
class Subscriber final {
 public:
  struct Options {
    std::vector<std::string> forwarders;    // their subscribe addresses
    std::vector<std::string> kommuns = {};  // empty: all
    std::optional<Keys> keys = std::nullopt;
    int queue = 20000;  // facts; what a Receiver holds for each of its sources
  };

  // Returns before the forwarders are there. Errors: INVALID_ARGUMENT, FAILED_PRECONDITION for a
  // plain address that other machines reach. `context` and `counters` outlive it.
  static absl::StatusOr<std::unique_ptr<Subscriber>> Connect(Context& context, Options options,
                                                             Counters& counters);
  ~Subscriber();

  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // The facts of the next message, waiting up to `wait`; none when none came. A damaged message is
  // dropped and counted.
  std::vector<Message> Receive(absl::Duration wait);

 private:
  Subscriber(std::unique_ptr<Socket> socket, Counters& counters);

  const std::unique_ptr<Socket> socket_;
  Counters& counters_;
};

}  // namespace vaka::bus
