#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

// Something that the state says should be done about alerts. It is found in the state alone, so
// that after a restart, or in a second process, the same is found and nothing is remembered beside
// the log; `key` makes the command idempotent.
struct Chore {
  enum class Kind {
    kAlert,   // an incident becomes an alert: `subject` the incident
    kGroup,   // incidents of an area join its newest alert: `subject` the alert
    kDigest,  // what waits in an area is told at the digest's time: `subject` the area
    kRevise,  // an alert's incidents changed or were withdrawn: `subject` the alert
  };
  Kind kind = Kind::kAlert;
  std::string subject;
  std::string key;
};

// What is due at `now`, and when to look again at the latest if nothing new is heard.
struct Chores {
  std::vector<Chore> due;
  absl::Time next = absl::InfiniteFuture();
};
Chores ChoresAt(const State& state, absl::Time now);

// Decides a chore on the state of the moment; no facts when it was done meanwhile.
absl::StatusOr<fold::Decision> DecideChore(const State& state, const std::string& kommun,
                                           const Chore& chore, absl::Time now);

// A coordinator's message as an alert; `text` is sealed under the alert's id.
fold::Decision DecideMessage(const Alert& alert, absl::Time now);

// NOT_FOUND. An alert that was recalled before: no facts.
absl::StatusOr<fold::Decision> DecideRecall(const State& state, const std::string& alert,
                                            const std::string& reason);

}  // namespace vaka::notifications
