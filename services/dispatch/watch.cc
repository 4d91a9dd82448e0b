#include "services/dispatch/watch.h"

#include <utility>
#include <vector>

#include "libs/base/log_line.h"

namespace vaka::dispatch {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);  // for one municipality's read or append

}  // namespace

Watch::Watch(fold::Follower& follower, fold::Commands& commands, Metrics& metrics, Clock& clock)
    : follower_(follower), commands_(commands), metrics_(metrics), clock_(clock) {}

void Watch::RunOnce(absl::Time now) {
  for (const std::string& kommun : follower_.Municipalities()) {
    std::vector<Overdue> overdue;
    const absl::Status read = follower_.Read(
        kommun, 0, clock_.Steady() + kPatience, [&](const fold::Fold& fold, uint64_t) {
          overdue = OverdueAt(static_cast<const State&>(fold), now);
        });
    if (!read.ok()) {
      metrics_.CountWatchFailure();
      LogWarning("dispatch", "watch of ", kommun, ": ", read.ToString());
      continue;
    }
    for (const Overdue& one : overdue) Record(kommun, one);
  }
}

void Watch::Record(const std::string& kommun, const Overdue& overdue) {
  fold::Command command;
  command.kommun = kommun;
  command.key = overdue.key;
  command.actor.set_role(options::v1::ROLE_SYSTEM);
  command.trace = overdue.key;
  command.deadline = clock_.Steady() + kPatience;
  const absl::StatusOr<fold::Outcome> outcome = commands_.ExecuteAndWait(
      std::move(command), [&overdue](const fold::Fold& fold, absl::Time at) {
        return DecideOverdue(static_cast<const State&>(fold), overdue, at);
      });
  if (!outcome.ok()) {
    metrics_.CountWatchFailure();
    LogWarning("dispatch", kommun, " ", overdue.key, ": ", outcome.status().ToString());
    return;
  }
  if (outcome->seq == 0 || outcome->repeated) return;  // came meanwhile, or recorded elsewhere
  if (overdue.dispatch.empty()) {
    metrics_.CountMissedCheckIn();
  } else {
    metrics_.CountTimeout();
  }
}

}  // namespace vaka::dispatch
