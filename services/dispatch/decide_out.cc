// Decisions while the car is out and when it is back: check-ins, stops, dispatches, debrief.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/screen/screen.h"
#include "services/dispatch/decide.h"
#include "services/dispatch/guards.h"

namespace vaka::dispatch {
namespace {

using fold::Decision;

constexpr uint32_t kAnswerSeconds = 120;
constexpr uint32_t kLongestAnswerSeconds = 3600;
constexpr uint32_t kMostOfAnItem = 1000;

// The crew's shift while the car is out.
absl::StatusOr<const v1::ShiftView*> OutWith(const State& state, const std::string& id,
                                             const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift, ShiftIn(state, id, {v1::SHIFT_STATE_OUT}));
  VAKA_RETURN_IF_ERROR(CheckCrew(*shift, who));
  return shift;
}

absl::Status CheckPlanned(const v1::ShiftView& shift, const std::string& id) {
  for (const v1::Stop& stop : shift.stops()) {
    if (stop.id() != id) continue;
    if (stop.state() == v1::STOP_STATE_PLANNED) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "stop: ", id, " is already ", stop.state() == v1::STOP_STATE_DONE ? "done" : "skipped"));
  }
  return absl::NotFoundError(absl::StrCat("stop: no stop \"", id, "\" on shift ", shift.id()));
}

const v1::DispatchView* FindDispatch(const v1::ShiftView& shift, const std::string& id) {
  for (const v1::DispatchView& sent : shift.dispatches()) {
    if (sent.id() == id) return &sent;
  }
  return nullptr;
}

// Checks an item of the debrief and fills in what it leaves out: the district of its area, and one
// where no count is given.
absl::StatusOr<v1::DebriefItem> Checked(const State& state, v1::DebriefItem item, int index) {
  const std::string field = absl::StrCat("items[", index, "].");
  if (state.registry().FindCategory(item.category()) == nullptr) {
    return FieldError(field + "category",
                      absl::StrCat("\"", item.category(), "\" is no category of the municipality"));
  }
  if (!item.area().empty()) {
    const AreaEntry* area = state.registry().FindArea(item.area());
    if (area == nullptr) {
      return FieldError(field + "area", absl::StrCat("\"", item.area(), "\" is no watch area"));
    }
    if (item.district().empty()) item.set_district(area->area.district());
  }
  if (state.registry().FindDistrict(item.district()) == nullptr) {
    return FieldError(field + "district",
                      absl::StrCat("\"", item.district(), "\" is no district of the municipality"));
  }
  if (!item.handed_to().empty() && state.registry().FindAgency(item.handed_to()) == nullptr) {
    return FieldError(field + "handed_to",
                      absl::StrCat("\"", item.handed_to(), "\" is no agency of the municipality"));
  }
  if (item.count() > kMostOfAnItem) return FieldError(field + "count", "is above 1000");
  if (item.note().size() > 1000) return FieldError(field + "note", "is longer than 1000 bytes");
  VAKA_RETURN_IF_ERROR(screen::ScreenText(field + "note", item.note()));
  if (item.count() == 0) item.set_count(1);
  return item;
}

v1::Stop StopFor(const State& state, const v1::RecentIncident& incident, const std::string& id,
                 absl::Time now) {
  v1::Stop stop;
  stop.set_id(id);
  stop.set_kind(v1::STOP_KIND_DISPATCH);
  if (const auto point = PlaceOf(state, incident); point.has_value()) {
    *stop.mutable_point() = *point;
  }
  stop.set_area(incident.area());
  stop.set_district(incident.district());
  stop.set_incident(incident.id());
  stop.set_contact_person(ContactToMeet(state, incident.area(), now));
  const registry::v1::Category* category = state.registry().FindCategory(incident.category());
  stop.set_why(category == nullptr ? incident.category() : category->name_sv());
  stop.set_state(v1::STOP_STATE_PLANNED);
  return stop;
}

}  // namespace

