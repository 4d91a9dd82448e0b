#include "services/notifications/state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "services/notifications/policy.h"

namespace vaka::notifications {
namespace {

using event::v1::Event;
using intake::v1::Incident;

absl::Time EndOf(const Incident& incident) {
  return FromProto(incident.has_observed_to() ? incident.observed_to() : incident.observed_from());
}

bool Visible(const Incident& incident) {
  return incident.visibility() >= intake::v1::VISIBILITY_CONTACT_PERSONS;
}

// Whether somebody who was told of `before` should hear of `after`.
bool Differs(const Incident& before, const Incident& after) {
  return before.category() != after.category() || before.severity() != after.severity() ||
         before.where().area() != after.where().area() ||
         before.where().district() != after.where().district() ||
         before.where().place() != after.where().place() ||
         FromProto(before.observed_from()) != FromProto(after.observed_from()) ||
         Visible(before) != Visible(after);
}

template <typename List>
bool Contains(const List& list, absl::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

absl::string_view NameOf(Standing standing) {
  switch (standing) {
    case Standing::kWaits:
      return "waits";
    case Standing::kTooOld:
      return "too_old";
    case Standing::kNotVisible:
      return "not_visible";
    case Standing::kNoPlace:
      return "no_place";
  }
  return "unknown";
}

Standing StandingOf(const Incident& incident, const registry::v1::NotifyRules& rules,
                    absl::Time now) {
  if (!Visible(incident)) return Standing::kNotVisible;
  if (EndOf(incident) < now - kFresh) return Standing::kTooOld;
  const bool district_wide =
      !incident.where().district().empty() && incident.severity() >= rules.critical_severity();
  if (incident.where().area().empty() && !district_wide) return Standing::kNoPlace;
  return Standing::kWaits;
}

absl::Status State::Apply(const Event& event) {
  switch (event.fact_case()) {
    case Event::kIncidentReported:
      Reported(event, event.incident_reported().incident());
      return absl::OkStatus();
    case Event::kIncidentCorrected:
      Corrected(event, event.incident_corrected().incident());
      return absl::OkStatus();
    case Event::kIncidentWithdrawn:
      Withdrawn(event.incident_withdrawn().incident());
      return absl::OkStatus();
    case Event::kAlertRaised:
      Raised(event, event.alert_raised().alert());
      return absl::OkStatus();
    case Event::kAlertUpdated:
      if (FindAlert(event.alert_updated().alert().id()) == nullptr) {
        return absl::NotFoundError(absl::StrCat("alert ", event.alert_updated().alert().id()));
      }
      Updated(event, event.alert_updated());
      return absl::OkStatus();
    case Event::kAlertRecalled:
      if (FindAlert(event.alert_recalled().alert()) == nullptr) {
        return absl::NotFoundError(absl::StrCat("alert ", event.alert_recalled().alert()));
      }
      Recalled(event, event.alert_recalled());
      return absl::OkStatus();
    case Event::kAlertAcknowledged:
      return Answered(event.alert_acknowledged().alert(), event.alert_acknowledged().person(),
                      nullptr);
    case Event::kRelayReported:
      return Answered(event.relay_reported().alert(), event.relay_reported().person(),
                      &event.relay_reported());
    case Event::kMunicipalityConfigured: {
      const absl::Status applied = registry_.Apply(event);
      JudgeAll();
      return applied;
    }
    default:
      return registry_.Apply(event);
  }
}

void State::Reported(const Event& event, const Incident& incident) {
  const absl::Time now = FromProto(event.recorded_at());
  ForgetOld(now);
  const Standing standing = StandingOf(incident, rules(), now);
  ++heard_[static_cast<size_t>(standing)];
  if (standing != Standing::kWaits) return;
  IncidentNote& note = incidents_[incident.id()];
  *note.mutable_incident() = incident;
  note.mutable_incident()->clear_text();
  note.set_reporter(event.actor().person());
  *note.mutable_recorded_at() = event.recorded_at();
  SetPending(note, true);
}

void State::Corrected(const Event& event, const Incident& incident) {
  const auto found = incidents_.find(incident.id());
  // What was not alertable before may be now; the reporter of a correction is not its witness.
  if (found == incidents_.end()) return Reported(event, incident);
  IncidentNote& note = found->second;
  const Incident before = note.incident();
  *note.mutable_incident() = incident;
  note.mutable_incident()->clear_text();
  if (note.pending()) SetPending(note, true);  // its end may be another
  const bool waits =
      StandingOf(incident, rules(), FromProto(event.recorded_at())) == Standing::kWaits;
  if (note.alerts().empty()) {
    if (waits) return SetPending(note, true);
    SetPending(note, false);
    incidents_.erase(found);
    return;
  }
  if (!Differs(before, incident)) return;
  bool only_digest = true;
  for (const std::string& id : note.alerts()) {
    AlertRecord& record = alerts_.find(id)->second;
    only_digest = only_digest && record.alert().kind() == ALERT_KIND_DIGEST;
    if (!record.alert().recalled()) SetStale(record, true);
  }
  // Told only in a digest, and now worth telling at once.
  if (waits && only_digest && before.severity() < rules().now_severity() &&
      incident.severity() >= rules().now_severity()) {
    *note.mutable_recorded_at() = event.recorded_at();
    SetPending(note, true);
  }
}

void State::Withdrawn(const std::string& incident) {
  const auto found = incidents_.find(incident);
  if (found == incidents_.end()) return;
  IncidentNote& note = found->second;
  SetPending(note, false);
  note.set_withdrawn(true);
  for (const std::string& id : note.alerts()) {
    AlertRecord& record = alerts_.find(id)->second;
    if (!record.alert().recalled()) SetStale(record, true);
  }
  if (note.alerts().empty()) incidents_.erase(found);
}

void State::Raised(const Event& event, const Alert& alert) {
  AlertRecord& record = alerts_[alert.id()];
  record.Clear();
  *record.mutable_alert() = alert;
  record.mutable_alert()->set_version(1);
  AlertVersion version;
  version.set_widened(true);
  AddVersion(record, version, event);
  TakeIncidents(alert);
  if (alert.kind() != ALERT_KIND_INCIDENT) return;
  for (const std::string& area : alert.areas()) {
    newest_of_area_[area] = alert.id();
    JudgeArea(area);
  }
}

void State::Updated(const Event& event, const AlertUpdated& update) {
  AlertRecord& record = alerts_.find(update.alert().id())->second;
  const Alert before = record.alert();
  *record.mutable_alert() = update.alert();
  record.mutable_alert()->set_version(before.version() + 1);
  AlertVersion version;
  version.set_reason(update.reason());
  version.set_widened(
      update.alert().severity() > before.severity() ||
      std::any_of(update.alert().areas().begin(), update.alert().areas().end(),
                  [&before](const std::string& area) { return !Contains(before.areas(), area); }));
  version.set_grouped(update.alert().incidents_size() > before.incidents_size());
  AddVersion(record, version, event);
  SetStale(record, false);
  TakeIncidents(update.alert());
  if (std::equal(before.areas().begin(), before.areas().end(), update.alert().areas().begin(),
                 update.alert().areas().end())) {
    for (const std::string& area : before.areas()) JudgeArea(area);
  } else {
    FindNewest();
    JudgeAll();
  }
}

void State::Recalled(const Event& event, const AlertRecalled& recall) {
  AlertRecord& record = alerts_.find(recall.alert())->second;
  if (record.alert().recalled()) return;
  record.mutable_alert()->set_recalled(true);
  record.mutable_alert()->set_version(record.alert().version() + 1);
  AlertVersion version;
  version.set_recall(true);
  version.set_reason(recall.reason());
  AddVersion(record, version, event);
  SetStale(record, false);
  for (const std::string& area : record.alert().areas()) JudgeArea(area);
}

absl::Status State::Answered(const std::string& alert, const std::string& person,
                             const RelayReported* relay) {
  const auto found = alerts_.find(alert);
  if (found == alerts_.end()) return absl::NotFoundError(absl::StrCat("alert ", alert));
  auto& answers = *found->second.mutable_answers();
  auto at = std::lower_bound(answers.begin(), answers.end(), person,
                             [](const Answer& a, const std::string& p) { return a.person() < p; });
  if (at == answers.end() || at->person() != person) {
    const auto place = at - answers.begin();
    answers.Add()->set_person(person);
    std::rotate(answers.begin() + place, answers.end() - 1, answers.end());
    at = answers.begin() + place;
  }
  at->set_acknowledged(true);
  if (relay != nullptr) {
    at->set_relayed(true);
    at->set_by(relay->by());
    at->set_households(relay->households());
  }
  return absl::OkStatus();
}

void State::SetPending(IncidentNote& note, bool pending) {
  note.set_pending(pending);
  if (pending) {
    waiting_.Put(note.incident().id(), note.incident().where().area(), TellingOf(note));
    pending_ends_.emplace(EndOf(note.incident()), note.incident().id());
  } else {
    waiting_.Erase(note.incident().id());
  }
}

Telling State::TellingOf(const IncidentNote& note) const {
  const Incident& incident = note.incident();
  const std::string& area = incident.where().area();
  if (!Visible(incident)) return {};
  if (incident.severity() < rules().now_severity()) {
    if (area.empty()) return {};
    const absl::Time heard = FromProto(note.recorded_at());
    return {Way::kDigest, NextMinuteOfDay(rules().digest_minute(), registry_.zone(), heard), ""};
  }
  const Telling now = {Way::kNow, absl::InfinitePast(), ""};
  if (incident.severity() >= rules().critical_severity()) return now;
  const AlertRecord* newest = NewestOf(area);
  if (newest == nullptr || newest->alert().recalled() ||
      newest->alert().incidents_size() >= kMostGrouped) {
    return now;
  }
  const absl::Time window_end =
      FromProto(newest->versions().rbegin()->at()) + absl::Seconds(rules().group_seconds());
  if (FromProto(note.recorded_at()) >= window_end) return now;
  return {Way::kGroup, window_end, newest->alert().id()};
}

void State::JudgeArea(absl::string_view area) {
  const Waiting::Ids depend = waiting_.AtOnce(area);  // a copy: they move in it
  for (const std::string& id : depend) SetPending(incidents_.find(id)->second, true);
}

void State::JudgeAll() {
  for (const std::string& id : waiting_.Incidents()) {
    SetPending(incidents_.find(id)->second, true);
  }
}

// In the order in which they were raised.
void State::FindNewest() {
  newest_of_area_.clear();
  for (const auto& [seq, step] : steps_) {
    const Alert& alert = alerts_.find(step.alert)->second.alert();
    if (step.version != 1 || alert.kind() != ALERT_KIND_INCIDENT) continue;
    for (const std::string& area : alert.areas()) newest_of_area_[area] = step.alert;
  }
}

void State::SetStale(AlertRecord& record, bool stale) {
  record.set_stale(stale);
  if (stale) {
    stale_.insert(record.alert().id());
  } else {
    stale_.erase(record.alert().id());
  }
}

void State::TakeIncidents(const Alert& alert) {
  for (const std::string& id : alert.incidents()) {
    const auto found = incidents_.find(id);
    if (found == incidents_.end()) continue;
    SetPending(found->second, false);
    if (!Contains(found->second.alerts(), alert.id())) found->second.add_alerts(alert.id());
  }
}

void State::AddVersion(AlertRecord& record, AlertVersion version, const Event& event) {
  version.set_version(record.alert().version());
  version.set_seq(event.seq());
  *version.mutable_at() = event.recorded_at();
  steps_[event.seq()] = {event.seq(), record.alert().id(), version.version()};
  *record.add_versions() = std::move(version);
}

// What waited for a digest that never came, because the municipality sends none. By their ends, for
// thousands may wait and this is asked with every report.
void State::ForgetOld(absl::Time now) {
  while (!pending_ends_.empty() && pending_ends_.begin()->first < now - kFresh) {
    const std::string id = pending_ends_.begin()->second;
    pending_ends_.erase(pending_ends_.begin());
    const auto found = incidents_.find(id);
    // It waits no more, or has been given another end since.
    if (found == incidents_.end() || !found->second.pending()) continue;
    if (EndOf(found->second.incident()) >= now - kFresh) continue;
    SetPending(found->second, false);
    if (found->second.alerts().empty()) incidents_.erase(found);
  }
}

const AlertRecord* State::FindAlert(absl::string_view id) const {
  const auto found = alerts_.find(id);
  return found == alerts_.end() ? nullptr : &found->second;
}

const IncidentNote* State::FindIncident(absl::string_view id) const {
  const auto found = incidents_.find(id);
  return found == incidents_.end() ? nullptr : &found->second;
}

const AlertRecord* State::NewestOf(absl::string_view area) const {
  const auto found = newest_of_area_.find(area);
  return found == newest_of_area_.end() ? nullptr : FindAlert(found->second);
}

std::optional<State::Step> State::NextStep(uint64_t seq) const {
  const auto next = steps_.upper_bound(seq);
  if (next == steps_.end()) return std::nullopt;
  return next->second;
}

}  // namespace vaka::notifications
