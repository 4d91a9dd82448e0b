#include "services/dispatch/views.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"

namespace vaka::dispatch {
namespace {

constexpr size_t kShiftsListed = 30;

const v1::ShiftView* TodaysShift(const State& state, absl::Time now) {
  const absl::CivilDay today = absl::ToCivilDay(now, state.zone());
  const v1::ShiftView* best = nullptr;
  const auto rank = [now](const v1::ShiftView& shift) {
    const absl::Time starts = FromProto(shift.starts());
    const bool begun = starts <= now;
    // Of those begun the latest, of those ahead the first.
    return std::tuple(shift.state() != v1::SHIFT_STATE_CANCELLED, begun,
                      begun ? starts - now : now - starts);
  };
  for (const auto& [id, shift] : state.shifts()) {
    if (absl::ToCivilDay(FromProto(shift.starts()), state.zone()) != today) continue;
    if (best == nullptr || rank(shift) > rank(*best)) best = &shift;
  }
  return best;
}

}  // namespace

absl::Status AnswerShift(const State& state, const v1::GetShiftRequest& request, absl::Time now,
                         v1::GetShiftResponse& response) {
  const v1::ShiftView* shift =
      request.shift().empty() ? TodaysShift(state, now) : state.FindShift(request.shift());
  if (shift == nullptr) {
    return absl::NotFoundError(request.shift().empty()
                                   ? "shift: none today"
                                   : absl::StrCat("shift: no shift \"", request.shift(), "\""));
  }
  *response.mutable_shift() = *shift;
  return absl::OkStatus();
}

void AnswerShifts(const State& state, const v1::ListShiftsRequest& request,
                  v1::ListShiftsResponse& response) {
  std::vector<const v1::ShiftView*> shifts;
  for (const auto& [id, shift] : state.shifts()) shifts.push_back(&shift);
  std::stable_sort(shifts.begin(), shifts.end(),
                   [](const v1::ShiftView* a, const v1::ShiftView* b) {
                     return FromProto(a->starts()) > FromProto(b->starts());
                   });
  const size_t limit = request.limit() == 0 ? kShiftsListed : request.limit();
  for (size_t i = 0; i < shifts.size() && i < limit; ++i) *response.add_shifts() = *shifts[i];
}

absl::Status AnswerPlan(const State& state, const v1::PlanShiftRequest& request,
                        const PlanRules& rules, v1::PlanShiftResponse& response) {
  const v1::ShiftView* shift = state.FindShift(request.shift());
  if (shift == nullptr) {
    return absl::NotFoundError(absl::StrCat("shift: no shift \"", request.shift(), "\""));
  }
  const Plan plan = PlanFor(state, *shift, rules);
  *response.mutable_incidents() = {plan.incidents.begin(), plan.incidents.end()};
  *response.mutable_stops() = {plan.stops.begin(), plan.stops.end()};
  response.set_metres(plan.metres);
  return absl::OkStatus();
}

}  // namespace vaka::dispatch
