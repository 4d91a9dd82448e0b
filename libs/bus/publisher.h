#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/bus/bus.h"
#include "libs/bus/context.h"
#include "libs/bus/counters.h"
#include "libs/bus/keys.h"

namespace vaka::bus {

class Socket;

// Says on the bus what was written to the log. Thread-safe. Never blocks: when a forwarder does not
// keep up, or is away for longer than the queue lasts, facts to it are dropped and counted, and
// followers read them from the log.
class Publisher final {
 public:
  struct Options {
    std::vector<std::string> forwarders;  // their publish addresses; each gets every message
    std::optional<Keys> keys = std::nullopt;
    int queue = 4000;  // messages a forwarder, of at most kMostFacts each
  };

  // Returns before the forwarders are there; it connects when they come. Errors: INVALID_ARGUMENT,
  // FAILED_PRECONDITION for a plain address that other machines reach. `context` and `counters`
  // outlive it.
  static absl::StatusOr<std::unique_ptr<Publisher>> Connect(Context& context, Options options,
                                                            Counters& counters);
  ~Publisher();

  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // The facts numbered from `first_seq`; fits log::OnCommitted.
  void Publish(const std::string& kommun, log::Stream stream, uint64_t first_seq,
               const std::vector<std::string>& facts);

 private:
  Publisher(std::vector<Socket> sockets, Counters& counters);

  Counters& counters_;

  absl::Mutex mu_;
  // One a forwarder, so that one that is away does not hold up the others.
  std::vector<Socket> sockets_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::bus
