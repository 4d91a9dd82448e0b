#pragma once

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "services/est/decide.h"
#include "services/est/est_metrics.h"

namespace vaka::est {

// Freezes and publishes every municipality's weeks by its schedule. A step's key is its name
// ("freeze:2026-W47"), so that replicas and repeats take it once; what was missed while nothing ran
// is taken at the next run. Not thread-safe: for one Periodic. Borrows its arguments.
class Scheduler final {
 public:
  Scheduler(fold::Follower& follower, fold::Commands& commands, Metrics& metrics, Clock& clock);

  // Takes every step that is due at `now`. A step that fails is counted, logged and due again.
  void RunOnce(absl::Time now);

 private:
  void Take(const std::string& kommun, const DueStep& step);

  fold::Follower& follower_;
  fold::Commands& commands_;
  Metrics& metrics_;
  Clock& clock_;
};

}  // namespace vaka::est
