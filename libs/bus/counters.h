#pragma once

#include <atomic>
#include <cstdint>

namespace vaka::bus {

// What the bus did since the process started.
struct Stats {
  uint64_t published = 0;  // facts handed to ZeroMQ, once an address
  uint64_t dropped = 0;    // facts not handed over, because an address's queue was full
  uint64_t received = 0;   // facts
  uint64_t damaged = 0;    // messages of one or more facts, received but not intact; dropped
  uint64_t overrun = 0;    // received, but a source of this process was too slow; dropped for it
  uint64_t admitted = 0;   // connections to the forwarder whose key is allowed
  uint64_t refused = 0;    // and whose is not
};

// One for the process; publishers, subscribers and forwarders count into it. Thread-safe.
class Counters final {
 public:
  Stats Read() const {
    return {published.load(), dropped.load(),  received.load(), damaged.load(),
            overrun.load(),   admitted.load(), refused.load()};
  }

  std::atomic<uint64_t> published = 0;
  std::atomic<uint64_t> dropped = 0;
  std::atomic<uint64_t> received = 0;
  std::atomic<uint64_t> damaged = 0;
  std::atomic<uint64_t> overrun = 0;
  std::atomic<uint64_t> admitted = 0;
  std::atomic<uint64_t> refused = 0;
};

}  // namespace vaka::bus
