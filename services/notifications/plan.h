#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/effects.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

// A message in somebody's own words can be undone for so long.
inline constexpr absl::Duration kUndo = absl::Seconds(10);

// What planning one part of one step comes to.
struct PlannedPart {
  Effects effects;
  PlannerPosition next;
  std::map<Reason, int> reasons;
};

// Plans at most `limit` recipients of `step`, from the one after `at.after` in order of ids.
//
// Who they are: see Concerned. What each gets, when and why is the policy's. Costs as much as the
// part is large, however many are concerned in all. Pure.
// REQUIRES: `state` holds the step; `deliveries` hold what was planned before it.
PlannedPart PlanPart(const State& state, const Deliveries& deliveries, const std::string& kommun,
                     const State::Step& step, const PlannerPosition& at, size_t limit,
                     absl::Time now);

// What to do with a parcel whose time has come, seen again on the state of the moment.
struct Recheck {
  enum class Verdict {
    kSend,
    kSuppress,  // for `reason`
    kHold,      // until `due`, for `reason`: the person's quiet hours began meanwhile
    kWait,      // for an earlier message to the same person to be settled
    kDone,      // was handed over, or given up, before
  };
  Verdict verdict = Verdict::kSend;
  Reason reason = REASON_UNSPECIFIED;
  absl::Time due = absl::InfinitePast();  // with kHold
};
Recheck RecheckOf(const State& state, const Deliveries& deliveries, const Parcel& parcel,
                  absl::Time now);

// A held parcel's time has come: on its way, or suppressed, or to be held again; `retry`: until
// when where an earlier message is waited for.
Effects ReleaseEffects(const Recheck& recheck, const Parcel& parcel, absl::Time retry);

// Suppresses a planned delivery.
event::v1::Event SuppressedFact(const Parcel& parcel, Reason reason);

// A delivery failed for good: the first of the channels that the person chose, and whose floor
// admits the alert, that has not been tried for this version. Empty: there is none, or nothing is
// to be said any more (recalled, no consent).
Effects FallbackEffects(const State& state, const Deliveries& deliveries, const std::string& kommun,
                        const Parcel& parcel);

}  // namespace vaka::notifications
