#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/bus/context.h"
#include "libs/bus/counters.h"
#include "libs/bus/keys.h"

namespace vaka::bus {

// The middle of the bus: publishers and subscribers connect to it, so that neither needs to know
// the other. Keeps nothing; a subscriber that does not keep up loses messages. With keys, tcp
// addresses admit only the keys of the allow-list. Start and Stop are called by one thread.
class Forwarder final {
 public:
  struct Options {
    std::vector<std::string> publish_addresses;    // for publishers; several may be bound at once
    std::vector<std::string> subscribe_addresses;  // for subscribers
    std::optional<Keys> keys = std::nullopt;
    int queue = 10000;  // messages a peer, each of one fact to kMostFacts
  };

  // `context` and `counters` outlive it.
  Forwarder(Context& context, Options options, Counters& counters);
  ~Forwarder();  // as Stop

  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Binds, then forwards on a thread of its own. FAILED_PRECONDITION: an address that other
  // machines reach, without keys. UNAVAILABLE: an address is taken. Nothing runs after an error.
  absl::Status Start();
  void Stop();

  // Where it is bound, in the order plain addresses, tcp addresses; after Start.
  std::vector<std::string> publish_addresses() const;
  std::vector<std::string> subscribe_addresses() const;

 private:
  class Running;

  Context& context_;
  const Options options_;
  Counters& counters_;
  std::unique_ptr<Running> running_;
};

}  // namespace vaka::bus
