#include "services/notifications/raise.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "services/notifications/audience.h"
#include "services/notifications/policy.h"

namespace vaka::notifications {
namespace {

using fold::Decision;
using intake::v1::Incident;

// What the state says of an incident that waits; what has waited too long is never told.
Telling Judge(const State& state, const IncidentNote& note, absl::Time now) {
  if (StandingOf(note.incident(), state.rules(), now) != Standing::kWaits) return {};
  return state.waiting().TellingOf(note.incident().id());
}

std::string KeyFor(absl::string_view what) { return DeriveId("raise", "", what); }

// The key of an alert's next version: whoever makes it, it is made once.
std::string NextVersionKey(const AlertRecord& record) {
  return KeyFor(absl::StrCat("version:", record.alert().id(), ":", record.alert().version() + 1));
}

void FillFromIncident(const Incident& incident, Alert& alert) {
  alert.set_category(incident.category());
  alert.set_district(incident.where().district());
  alert.set_severity(incident.severity());
  alert.set_sender_role(options::v1::Role_Name(incident.source_role()));
  alert.set_sender_agency(incident.source_agency());
  alert.clear_areas();
  if (!incident.where().area().empty()) alert.add_areas(incident.where().area());
}

Decision RaisedDecision(Alert alert, const State& state, absl::Time now) {
  alert.set_version(1);
  *alert.mutable_raised_at() = ToProto(now);
  if (alert.kind() == ALERT_KIND_INCIDENT) {
    for (std::string& agency : SubscribedAgencies(state.registry(), now)) {
      *alert.add_agencies() = std::move(agency);
    }
  }
  Decision decision;
  decision.rests_on = {absl::StrCat("alert:", alert.id())};
  for (const std::string& incident : alert.incidents()) {
    decision.rests_on.push_back(absl::StrCat("incident:", incident));
  }
  // Two processes that raise for one area at once would otherwise make two alerts to be grouped.
  for (const std::string& area : alert.areas()) {
    decision.rests_on.push_back(absl::StrCat("alerts-of:", area));
  }
  *decision.facts.emplace_back().mutable_alert_raised()->mutable_alert() = std::move(alert);
  return decision;
}

Decision UpdatedDecision(const AlertRecord& record, Alert alert, const std::string& reason) {
  alert.set_version(record.alert().version() + 1);
  Decision decision;
  decision.rests_on = {absl::StrCat("alert:", alert.id())};
  for (const std::string& incident : alert.incidents()) {
    decision.rests_on.push_back(absl::StrCat("incident:", incident));
  }
  AlertUpdated& update = *decision.facts.emplace_back().mutable_alert_updated();
  *update.mutable_alert() = std::move(alert);
  update.set_reason(reason);
  return decision;
}

Decision RecalledDecision(const std::string& alert, const std::string& reason) {
  Decision decision;
  decision.rests_on = {absl::StrCat("alert:", alert)};
  AlertRecalled& recall = *decision.facts.emplace_back().mutable_alert_recalled();
  recall.set_alert(alert);
  recall.set_reason(reason);
  return decision;
}

Decision DecideAlert(const State& state, const std::string& kommun, const Chore& chore,
                     absl::Time now) {
  const IncidentNote* note = state.FindIncident(chore.subject);
  if (note == nullptr || !note->pending()) return {};
  if (Judge(state, *note, now).way != Way::kNow) return {};
  Alert alert;
  alert.set_id(DeriveId("alert", kommun, chore.key));
  alert.set_kind(ALERT_KIND_INCIDENT);
  alert.add_incidents(chore.subject);
  FillFromIncident(note->incident(), alert);
  return RaisedDecision(std::move(alert), state, now);
}

Decision DecideGroup(const State& state, const Chore& chore, absl::Time now) {
  const AlertRecord* record = state.FindAlert(chore.subject);
  if (record == nullptr || record->alert().recalled()) return {};
  Alert alert = record->alert();
  for (const auto& [due, id] : state.waiting().by_due()) {
    if (due > now) break;
    const IncidentNote& note = *state.FindIncident(id);
    const Telling telling = Judge(state, note, now);
    if (telling.way != Way::kGroup || telling.alert != chore.subject) continue;
    alert.add_incidents(id);
    alert.set_severity(std::max(alert.severity(), note.incident().severity()));
  }
  if (alert.incidents_size() == record->alert().incidents_size()) return {};
  return UpdatedDecision(*record, std::move(alert), "more incidents in the area");
}

Decision DecideDigest(const State& state, const std::string& kommun, const Chore& chore,
                      absl::Time now) {
  Alert alert;
  alert.set_id(DeriveId("alert", kommun, chore.key));
  if (state.FindAlert(alert.id()) != nullptr) return {};
  for (const std::string& id : state.waiting().ForDigest(chore.subject)) {
    const IncidentNote& note = *state.FindIncident(id);
    const Telling telling = Judge(state, note, now);
    if (telling.way != Way::kDigest || telling.due > now) continue;
    if (note.incident().severity() > alert.severity()) FillFromIncident(note.incident(), alert);
    alert.add_incidents(id);
  }
  if (alert.incidents().empty()) return {};
  alert.set_kind(ALERT_KIND_DIGEST);
  alert.set_sender_role(options::v1::Role_Name(options::v1::ROLE_SYSTEM));
  alert.clear_sender_agency();
  return RaisedDecision(std::move(alert), state, now);
}

Decision DecideRevise(const State& state, const Chore& chore) {
  const AlertRecord* record = state.FindAlert(chore.subject);
  if (record == nullptr || !record->stale()) return {};
  Alert alert = record->alert();
  alert.clear_incidents();
  alert.set_severity(0);
  for (const std::string& id : record->alert().incidents()) {
    const IncidentNote* note = state.FindIncident(id);
    if (note == nullptr || note->withdrawn() ||
        note->incident().visibility() < intake::v1::VISIBILITY_CONTACT_PERSONS) {
      continue;
    }
    if (note->incident().severity() > alert.severity()) {
      const std::string role = alert.sender_role();
      const std::string agency = alert.sender_agency();
      FillFromIncident(note->incident(), alert);
      if (alert.kind() == ALERT_KIND_DIGEST) {
        alert.set_sender_role(role);
        alert.set_sender_agency(agency);
      }
    }
    alert.add_incidents(id);
  }
  if (alert.incidents().empty()) {
    Decision decision = RecalledDecision(alert.id(), "withdrawn by its source");
    return decision;
  }
  return UpdatedDecision(*record, std::move(alert), "corrected by its source");
}

}  // namespace

Chores ChoresAt(const State& state, absl::Time now) {
  Chores chores;
  if (!state.registry().configured()) return chores;
  // One a group and one a digest, whoever of the waiting comes first.
  std::map<std::pair<Chore::Kind, std::string>, Chore> due;
  const auto add = [&due](Chore::Kind kind, const std::string& subject, std::string key) {
    due.emplace(std::make_pair(kind, subject), Chore{kind, subject, std::move(key)});
  };
  for (const std::string& id : state.stale()) {
    add(Chore::Kind::kRevise, id, NextVersionKey(*state.FindAlert(id)));
  }
  for (const auto& [when, id] : state.waiting().by_due()) {
    if (when > now) {
      chores.next = when;
      break;
    }
    const IncidentNote& note = *state.FindIncident(id);
    const Telling telling = Judge(state, note, now);
    if (telling.way == Way::kNever) continue;
    const std::string which = absl::StrCat(id, ":", note.alerts_size() + 1);
    if (telling.way == Way::kNow) {
      add(Chore::Kind::kAlert, id, KeyFor(absl::StrCat("incident:", which)));
    } else if (telling.way == Way::kGroup) {
      add(Chore::Kind::kGroup, telling.alert, NextVersionKey(*state.FindAlert(telling.alert)));
    } else {
      add(Chore::Kind::kDigest, note.incident().where().area(),
          KeyFor(absl::StrCat("digest:", which)));
    }
  }
  for (auto& [key, chore] : due) chores.due.push_back(std::move(chore));
  return chores;
}

absl::StatusOr<Decision> DecideChore(const State& state, const std::string& kommun,
                                     const Chore& chore, absl::Time now) {
  switch (chore.kind) {
    case Chore::Kind::kAlert:
      return DecideAlert(state, kommun, chore, now);
    case Chore::Kind::kGroup:
      return DecideGroup(state, chore, now);
    case Chore::Kind::kDigest:
      return DecideDigest(state, kommun, chore, now);
    case Chore::Kind::kRevise:
      return DecideRevise(state, chore);
  }
  return Decision{};
}

Decision DecideMessage(const Alert& alert, absl::Time now) {
  Decision decision;
  decision.rests_on = {absl::StrCat("alert:", alert.id())};
  Alert& raised = *decision.facts.emplace_back().mutable_alert_raised()->mutable_alert();
  raised = alert;
  raised.set_kind(ALERT_KIND_MESSAGE);
  raised.set_version(1);
  *raised.mutable_raised_at() = ToProto(now);
  return decision;
}

absl::StatusOr<Decision> DecideRecall(const State& state, const std::string& alert,
                                      const std::string& reason) {
  const AlertRecord* record = state.FindAlert(alert);
  if (record == nullptr) return absl::NotFoundError(absl::StrCat("alert: no alert ", alert));
  if (record->alert().recalled()) return Decision{};
  return RecalledDecision(alert, reason);
}

}  // namespace vaka::notifications
