#pragma once

#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "services/registry/registry_metrics.h"

namespace vaka::registry {

// What happens in the registry by itself: areas that nobody has contact with fall asleep, and the
// gauges are set. Belongs to one thread.
class Chores final {
 public:
  // All outlive this object.
  Chores(fold::Follower& follower, fold::Commands& commands, Metrics& metrics, Clock& clock);

  // One round over all municipalities. Several replicas may run it at once: an area and the contact
  // that was its last give the command's key. What fails is logged and tried in the next round.
  void RunOnce(absl::Time now);

 private:
  void Sleep(const std::string& kommun, const std::string& area, absl::Time last_contact);

  fold::Follower& follower_;
  fold::Commands& commands_;
  Metrics& metrics_;
  Clock& clock_;
};

}  // namespace vaka::registry