absl::StatusOr<Decision> DecideCheckIn(const State& state, const v1::CheckInRequest& request,
                                       const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift, OutWith(state, request.shift(), who));
  event::v1::Event event;
  v1::CheckedIn& checked = *event.mutable_checked_in();
  checked.set_shift(shift->id());
  if (request.has_point()) *checked.mutable_point() = request.point();
  return AboutShift(*shift, std::move(event));
}

absl::StatusOr<Decision> DecideComplete(const State& state, const v1::CompleteStopRequest& request,
                                        const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift, OutWith(state, request.shift(), who));
  VAKA_RETURN_IF_ERROR(CheckPlanned(*shift, request.stop()));
  VAKA_RETURN_IF_ERROR(screen::ScreenText("note", request.note()));
  event::v1::Event event;
  v1::StopCompleted& completed = *event.mutable_stop_completed();
  completed.set_shift(shift->id());
  completed.set_stop(request.stop());
  completed.set_note(request.note());
  return AboutShift(*shift, std::move(event));
}

absl::StatusOr<Decision> DecideSkip(const State& state, const v1::SkipStopRequest& request,
                                    const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift, OutWith(state, request.shift(), who));
  VAKA_RETURN_IF_ERROR(CheckPlanned(*shift, request.stop()));
  if (request.note().empty()) return FieldError("note", "is missing: a skipped stop says why");
  VAKA_RETURN_IF_ERROR(screen::ScreenText("note", request.note()));
  event::v1::Event event;
  v1::StopSkipped& skipped = *event.mutable_stop_skipped();
  skipped.set_shift(shift->id());
  skipped.set_stop(request.stop());
  skipped.set_note(request.note());
  return AboutShift(*shift, std::move(event));
}

absl::StatusOr<Decision> DecideReturn(const State& state, const std::string& id, const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift, OutWith(state, id, who));
  event::v1::Event event;
  event.mutable_shift_returned()->set_shift(shift->id());
  return AboutShift(*shift, std::move(event));
}

absl::StatusOr<Decision> DecideDebrief(const State& state, const v1::DebriefShiftRequest& request,
                                       const Who& who) {
  VAKA_ASSIGN(const v1::ShiftView* shift,
              ShiftIn(state, request.shift(), {v1::SHIFT_STATE_RETURNED}));
  VAKA_RETURN_IF_ERROR(CheckCrew(*shift, who));
  VAKA_RETURN_IF_ERROR(screen::ScreenText("summary", request.summary()));
  event::v1::Event event;
  v1::ShiftDebriefed& debriefed = *event.mutable_shift_debriefed();
  debriefed.set_shift(shift->id());
  debriefed.set_summary(request.summary());
  for (int i = 0; i < request.items_size(); ++i) {
    VAKA_ASSIGN(*debriefed.add_items(), Checked(state, request.items(i), i));
  }
  return AboutShift(*shift, std::move(event));
}

absl::StatusOr<Decision> DecideDispatch(const State& state,
                                        const v1::DispatchIncidentRequest& request,
                                        const std::string& id, absl::Time now) {
  VAKA_ASSIGN(const v1::ShiftView* shift, ShiftIn(state, request.shift(), {v1::SHIFT_STATE_OUT}));
  const v1::RecentIncident* incident = state.FindIncident(request.incident());
  if (incident == nullptr) {
    return absl::NotFoundError(
        absl::StrCat("incident: no recent incident \"", request.incident(), "\""));
  }
  if (incident->withdrawn()) {
    return absl::FailedPreconditionError(
        absl::StrCat("incident: ", incident->id(), " was withdrawn"));
  }
  for (const v1::DispatchView& sent : shift->dispatches()) {
    const bool open = sent.answer() == v1::DISPATCH_ANSWER_UNSPECIFIED ||
                      sent.answer() == v1::DISPATCH_ANSWER_ACCEPTED;
    if (sent.incident() == incident->id() && open) {
      return absl::FailedPreconditionError(
          absl::StrCat("incident: ", incident->id(), " is with the crew as ", sent.id()));
    }
  }
  const uint32_t seconds =
      request.answer_within_seconds() == 0 ? kAnswerSeconds : request.answer_within_seconds();
  if (seconds > kLongestAnswerSeconds) {
    return FieldError("answer_within_seconds", "is more than an hour");
  }
  event::v1::Event event;
  v1::IncidentDispatched& sent = *event.mutable_incident_dispatched();
  sent.set_shift(shift->id());
  sent.set_dispatch(id);
  sent.set_incident(incident->id());
  *sent.mutable_stop() = StopFor(state, *incident, id, now);
  *sent.mutable_answer_by() = ToProto(now + absl::Seconds(seconds));
  Decision decision = AboutShift(*shift, std::move(event));
  decision.rests_on.push_back(absl::StrCat("incident:", incident->id()));
  return decision;
}

