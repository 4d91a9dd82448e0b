#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "libs/log/log.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {

// One fact on its way. The bus may lose, repeat and reorder; `seq` tells.
struct Message {
  std::string kommun;
  log::Stream stream = log::Stream::kFacts;
  uint64_t seq = 0;
  std::string bytes;  // serialized vaka.event.v1.Event without seq
  // The same, decoded, with seq; null when nobody has decoded it yet or it cannot be.
  std::shared_ptr<const event::v1::Event> event = nullptr;
};

// Where a follower hears of new facts. Implementations: Receiver's (ZeroMQ), MemoryBus's and
// LossySource (tests). Belongs to one thread but for Wake.
class Source {
 public:
  virtual ~Source() = default;

  // The next message, waiting up to `wait`; null when none came.
  virtual std::shared_ptr<const Message> Receive(absl::Duration wait) = 0;

  // Ends a Receive that waits, or the next that would. Any thread.
  virtual void Wake() = 0;

  // From now on messages of other streams need not come, so that nobody wakes for them; some may.
  virtual void Only(log::Stream /*stream*/) {}
};

}  // namespace vaka::bus
