#pragma once

#include <string>

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "services/dispatch/decide.h"
#include "services/dispatch/dispatch_metrics.h"

namespace vaka::dispatch {

// Records what time decides: dispatches that nobody answered, check-ins that did not come. Replicas
// record each once, by its key. Not thread-safe: for one Periodic. Borrows its arguments.
class Watch final {
 public:
  Watch(fold::Follower& follower, fold::Commands& commands, Metrics& metrics, Clock& clock);

  // Records everything that has run out at `now`. What fails is counted, logged and tried again.
  void RunOnce(absl::Time now);

 private:
  void Record(const std::string& kommun, const Overdue& overdue);

  fold::Follower& follower_;
  fold::Commands& commands_;
  Metrics& metrics_;
  Clock& clock_;
};

}  // namespace vaka::dispatch
