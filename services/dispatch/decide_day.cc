// Decisions that make a day: opening, staffing, briefing, closing.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/screen/screen.h"
#include "services/dispatch/decide.h"
#include "services/dispatch/guards.h"

namespace vaka::dispatch {
namespace {

using fold::Decision;

constexpr char kRoster[] = "roster";  // the aggregate that who-is-when rests on
constexpr absl::Duration kLongestShift = absl::Hours(14);

bool TakesPlace(const v1::ShiftView& shift) {
  return shift.state() != v1::SHIFT_STATE_CANCELLED && shift.state() != v1::SHIFT_STATE_CLOSED;
}

bool Overlap(const google::protobuf::Timestamp& starts, const google::protobuf::Timestamp& ends,
             const v1::ShiftView& other) {
  return FromProto(starts) < FromProto(other.ends()) && FromProto(other.starts()) < FromProto(ends);
}

// What a person lacks to be on this shift; empty: nothing.
std::vector<std::string> LacksOf(const State& state, const v1::ShiftView& shift,
                                 const std::string& id, bool drives) {
  const PersonEntry* person = state.registry().FindPerson(id);
  if (person == nullptr || person->erased) return {"is not in the registry"};
  std::vector<std::string> lacks;
  if (!person->Holds(options::v1::ROLE_PATROLLER, FromProto(shift.starts()))) {
    lacks.push_back("has no patroller's role that day");
  }
  if (!person->TrainedPatroller()) lacks.push_back("lacks the patroller training");
  if (drives && !person->driver) lacks.push_back("is not approved to drive");
  for (const auto& [other_id, other] : state.shifts()) {
    if (other_id == shift.id() || !TakesPlace(other)) continue;
    if (!Overlap(shift.starts(), shift.ends(), other)) continue;
    if (std::find(other.crew().begin(), other.crew().end(), id) != other.crew().end()) {
      lacks.push_back(absl::StrCat("is on shift ", other_id, " then"));
    }
  }
  return lacks;
}

absl::Status CheckStop(const State& state, const v1::Stop& stop, int index) {
  const std::string field = absl::StrCat("stops[", index, "].");
  if (stop.id().empty() || stop.id().size() > 64) return FieldError(field + "id", "is missing");
  if (!stop.has_point()) return FieldError(field + "point", "is missing");
  if (!stop.area().empty() && state.registry().FindArea(stop.area()) == nullptr) {
    return FieldError(field + "area", absl::StrCat("\"", stop.area(), "\" is no watch area"));
  }
  if (!stop.contact_person().empty() &&
      state.registry().FindPerson(stop.contact_person()) == nullptr) {
    return FieldError(field + "contact_person", "is not in the registry");
  }
  if (stop.why().size() > 500) return FieldError(field + "why", "is longer than 500 bytes");
  return screen::ScreenText(field + "why", stop.why());
}

}  // namespace

absl::StatusOr<Decision> DecideOpen(const State& state, const v1::OpenShiftRequest& request,
                                    const std::string& id, absl::Time now) {
  if (!state.registry().configured()) {
    return absl::FailedPreconditionError("the municipality is not configured");
  }
  const absl::Time starts = FromProto(request.starts());
  const absl::Time ends = FromProto(request.ends());
  if (ends <= starts) return FieldError("ends", "is not after starts");
  if (ends - starts > kLongestShift)
    return FieldError("ends", "is more than 14 hours after starts");
  if (ends <= now) return FieldError("ends", "is in the past");
  VAKA_RETURN_IF_ERROR(screen::ScreenText("car", request.car()));
  for (const auto& [other_id, other] : state.shifts()) {
    if (TakesPlace(other) && other.car() == request.car() &&
        Overlap(request.starts(), request.ends(), other)) {
      return absl::FailedPreconditionError(
          absl::StrCat("car: \"", request.car(), "\" is on shift ", other_id, " then"));
    }
  }
  Decision decision;
  v1::ShiftOpened& opened = *decision.facts.emplace_back().mutable_shift_opened();
  opened.set_shift(id);
  *opened.mutable_starts() = request.starts();
  *opened.mutable_ends() = request.ends();
  opened.set_car(request.car());
  decision.rests_on = {absl::StrCat("shift:", id), kRoster};
  return decision;
}

absl::StatusOr<Decision> DecideStaff(const State& state, const v1::StaffShiftRequest& request) {
  VAKA_ASSIGN(const v1::ShiftView* shift,
              ShiftIn(state, request.shift(), {v1::SHIFT_STATE_OPEN, v1::SHIFT_STATE_STAFFED}));
  const std::set<std::string> crew(request.crew().begin(), request.crew().end());
  if (crew.size() != 2) return FieldError("crew", "is not two different people");
  if (!crew.contains(request.driver())) return FieldError("driver", "is not of the crew");
  std::vector<std::string> lacking;
  for (const std::string& person : request.crew()) {
    const std::vector<std::string> lacks =
        LacksOf(state, *shift, person, person == request.driver());
    if (!lacks.empty()) lacking.push_back(absl::StrCat(person, " ", absl::StrJoin(lacks, " and ")));
  }
  if (!lacking.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("crew: ", absl::StrJoin(lacking, "; ")));
  }
  event::v1::Event event;
  v1::ShiftStaffed& staffed = *event.mutable_shift_staffed();
  staffed.set_shift(shift->id());
  *staffed.mutable_crew() = request.crew();
  staffed.set_driver(request.driver());
  Decision decision = AboutShift(*shift, std::move(event));
  decision.rests_on.push_back(kRoster);
  for (const std::string& person : request.crew()) {
    decision.rests_on.push_back(absl::StrCat("person:", person));
  }
  return decision;
}

