#include "services/notifications/answer.h"

#include "absl/strings/str_cat.h"
#include "services/notifications/reach.h"

namespace vaka::notifications {

using fold::Decision;

Decision DecideAcknowledge(const State& state, const std::string& alert,
                           const std::string& person) {
  const AlertRecord* record = state.FindAlert(alert);
  const Answer* answer = record == nullptr ? nullptr : AnswerOf(*record, person);
  if (answer != nullptr && answer->acknowledged()) return {};
  Decision decision;
  AlertAcknowledged& fact = *decision.facts.emplace_back().mutable_alert_acknowledged();
  fact.set_alert(alert);
  fact.set_person(person);
  return decision;
}

Decision DecideRelay(const std::string& alert, const std::string& person, RelayChannel by,
                     uint32_t households) {
  Decision decision;
  RelayReported& fact = *decision.facts.emplace_back().mutable_relay_reported();
  fact.set_alert(alert);
  fact.set_person(person);
  fact.set_by(by == RELAY_CHANNEL_UNSPECIFIED ? RELAY_CHANNEL_OTHER : by);
  fact.set_households(households);
  return decision;
}

Decision DecideUnsubscribe(const State& state, const std::string& person) {
  const PersonEntry* entry = state.registry().FindPerson(person);
  if (entry == nullptr || entry->erased || !entry->consent) return {};
  Decision decision;
  decision.rests_on = {absl::StrCat("person:", person)};
  registry::v1::ConsentChanged& fact = *decision.facts.emplace_back().mutable_consent_changed();
  fact.set_person(person);
  fact.set_consent(false);
  return decision;
}

}  // namespace vaka::notifications
