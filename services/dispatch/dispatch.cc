#include "services/dispatch/dispatch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "libs/base/time.h"
#include "libs/fold/state_writer.h"

namespace vaka::dispatch {
namespace {

using event::v1::Event;

constexpr size_t kAboutAnIncident = 192;  // bytes in a snapshot
constexpr uint32_t kAlarmLevel = 4;       // unusual, or clearly so

v1::Stop* FindStop(v1::ShiftView& shift, const std::string& id) {
  for (v1::Stop& stop : *shift.mutable_stops()) {
    if (stop.id() == id) return &stop;
  }
  return nullptr;
}

// The stop comes next: before the first that is still planned.
void AddNext(v1::ShiftView& shift, const v1::Stop& stop) {
  int at = shift.stops_size();
  for (int i = shift.stops_size() - 1; i >= 0; --i) {
    if (shift.stops(i).state() == v1::STOP_STATE_PLANNED) at = i;
  }
  *shift.add_stops() = stop;
  for (int i = shift.stops_size() - 1; i > at; --i) shift.mutable_stops()->SwapElements(i, i - 1);
}

void ExpectCheckIn(v1::ShiftView& shift, absl::Time from) {
  *shift.mutable_check_in_due() = ToProto(from + kCheckInEvery);
  shift.set_check_in_missed(false);
}

// The shift that must have been opened before the fact; none: the fact needs none.
const std::string* NeededShift(const Event& event) {
  switch (event.fact_case()) {
    case Event::kShiftStaffed:
      return &event.shift_staffed().shift();
    case Event::kShiftBriefed:
      return &event.shift_briefed().shift();
    case Event::kShiftStarted:
      return &event.shift_started().shift();
    case Event::kCheckedIn:
      return &event.checked_in().shift();
    case Event::kCheckInMissed:
      return &event.check_in_missed().shift();
    case Event::kStopCompleted:
      return &event.stop_completed().shift();
    case Event::kStopSkipped:
      return &event.stop_skipped().shift();
    case Event::kIncidentDispatched:
      return &event.incident_dispatched().shift();
    case Event::kDispatchAnswered:
      return &event.dispatch_answered().shift();
    case Event::kShiftReturned:
      return &event.shift_returned().shift();
    case Event::kShiftDebriefed:
      return &event.shift_debriefed().shift();
    case Event::kShiftClosed:
      return &event.shift_closed().shift();
    default:
      return nullptr;
  }
}

}  // namespace

absl::Status State::Apply(const Event& event) {
  const std::string* shift = NeededShift(event);
  if (shift != nullptr && FindShift(*shift) == nullptr) {
    return absl::NotFoundError(absl::StrCat("shift ", *shift));
  }
  const absl::Status known = registry_.Apply(event);
  if (!known.ok()) return known;
  switch (event.fact_case()) {
    case Event::kIncidentReported:
    case Event::kIncidentCorrected:
    case Event::kIncidentWithdrawn:
    case Event::kIncidentsLinked:
      ApplyIncident(event);
      break;
    case Event::kPicturePublished:
      ApplyPicture(event.picture_published().picture());
      break;
    case Event::kPictureRevised:
      ApplyPicture(event.picture_revised().picture());
      break;
    default:
      ApplyShift(event);
      break;
  }
  return absl::OkStatus();
}

void State::ApplyIncident(const Event& event) {
  switch (event.fact_case()) {
    case Event::kIncidentReported:
      return TakeIncident(event.incident_reported().incident());
    case Event::kIncidentCorrected:
      return TakeIncident(event.incident_corrected().incident());
    case Event::kIncidentWithdrawn: {
      const auto found = incidents_.find(event.incident_withdrawn().incident());
      if (found != incidents_.end()) found->second.set_withdrawn(true);
      return;
    }
    default:
      for (const std::string& id : event.incidents_linked().incidents()) {
        const auto found = incidents_.find(id);
        if (found == incidents_.end() || id == event.incidents_linked().event()) continue;
        found->second.set_event(event.incidents_linked().event());
      }
  }
}

void State::TakeIncident(const intake::v1::Incident& incident) {
  const int64_t reported = incident.reported_at().seconds();
  newest_report_ = std::max(newest_report_, reported);
  if (reported < newest_report_ - absl::ToInt64Seconds(kIncidentsKept)) return;
  const auto [found, is_new] = incidents_.try_emplace(incident.id());
  v1::RecentIncident& recent = found->second;
  if (is_new) {
    recent.set_id(incident.id());
  } else {
    by_report_.erase(ReportOf(recent));
  }
  recent.set_category(incident.category());
  recent.set_area(incident.where().area());
  recent.set_district(incident.where().district());
  recent.set_place(incident.where().place());
  recent.clear_point();
  if (incident.where().has_point()) *recent.mutable_point() = incident.where().point();
  recent.set_severity(incident.severity());
  recent.set_agency(incident.source_agency());
  *recent.mutable_reported_at() = incident.reported_at();
  by_report_.insert(by_report_.end(), ReportOf(recent));
  ForgetOld();
}

void State::ForgetOld() {
  const int64_t oldest = newest_report_ - absl::ToInt64Seconds(kIncidentsKept);
  while (!by_report_.empty() && by_report_.begin()->incident->reported_at().seconds() < oldest) {
    const std::string id = by_report_.begin()->incident->id();
    by_report_.erase(by_report_.begin());
    incidents_.erase(id);
  }
}

void State::ApplyPicture(const est::v1::Picture& picture) {
  const int32_t week = static_cast<int32_t>(picture.week().year() * 100 + picture.week().week());
  if (week < hot_spots_.week()) return;
  hot_spots_.Clear();
  hot_spots_.set_week(week);
  for (const est::v1::Cell& cell : picture.cells()) {
    if (cell.level() < kAlarmLevel || cell.district().empty()) continue;
    v1::HotSpot& hot = *hot_spots_.add_cells();
    hot.set_district(cell.district());
    hot.set_category(cell.category());
    hot.set_count(cell.count());
    hot.set_expected(cell.expected());
    hot.set_level(cell.level());
  }
}

// The shift's steps from the roster to the archive.
void State::ApplyShift(const Event& event) {
  const absl::Time at = FromProto(event.occurred_at());
  switch (event.fact_case()) {
    case Event::kShiftOpened: {
      const v1::ShiftOpened& opened = event.shift_opened();
      v1::ShiftView& shift = shifts_[opened.shift()];
      shift.set_id(opened.shift());
      shift.set_state(v1::SHIFT_STATE_OPEN);
      *shift.mutable_starts() = opened.starts();
      *shift.mutable_ends() = opened.ends();
      shift.set_car(opened.car());
      return;
    }
    case Event::kShiftStaffed: {
      v1::ShiftView& shift = shifts_[event.shift_staffed().shift()];
      shift.set_state(v1::SHIFT_STATE_STAFFED);
      *shift.mutable_crew() = event.shift_staffed().crew();
      shift.set_driver(event.shift_staffed().driver());
      return;
    }
    case Event::kShiftBriefed: {
      v1::ShiftView& shift = shifts_[event.shift_briefed().shift()];
      shift.set_state(v1::SHIFT_STATE_BRIEFED);
      *shift.mutable_incidents() = event.shift_briefed().incidents();
      *shift.mutable_stops() = event.shift_briefed().stops();
      shift.set_wishes(event.shift_briefed().wishes());
      return;
    }
    case Event::kShiftStarted: {
      v1::ShiftView& shift = shifts_[event.shift_started().shift()];
      shift.set_state(v1::SHIFT_STATE_OUT);
      return ExpectCheckIn(shift, at);
    }
    case Event::kShiftReturned: {
      v1::ShiftView& shift = shifts_[event.shift_returned().shift()];
      shift.set_state(v1::SHIFT_STATE_RETURNED);
      shift.clear_check_in_due();
      return;
    }
    case Event::kShiftDebriefed: {
      v1::ShiftView& shift = shifts_[event.shift_debriefed().shift()];
      shift.set_state(v1::SHIFT_STATE_DEBRIEFED);
      *shift.mutable_debrief() = event.shift_debriefed().items();
      shift.set_summary(event.shift_debriefed().summary());
      return;
    }
    case Event::kShiftClosed:
      shifts_[event.shift_closed().shift()].set_state(
          event.shift_closed().cancelled() ? v1::SHIFT_STATE_CANCELLED : v1::SHIFT_STATE_CLOSED);
      return;
    default:
      return ApplyOut(event);
  }
}

// What happens while the car is out.
void State::ApplyOut(const Event& event) {
  switch (event.fact_case()) {
    case Event::kCheckedIn: {
      v1::ShiftView& shift = shifts_[event.checked_in().shift()];
      *shift.mutable_last_check_in() = event.occurred_at();
      return ExpectCheckIn(shift, FromProto(event.occurred_at()));
    }
    case Event::kCheckInMissed:
      return shifts_[event.check_in_missed().shift()].set_check_in_missed(true);
    case Event::kStopCompleted:
      return ApplyStop(event.stop_completed().shift(), event.stop_completed().stop(),
                       v1::STOP_STATE_DONE);
    case Event::kStopSkipped:
      return ApplyStop(event.stop_skipped().shift(), event.stop_skipped().stop(),
                       v1::STOP_STATE_SKIPPED);
    case Event::kIncidentDispatched: {
      const v1::IncidentDispatched& sent = event.incident_dispatched();
      v1::DispatchView& view = *shifts_[sent.shift()].add_dispatches();
      view.set_id(sent.dispatch());
      view.set_incident(sent.incident());
      *view.mutable_stop() = sent.stop();
      *view.mutable_answer_by() = sent.answer_by();
      *view.mutable_sent_at() = event.occurred_at();
      return;
    }
    case Event::kDispatchAnswered:
      return ApplyAnswer(event.dispatch_answered());
    default:
      return;
  }
}

void State::ApplyStop(const std::string& shift, const std::string& stop, v1::StopState state) {
  const auto found = shifts_.find(shift);
  if (found == shifts_.end()) return;
  if (v1::Stop* at = FindStop(found->second, stop)) at->set_state(state);
}

void State::ApplyAnswer(const v1::DispatchAnswered& answered) {
  const auto found = shifts_.find(answered.shift());
  if (found == shifts_.end()) return;
  for (v1::DispatchView& sent : *found->second.mutable_dispatches()) {
    if (sent.id() != answered.dispatch()) continue;
    sent.set_answer(answered.answer());
    sent.set_note(answered.note());
    if (answered.answer() == v1::DISPATCH_ANSWER_ACCEPTED) AddNext(found->second, sent.stop());
  }
}

const v1::RecentIncident* State::FindIncident(const std::string& id) const {
  const auto found = incidents_.find(id);
  return found == incidents_.end() ? nullptr : &found->second;
}

const v1::ShiftView* State::FindShift(const std::string& id) const {
  const auto found = shifts_.find(id);
  return found == shifts_.end() ? nullptr : &found->second;
}

State::Reported State::ReportOf(const v1::RecentIncident& incident) {
  return {absl::ToUnixMicros(FromProto(incident.reported_at())), &incident};
}

std::string State::Serialize() const {
  fold::StateWriter writer(incidents_.size() * kAboutAnIncident);
  v1::DispatchState before;
  *before.mutable_registry() = registry_.ToProto();
  writer.Add(before);
  for (const auto& [at, incident] : by_report_) {
    writer.AddElement(v1::DispatchState::kIncidentsFieldNumber, *incident);
  }
  v1::DispatchState behind;
  behind.set_newest_report(newest_report_);
  *behind.mutable_hot_spots() = hot_spots_;
  for (const auto& [id, shift] : shifts_) *behind.add_shifts() = shift;
  writer.Add(behind);
  return writer.Finish();
}

absl::Status State::Restore(absl::string_view bytes) {
  v1::DispatchState state;
  if (!state.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("dispatch: not a state");
  }
  registry_.Restore(state.registry());
  newest_report_ = state.newest_report();
  hot_spots_ = state.hot_spots();
  for (const v1::RecentIncident& incident : state.incidents()) {
    const auto [found, is_new] = incidents_.try_emplace(incident.id(), incident);
    if (is_new) by_report_.insert(by_report_.end(), ReportOf(found->second));
  }
  for (const v1::ShiftView& shift : state.shifts()) shifts_[shift.id()] = shift;
  return absl::OkStatus();
}

}  // namespace vaka::dispatch
