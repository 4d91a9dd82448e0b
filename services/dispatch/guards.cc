#include "services/dispatch/guards.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vaka::dispatch {

absl::string_view NameOf(v1::ShiftState state) {
  switch (state) {
    case v1::SHIFT_STATE_OPEN:
      return "open";
    case v1::SHIFT_STATE_STAFFED:
      return "staffed";
    case v1::SHIFT_STATE_BRIEFED:
      return "briefed";
    case v1::SHIFT_STATE_OUT:
      return "out";
    case v1::SHIFT_STATE_RETURNED:
      return "returned";
    case v1::SHIFT_STATE_DEBRIEFED:
      return "debriefed";
    case v1::SHIFT_STATE_CLOSED:
      return "closed";
    case v1::SHIFT_STATE_CANCELLED:
      return "cancelled";
    default:
      return "unknown";
  }
}

absl::StatusOr<const v1::ShiftView*> ShiftIn(const State& state, const std::string& id,
                                             std::initializer_list<v1::ShiftState> states) {
  const v1::ShiftView* shift = state.FindShift(id);
  if (shift == nullptr) return absl::NotFoundError(absl::StrCat("shift: no shift \"", id, "\""));
  if (std::find(states.begin(), states.end(), shift->state()) != states.end()) return shift;
  std::vector<absl::string_view> needed;
  for (const v1::ShiftState needs : states) needed.push_back(NameOf(needs));
  return absl::FailedPreconditionError(absl::StrCat("shift: ", id, " is ", NameOf(shift->state()),
                                                    ", and must be ",
                                                    absl::StrJoin(needed, " or ")));
}

absl::Status CheckCrew(const v1::ShiftView& shift, const Who& who) {
  if (who.leads) return absl::OkStatus();
  if (!who.person.empty() &&
      std::find(shift.crew().begin(), shift.crew().end(), who.person) != shift.crew().end()) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(
      absl::StrCat("shift: ", shift.id(), " has another crew than the caller"));
}

std::string AggregateOf(const v1::ShiftView& shift) { return absl::StrCat("shift:", shift.id()); }

fold::Decision AboutShift(const v1::ShiftView& shift, event::v1::Event event) {
  fold::Decision decision;
  decision.facts.push_back(std::move(event));
  decision.rests_on.push_back(AggregateOf(shift));
  return decision;
}

}  // namespace vaka::dispatch