absl::StatusOr<Decision> DecideAnswer(const State& state, const v1::AnswerDispatchRequest& request,
                                      const Who& who, absl::Time now) {
  VAKA_ASSIGN(const v1::ShiftView* shift, OutWith(state, request.shift(), who));
  if (request.answer() != v1::DISPATCH_ANSWER_ACCEPTED &&
      request.answer() != v1::DISPATCH_ANSWER_DECLINED) {
    return FieldError("answer", "is neither accepted nor declined");
  }
  const v1::DispatchView* sent = FindDispatch(*shift, request.dispatch());
  if (sent == nullptr) {
    return absl::NotFoundError(absl::StrCat("dispatch: no dispatch \"", request.dispatch(), "\""));
  }
  if (sent->answer() == v1::DISPATCH_ANSWER_TIMED_OUT || FromProto(sent->answer_by()) <= now) {
    return absl::FailedPreconditionError(
        absl::StrCat("dispatch: the time to answer ", sent->id(), " has run out"));
  }
  if (sent->answer() != v1::DISPATCH_ANSWER_UNSPECIFIED) {
    return absl::FailedPreconditionError(absl::StrCat("dispatch: ", sent->id(), " is answered"));
  }
  VAKA_RETURN_IF_ERROR(screen::ScreenText("note", request.note()));
  event::v1::Event event;
  v1::DispatchAnswered& answered = *event.mutable_dispatch_answered();
  answered.set_shift(shift->id());
  answered.set_dispatch(sent->id());
  answered.set_answer(request.answer());
  answered.set_note(request.note());
  return AboutShift(*shift, std::move(event));
}

std::vector<Overdue> OverdueAt(const State& state, absl::Time now) {
  std::vector<Overdue> overdue;
  for (const auto& [id, shift] : state.shifts()) {
    for (const v1::DispatchView& sent : shift.dispatches()) {
      if (sent.answer() == v1::DISPATCH_ANSWER_UNSPECIFIED && FromProto(sent.answer_by()) <= now) {
        overdue.push_back({absl::StrCat("timeout:", sent.id()), id, sent.id()});
      }
    }
    if (shift.state() == v1::SHIFT_STATE_OUT && !shift.check_in_missed() &&
        FromProto(shift.check_in_due()) <= now) {
      overdue.push_back({absl::StrCat("missed:", id, ":", shift.check_in_due().seconds()), id, ""});
    }
  }
  return overdue;
}

absl::StatusOr<Decision> DecideOverdue(const State& state, const Overdue& overdue, absl::Time now) {
  const v1::ShiftView* shift = state.FindShift(overdue.shift);
  if (shift == nullptr) return Decision{};
  const std::vector<Overdue> still = OverdueAt(state, now);
  const bool stands = std::any_of(still.begin(), still.end(),
                                  [&](const Overdue& at) { return at.key == overdue.key; });
  if (!stands) return Decision{};
  event::v1::Event event;
  if (overdue.dispatch.empty()) {
    event.mutable_check_in_missed()->set_shift(shift->id());
    *event.mutable_check_in_missed()->mutable_due() = shift->check_in_due();
  } else {
    event.mutable_dispatch_answered()->set_shift(shift->id());
    event.mutable_dispatch_answered()->set_dispatch(overdue.dispatch);
    event.mutable_dispatch_answered()->set_answer(v1::DISPATCH_ANSWER_TIMED_OUT);
  }
  return AboutShift(*shift, std::move(event));
}

}  // namespace vaka::dispatch