absl::StatusOr<Decision> DecideBrief(const State& state, const v1::BriefShiftRequest& request,
                                     const PlanRules& rules) {
  VAKA_ASSIGN(const v1::ShiftView* shift,
              ShiftIn(state, request.shift(), {v1::SHIFT_STATE_STAFFED}));
  VAKA_RETURN_IF_ERROR(screen::ScreenText("wishes", request.wishes()));
  Plan plan;
  if (request.incidents().empty() && request.stops().empty()) {
    plan = PlanFor(state, *shift, rules);
  } else {
    plan.incidents = {request.incidents().begin(), request.incidents().end()};
    plan.stops = {request.stops().begin(), request.stops().end()};
    std::set<std::string> ids;
    for (int i = 0; i < request.stops_size(); ++i) {
      VAKA_RETURN_IF_ERROR(CheckStop(state, request.stops(i), i));
      if (!ids.insert(request.stops(i).id()).second) {
        return FieldError(absl::StrCat("stops[", i, "].id"), "is given twice");
      }
    }
    for (const std::string& incident : plan.incidents) {
      if (state.FindIncident(incident) == nullptr) {
        return FieldError("incidents", absl::StrCat("no recent incident \"", incident, "\""));
      }
    }
    for (v1::Stop& stop : plan.stops) stop.set_state(v1::STOP_STATE_PLANNED);
    TimeStops(state, *shift, rules, plan.stops);
  }
  event::v1::Event event;
  v1::ShiftBriefed& briefed = *event.mutable_shift_briefed();
  briefed.set_shift(shift->id());
  *briefed.mutable_incidents() = {plan.incidents.begin(), plan.incidents.end()};
  *briefed.mutable_stops() = {plan.stops.begin(), plan.stops.end()};
  briefed.set_wishes(request.wishes());
  return AboutShift(*shift, std::move(event));
}

absl::StatusOr<Decision> DecideStart(const State& state, const std::string& id, const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift, ShiftIn(state, id, {v1::SHIFT_STATE_BRIEFED}));
  VAKA_RETURN_IF_ERROR(CheckCrew(*shift, who));
  const PersonEntry* driver = state.registry().FindPerson(shift->driver());
  if (driver == nullptr || !driver->driver) {
    return absl::FailedPreconditionError(
        absl::StrCat("driver: ", shift->driver(), " is not approved to drive any more"));
  }
  event::v1::Event event;
  event.mutable_shift_started()->set_shift(shift->id());
  Decision decision = AboutShift(*shift, std::move(event));
  decision.rests_on.push_back(absl::StrCat("person:", shift->driver()));
  return decision;
}

absl::StatusOr<Decision> DecideClose(const State& state, const v1::CloseShiftRequest& request) {
  const absl::StatusOr<const v1::ShiftView*> found =
      request.cancelled()
          ? ShiftIn(state, request.shift(),
                    {v1::SHIFT_STATE_OPEN, v1::SHIFT_STATE_STAFFED, v1::SHIFT_STATE_BRIEFED})
          : ShiftIn(state, request.shift(), {v1::SHIFT_STATE_DEBRIEFED});
  if (!found.ok()) return found.status();
  if (request.cancelled() && request.reason().empty()) {
    return FieldError("reason", "is missing: a cancelled shift says why");
  }
  VAKA_RETURN_IF_ERROR(screen::ScreenText("reason", request.reason()));
  event::v1::Event event;
  v1::ShiftClosed& closed = *event.mutable_shift_closed();
  closed.set_shift(request.shift());
  closed.set_cancelled(request.cancelled());
  closed.set_reason(request.reason());
  return AboutShift(**found, std::move(event));
}

}  // namespace vaka::dispatch
