#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "libs/log/log.h"

namespace vaka::bus {

// One fact on its way. The bus may lose, repeat and reorder; `seq` tells.
struct Message {
  std::string kommun;
  log::Stream stream = log::Stream::kFacts;
  uint64_t seq = 0;
  std::string bytes;  // serialized vaka.event.v1.Event without seq
};

// Where a follower hears of new facts. Implementations: Subscriber (ZeroMQ), MemoryBus and
// LossySource (tests). Belongs to one thread.
class Source {
 public:
  virtual ~Source() = default;

  // The next message, waiting up to `wait`; nothing when none came. A damaged message is dropped
  // and counted.
  virtual std::optional<Message> Receive(absl::Duration wait) = 0;
};

}  // namespace vaka::bus
