#include "services/registry/chores.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "services/registry/decide.h"

namespace vaka::registry {
namespace {

constexpr char kComponent[] = "registry";
constexpr absl::Duration kPatience = absl::Seconds(5);

}  // namespace

Chores::Chores(fold::Follower& follower, fold::Commands& commands, Metrics& metrics, Clock& clock)
    : follower_(follower), commands_(commands), metrics_(metrics), clock_(clock) {}

void Chores::RunOnce(absl::Time now) {
  Totals totals;
  for (const std::string& kommun : follower_.Municipalities()) {
    std::vector<std::pair<std::string, absl::Time>> due;
    const absl::Status read = follower_.Read(
        kommun, 0, clock_.Steady() + kPatience, [&](const fold::Fold& fold, uint64_t) {
          const State& state = static_cast<const State&>(fold);
          totals.Add(state, now);
          for (const std::string& area : DueToSleep(state, now)) {
            due.emplace_back(area, LastContact(*state.view().FindArea(area)));
          }
        });
    if (!read.ok()) LogWarning(kComponent, kommun, ": cannot be read: ", read.message());
    for (const auto& [area, last_contact] : due) Sleep(kommun, area, last_contact);
  }
  metrics_.Show(totals);
}

void Chores::Sleep(const std::string& kommun, const std::string& area, absl::Time last_contact) {
  fold::Command command;
  command.kommun = kommun;
  command.key =
      DeriveId("sleep", kommun, absl::StrCat(area, "/", absl::ToUnixSeconds(last_contact)));
  command.actor.set_role(options::v1::ROLE_SYSTEM);
  command.deadline = clock_.Steady() + kPatience;
  const absl::StatusOr<fold::Outcome> outcome =
      commands_.ExecuteAndWait(std::move(command), [&area](const fold::Fold& fold, absl::Time at) {
        return DecideSleep(static_cast<const State&>(fold), area, at);
      });
  if (!outcome.ok()) {
    LogWarning(kComponent, kommun, ": area ", area,
               " is due to sleep: ", outcome.status().message());
    return;
  }
  if (outcome->seq == 0 || outcome->repeated) return;
  metrics_.Slept();
  LogInfo(kComponent, kommun, ": area ", area, " has fallen asleep");
}

}  // namespace vaka::registry
