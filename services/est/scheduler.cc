#include "services/est/scheduler.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"

namespace vaka::est {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(20);  // for one step of one municipality

}  // namespace

Scheduler::Scheduler(fold::Follower& follower, fold::Commands& commands, Metrics& metrics,
                     Clock& clock)
    : follower_(follower), commands_(commands), metrics_(metrics), clock_(clock) {}

void Scheduler::RunOnce(absl::Time now) {
  for (const std::string& kommun : follower_.Municipalities()) {
    std::vector<DueStep> due;
    const absl::Status read = follower_.Read(kommun, 0, clock_.Steady() + kPatience,
                                             [&](const fold::Fold& fold, uint64_t) {
                                               due = DueSteps(static_cast<const State&>(fold), now);
                                             });
    if (!read.ok()) {
      LogWarning("est", "schedule of ", kommun, ": ", read.ToString());
      continue;
    }
    for (const DueStep& step : due) Take(kommun, step);
  }
}

void Scheduler::Take(const std::string& kommun, const DueStep& step) {
  fold::Command command;
  command.kommun = kommun;
  command.key = absl::StrCat(step.publish ? "publish:" : "freeze:", ToString(step.week));
  command.actor.set_role(options::v1::ROLE_SYSTEM);
  command.trace = command.key;
  command.deadline = clock_.Steady() + kPatience;
  const absl::StatusOr<fold::Outcome> outcome =
      commands_.ExecuteAndWait(std::move(command), [&step](const fold::Fold& fold, absl::Time at) {
        const State& state = static_cast<const State&>(fold);
        return step.publish ? DecidePublish(state, step.week) : DecideFreeze(state, step.week, at);
      });
  const Metrics::Step counted = step.publish ? Metrics::Step::kPublish : Metrics::Step::kFreeze;
  if (outcome.ok()) {
    metrics_.CountStep(counted, Metrics::Outcome::kDone);
    LogInfo("est", kommun, " ", step.publish ? "published " : "froze ", ToString(step.week));
  } else if (absl::IsFailedPrecondition(outcome.status())) {
    metrics_.CountStep(counted, Metrics::Outcome::kElsewhere);
  } else {
    metrics_.CountStep(counted, Metrics::Outcome::kFailed);
    LogWarning("est", kommun, " ", ToString(step.week), ": ", outcome.status().ToString());
  }
}

}  // namespace vaka::est
