#include "tests/fault/judge/case.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "services/notifications/effects.h"
#include "tests/fault/judge/refold.h"

namespace vaka::fault {
namespace {

constexpr char kReport[] = "vaka.intake.v1.IntakeService.Report";
constexpr registry::v1::Channel kMail = registry::v1::CHANNEL_EMAIL;

std::string CommandOf(const std::string& key) {
  return CommandKey(kReport, Case::kKommun, "p-1", "police", key);
}

}  // namespace

Case::Case() {
  Municipality& town = evidence_.municipalities.emplace_back();
  town.kommun = kKommun;
}

std::string Case::Report(const std::string& key) {
  StoredFact& fact = Write(key);
  Call(key, Outcome::kAcknowledged, fact.seq);
  return fact.event.incident_reported().incident().id();
}

Operation& Case::Call(const std::string& key, Outcome outcome, uint64_t seq) {
  Operation& call = evidence_.operations.emplace_back();
  call.client = "reporter-1";
  call.rpc = kReport;
  call.kommun = kKommun;
  call.key = key;
  call.command = CommandOf(key);
  call.person = "p-1";
  call.sent = now();
  call.answered = now();
  call.outcome = outcome;
  call.seq = seq;
  return call;
}

StoredFact& Case::Write(const std::string& key) {
  event::v1::Event event;
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  incident.set_id(DeriveId("incident", kKommun, key));
  incident.set_category("graffiti");
  event.mutable_actor()->set_person("p-1");
  return Append(std::move(event), CommandOf(key), 0);
}

StoredFact& Case::Append(event::v1::Event event, const std::string& command, int place) {
  StoredFact& fact = town().facts.emplace_back();
  fact.seq = ++town().facts_head;
  event.set_kommun(kKommun);
  event.set_id(DeriveId("f", kKommun, command, place));
  *event.mutable_recorded_at() = ToProto(now());
  fact.bytes = event.SerializeAsString();
  event.set_seq(fact.seq);
  fact.event = std::move(event);
  return fact;
}

std::string Case::Raise(const std::string& incident) {
  const std::string key = DeriveId("raise", "", absl::StrCat("incident:", incident, ":1"));
  event::v1::Event event;
  event.mutable_actor()->set_role(options::v1::ROLE_SYSTEM);
  notifications::v1::Alert& alert = *event.mutable_alert_raised()->mutable_alert();
  alert.set_id(DeriveId("alert", kKommun, key));
  alert.set_kind(notifications::v1::ALERT_KIND_INCIDENT);
  alert.add_incidents(incident);
  alert.set_version(1);
  alerts_[alert.id()] = alert;
  const std::string id = alert.id();
  RaiseVersion(id, Append(std::move(event), key, 0).seq);
  return id;
}

void Case::Update(const std::string& id) {
  const std::string key =
      DeriveId("raise", "", absl::StrCat("version:", id, ":", alert_version_[id] + 1));
  event::v1::Event event;
  event.mutable_actor()->set_role(options::v1::ROLE_SYSTEM);
  notifications::v1::Alert& alert = *event.mutable_alert_updated()->mutable_alert();
  alert = alerts_[id];
  alert.set_version(alert_version_[id] + 1);
  RaiseVersion(id, Append(std::move(event), key, 0).seq);
}

void Case::RaiseVersion(const std::string& alert, uint64_t seq) {
  alert_seq_[alert] = seq;
  ++alert_version_[alert];
  town().planned_up_to = seq;
}

StoredFact& Case::AppendDelivery(event::v1::Event event) {
  StoredFact& fact = town().deliveries.emplace_back();
  fact.seq = ++town().deliveries_head;
  event.set_kommun(kKommun);
  event.set_id(RandomId("f"));
  event.mutable_actor()->set_role(options::v1::ROLE_SYSTEM);
  fact.bytes = event.SerializeAsString();
  event.set_seq(fact.seq);
  fact.event = std::move(event);
  return fact;
}

std::string Case::Plan(const std::string& alert, const std::string& person,
                       notifications::v1::DeliveryState state, notifications::v1::Reason reason) {
  event::v1::Event event;
  event.set_causation(alert_seq_[alert]);
  notifications::v1::DeliveriesPlanned& planned = *event.mutable_deliveries_planned();
  planned.set_alert(alert);
  planned.set_version(alert_version_[alert]);
  notifications::v1::PlannedOutcome& outcome = *planned.add_outcomes();
  outcome.set_channel(kMail);
  outcome.set_state(state);
  outcome.set_reason(reason);
  planned.add_persons(person);
  planned.add_outcome_of(0);
  const std::string message =
      notifications::MessageId(kKommun, alert, planned.version(), person, kMail);
  messages_[message] = {alert, person};
  if (state == notifications::v1::DELIVERY_STATE_HELD) {
    town().held.emplace_back().set_message(message);
  }
  AppendDelivery(std::move(event));
  return message;
}

HandOver& Case::HandOverOnly(const std::string& message) {
  HandOver& hand_over = evidence_.hand_overs.emplace_back();
  hand_over.channel = kMail;
  hand_over.message = message;
  hand_over.recipient = absl::StrCat(messages_[message].person, "@town.invalid");
  hand_over.at = now();
  hand_over.accepted = true;
  return hand_over;
}

void Case::RecordSent(const std::string& message) {
  event::v1::Event event;
  event.mutable_delivery_sent()->set_message(message);
  event.mutable_delivery_sent()->set_alert(messages_[message].alert);
  event.mutable_delivery_sent()->set_person(messages_[message].person);
  event.mutable_delivery_sent()->set_channel(kMail);
  AppendDelivery(std::move(event));
}

void Case::RecordReceipted(const std::string& message) {
  event::v1::Event event;
  event.mutable_delivery_receipted()->set_message(message);
  event.mutable_delivery_receipted()->set_alert(messages_[message].alert);
  event.mutable_delivery_receipted()->set_delivered(true);
  AppendDelivery(std::move(event));
}

void Case::RecordFailed(const std::string& message, bool final) {
  event::v1::Event event;
  event.mutable_delivery_failed()->set_message(message);
  event.mutable_delivery_failed()->set_alert(messages_[message].alert);
  event.mutable_delivery_failed()->set_final(final);
  AppendDelivery(std::move(event));
}

void Case::Send(const std::string& message) {
  HandOverOnly(message);
  RecordSent(message);
}

void Case::Everything() {
  const std::string incident = Report("one");
  const std::string alert = Raise(incident);
  Send(Plan(alert, "p-told"));
  Plan(alert, "p-silent", notifications::v1::DELIVERY_STATE_SUPPRESSED,
       notifications::v1::REASON_SUPPRESS_NO_CONSENT);
  Plan(alert, "p-asleep", notifications::v1::DELIVERY_STATE_HELD,
       notifications::v1::REASON_HOLD_QUIET_HOURS);
  for (const char* person : {"p-told", "p-silent", "p-asleep"}) {
    town().expected.push_back({alert, person});
  }
  Write("unknown and done");
  Call("unknown and done", Outcome::kUnknown);
  Call("unknown and not done", Outcome::kUnknown);
  Call("refused", Outcome::kRefused);
  evidence_.secrets = {"Anna Andersson", "+46701234567", "anna@example.se"};
  evidence_.lines = {{"vaka", "2026-11-22 info intake: took incident-1"}};
  AddStates();
}

void Case::AddStates() {
  evidence_.refold = Refold(town(), {});
  evidence_.states = evidence_.refold;
  for (StateHash& state : evidence_.states) state.who = "replica";
}

}  // namespace vaka::fault
