#include "services/notifications/deliveries.h"

#include <algorithm>
#include <utility>

#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/fold/state_writer.h"
#include "services/notifications/effects.h"
#include "services/notifications/planned.h"

namespace vaka::notifications {
namespace {

using event::v1::Event;

constexpr int kRecipientsInPart = 1000;

// A time that no Timestamp can say would not come back from a snapshot as it went in.
absl::Time TimeIn(const google::protobuf::Timestamp& stamp) {
  static const absl::Time first = absl::FromCivil(absl::CivilDay(1), absl::UTCTimeZone());
  static const absl::Time last = absl::FromCivil(absl::CivilDay(9999, 12, 31), absl::UTCTimeZone());
  return std::clamp(FromProto(stamp), first, last);
}

DeliveryRecord ToRecord(const Delivery& delivery) {
  DeliveryRecord record;
  record.set_version(delivery.version);
  record.set_channel(delivery.channel);
  record.set_state(delivery.state);
  record.set_reason(delivery.reason);
  if (delivery.due != absl::UnixEpoch()) *record.mutable_due() = ToProto(delivery.due);
  *record.mutable_at() = ToProto(delivery.at);
  record.set_attempts(delivery.attempts);
  record.set_error(delivery.error);
  record.set_sent(delivery.sent);
  record.set_unsure(delivery.unsure);
  return record;
}

Delivery FromRecord(const DeliveryRecord& record) {
  Delivery delivery;
  delivery.version = record.version();
  delivery.channel = record.channel();
  delivery.state = record.state();
  delivery.reason = record.reason();
  delivery.sent = record.sent();
  delivery.unsure = record.unsure();
  delivery.attempts = record.attempts();
  delivery.due = TimeIn(record.due());
  delivery.at = TimeIn(record.at());
  delivery.error = record.error();
  return delivery;
}

// As it is planned at `at`: `outcome` is a PlannedOutcome, or a DeliveryPlanned of older logs.
template <typename Outcome>
Delivery PlannedDelivery(uint32_t version, const Outcome& outcome, absl::Time at) {
  Delivery delivery;
  delivery.version = version;
  delivery.channel = outcome.channel();
  delivery.state = outcome.state();
  delivery.reason = outcome.reason();
  delivery.due = TimeIn(outcome.due());
  delivery.at = at;
  return delivery;
}

// The message of which a fact says what came of it; empty: of none.
absl::string_view MessageIn(const Event& event) {
  switch (event.fact_case()) {
    case Event::kDeliveryReleased:
      return event.delivery_released().message();
    case Event::kDeliverySent:
      return event.delivery_sent().message();
    case Event::kDeliveryReceipted:
      return event.delivery_receipted().message();
    case Event::kDeliveryFailed:
      return event.delivery_failed().message();
    default:
      return "";
  }
}

void Sent(Delivery& delivery) {
  delivery.sent = true;
  ++delivery.attempts;
  // The provider's receipt may have been recorded before, and says more.
  if (delivery.state != DELIVERY_STATE_DELIVERED && delivery.reason != REASON_FAILED_REPORTED) {
    delivery.state = DELIVERY_STATE_SENT;
  }
}

void Receipted(const DeliveryReceipted& receipt, Delivery& delivery) {
  if (receipt.delivered()) {
    if (delivery.reason == REASON_FAILED_REPORTED) delivery.reason = REASON_UNSPECIFIED;
    delivery.state = DELIVERY_STATE_DELIVERED;
    delivery.sent = true;
  } else if (delivery.state != DELIVERY_STATE_DELIVERED) {
    delivery.state = DELIVERY_STATE_FAILED;
    delivery.reason = REASON_FAILED_REPORTED;
    delivery.error = receipt.provider_status();
  }
}

void Failed(const DeliveryFailed& failed, Delivery& delivery) {
  delivery.attempts = failed.attempt();
  delivery.error = failed.error();
  if (failed.reason() == REASON_FAILED_UNCONFIRMED) delivery.unsure = true;
  if (!failed.final()) return;
  delivery.state = DELIVERY_STATE_FAILED;
  if (failed.reason() != REASON_UNSPECIFIED) delivery.reason = failed.reason();
}

}  // namespace

std::optional<registry::v1::Channel> RecipientDeliveries::ToldOn() const {
  for (auto it = deliveries.rbegin(); it != deliveries.rend(); ++it) {
    if (it->MayHaveArrived() || it->state == DELIVERY_STATE_PLANNED) return it->channel;
  }
  return std::nullopt;
}

bool RecipientDeliveries::Told() const {
  return std::any_of(deliveries.begin(), deliveries.end(), [](const Delivery& delivery) {
    return delivery.sent && delivery.state != DELIVERY_STATE_FAILED;
  });
}

bool IsSettled(const Delivery& delivery) {
  return delivery.sent || delivery.state == DELIVERY_STATE_SUPPRESSED ||
         delivery.state == DELIVERY_STATE_FAILED;
}

RecipientDeliveries Recipients::Iterator::operator*() const {
  RecipientDeliveries recipient;
  recipient.person = std::string(person());
  for (Place at = at_, behind = Behind(); at != behind; ++at) {
    if (recipient.area.empty()) recipient.area = std::string(table_->AreaOf(*at));
    recipient.deliveries.push_back(table_->Get(*at));
  }
  return recipient;
}

Recipients::Iterator& Recipients::Iterator::operator++() {
  at_ = Behind();
  return *this;
}

Recipients::Iterator::Place Recipients::Iterator::Behind() const {
  Place at = at_;
  do {
    ++at;
  } while (at != end_ && table_->PersonOf(*at) == person());
  return at;
}

std::optional<RecipientDeliveries> Recipients::Find(absl::string_view person) const {
  const Iterator found = At(alert_->order.lower_bound(person));
  if (found == end() || found.person() != person) return std::nullopt;
  return *found;
}

absl::Status Deliveries::Apply(const Event& event) {
  const absl::Time at = TimeIn(event.occurred_at());
  if (event.has_deliveries_planned()) return PlannedMany(event);
  if (event.has_delivery_planned()) {
    Planned(event, event.delivery_planned());
    return absl::OkStatus();
  }
  const uint32_t number = table_.Find(MessageIn(event));
  if (number == DeliveryTable::kNone) return absl::OkStatus();
  Delivery delivery = table_.Get(number);
  delivery.at = at;
  if (event.has_delivery_released() && delivery.state == DELIVERY_STATE_HELD) {
    delivery.state = DELIVERY_STATE_PLANNED;
  }
  if (event.has_delivery_sent()) Sent(delivery);
  if (event.has_delivery_receipted()) Receipted(event.delivery_receipted(), delivery);
  if (event.has_delivery_failed()) Failed(event.delivery_failed(), delivery);
  table_.Set(delivery);
  return absl::OkStatus();
}

absl::Status Deliveries::PlannedMany(const Event& event) {
  const DeliveriesPlanned& planned = event.deliveries_planned();
  VAKA_RETURN_IF_ERROR(CheckPlanned(planned));
  std::vector<Delivery> deliveries;
  for (const PlannedOutcome& outcome : planned.outcomes()) {
    deliveries.push_back(PlannedDelivery(planned.version(), outcome, TimeIn(event.occurred_at())));
  }
  DeliveryTable::Alert& alert = table_.AlertOf(planned.alert(), event.kommun());
  const bool made = alert.kommun == event.kommun();
  for (int i = 0; i < planned.persons_size(); ++i) {
    const uint32_t place = planned.outcome_of(i);
    const std::string& person = planned.persons(i);
    Plan(alert, person, planned.outcomes(static_cast<int>(place)).area(), deliveries[place],
         made ? ""
              : MessageId(event.kommun(), planned.alert(), planned.version(), person,
                          deliveries[place].channel));
  }
  return absl::OkStatus();
}

void Deliveries::Planned(const Event& event, const DeliveryPlanned& planned) {
  const Delivery delivery =
      PlannedDelivery(planned.version(), planned, TimeIn(event.occurred_at()));
  Plan(table_.AlertOf(planned.alert(), event.kommun()), planned.person(), planned.area(), delivery,
       planned.message());
}

void Deliveries::Plan(DeliveryTable::Alert& alert, absl::string_view person, absl::string_view area,
                      const Delivery& delivery, absl::string_view message) {
  const auto [number, fresh] = table_.Add(alert, person, area, delivery, message);
  if (fresh) return;
  Delivery again = table_.Get(number);
  again.version = delivery.version;
  again.channel = delivery.channel;
  again.state = delivery.state;
  again.reason = delivery.reason;
  again.due = delivery.due;
  again.at = delivery.at;
  table_.Set(again);
}

Recipients Deliveries::Of(absl::string_view alert) const {
  static const auto& empty = *new DeliveryTable;
  static const DeliveryTable::Alert nobody{
      "", "", DeliveryTable::Order(DeliveryTable::ByPerson{&empty}), 0};
  const DeliveryTable::Alert* found = table_.FindAlert(alert);
  return found == nullptr ? Recipients(empty, nobody) : Recipients(table_, *found);
}

std::map<std::string, Recipients> Deliveries::Alerts() const {
  std::map<std::string, Recipients> all;
  for (const auto& [id, alert] : table_.alerts()) all.try_emplace(std::string(id), table_, *alert);
  return all;
}

std::optional<Deliveries::Found> Deliveries::Find(absl::string_view message) const {
  const uint32_t number = table_.Find(message);
  if (number == DeliveryTable::kNone) return std::nullopt;
  const std::string& alert = table_.AlertOf(number).id;
  std::optional<RecipientDeliveries> recipient = Of(alert).Find(table_.PersonOf(number));
  return Found{alert, std::move(recipient->person), std::move(recipient->area), table_.Get(number)};
}

// Written in parts, since the messages of a whole state take several times its room: parts one
// after the other are the bytes of the whole.
std::string Deliveries::Serialize() const {
  fold::StateWriter writer;
  DeliveriesSnapshot part;
  const auto flush = [&writer, &part] {
    writer.Add(part);
    part.Clear();
  };
  for (const auto& [id, recipients] : Alerts()) {
    AlertDeliveries* alert = nullptr;
    for (const RecipientDeliveries& recipient : recipients) {
      if (alert == nullptr) {
        alert = part.add_alerts();
        alert->set_alert(id);
        alert->set_kommun(table_.FindAlert(id)->kommun);
      }
      RecipientRecord& record = *alert->add_recipients();
      record.set_person(recipient.person);
      record.set_area(recipient.area);
      for (const Delivery& delivery : recipient.deliveries) {
        DeliveryRecord& written = *record.add_deliveries();
        written = ToRecord(delivery);
        if (table_.HasOwnMessage(delivery.number)) {
          written.set_message(recipients.MessageOf(delivery));
        }
      }
      if (alert->recipients_size() < kRecipientsInPart) continue;
      flush();
      alert = nullptr;
    }
  }
  flush();
  return writer.Finish();
}

absl::Status Deliveries::Restore(absl::string_view bytes) {
  DeliveriesSnapshot snapshot;
  if (!snapshot.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("not a state of deliveries");
  }
  for (const AlertDeliveries& alert : snapshot.alerts()) {
    DeliveryTable::Alert& into = table_.AlertOf(alert.alert(), alert.kommun());
    for (const RecipientRecord& record : alert.recipients()) {
      for (const DeliveryRecord& delivery : record.deliveries()) {
        table_.Add(into, record.person(), record.area(), FromRecord(delivery), delivery.message());
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace vaka::notifications
