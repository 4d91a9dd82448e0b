#include "services/notifications/deliveries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/fold/state_writer.h"
#include "services/notifications/planned.h"
#include "services/notifications/state.h"

namespace vaka::notifications {
namespace {

// A time that no Timestamp can say would not come back from a snapshot as it went in.
absl::Time TimeIn(const google::protobuf::Timestamp& stamp) {
  static const absl::Time first = absl::FromCivil(absl::CivilDay(1), absl::UTCTimeZone());
  static const absl::Time last = absl::FromCivil(absl::CivilDay(9999, 12, 31), absl::UTCTimeZone());
  return std::clamp(FromProto(stamp), first, last);
}

using event::v1::Event;

constexpr int kRecipientsInPart = 1000;

DeliveryRecord ToRecord(const Delivery& delivery) {
  DeliveryRecord record;
  record.set_message(delivery.message);
  record.set_version(delivery.version);
  record.set_channel(delivery.channel);
  record.set_state(delivery.state);
  record.set_reason(delivery.reason);
  *record.mutable_due() = ToProto(delivery.due);
  *record.mutable_at() = ToProto(delivery.at);
  record.set_attempts(delivery.attempts);
  record.set_error(delivery.error);
  record.set_sent(delivery.sent);
  record.set_unsure(delivery.unsure);
  return record;
}

Delivery FromRecord(const DeliveryRecord& record) {
  Delivery delivery;
  delivery.message = record.message();
  delivery.version = record.version();
  delivery.channel = record.channel();
  delivery.state = record.state();
  delivery.reason = record.reason();
  delivery.sent = record.sent();
  delivery.unsure = record.unsure();
  delivery.attempts = record.attempts();
  delivery.due = FromProto(record.due());
  delivery.at = FromProto(record.at());
  delivery.error = record.error();
  return delivery;
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

absl::Status Deliveries::Apply(const Event& event) {
  const absl::Time at = TimeIn(event.occurred_at());
  switch (event.fact_case()) {
    case Event::kDeliveryPlanned:
      Planned(event, event.delivery_planned());
      return absl::OkStatus();
    case Event::kDeliveriesPlanned:
      VAKA_RETURN_IF_ERROR(CheckPlanned(event.deliveries_planned()));
      for (const DeliveryPlanned& planned : PlannedIn(event)) Planned(event, planned);
      return absl::OkStatus();
    case Event::kDeliveryReleased:
      if (Delivery* delivery = Known(event.delivery_released().message())) {
        if (delivery->state == DELIVERY_STATE_HELD) delivery->state = DELIVERY_STATE_PLANNED;
        delivery->at = at;
      }
      return absl::OkStatus();
    case Event::kDeliverySent:
      if (Delivery* delivery = Known(event.delivery_sent().message())) {
        delivery->sent = true;
        ++delivery->attempts;
        delivery->at = at;
        // The provider's receipt may have been recorded before, and says more.
        if (delivery->state != DELIVERY_STATE_DELIVERED &&
            delivery->reason != REASON_FAILED_REPORTED) {
          delivery->state = DELIVERY_STATE_SENT;
        }
      }
      return absl::OkStatus();
    case Event::kDeliveryReceipted:
      if (Delivery* delivery = Known(event.delivery_receipted().message())) {
        if (event.delivery_receipted().delivered()) {
          if (delivery->reason == REASON_FAILED_REPORTED) delivery->reason = REASON_UNSPECIFIED;
          delivery->state = DELIVERY_STATE_DELIVERED;
          delivery->sent = true;
        } else if (delivery->state != DELIVERY_STATE_DELIVERED) {
          delivery->state = DELIVERY_STATE_FAILED;
          delivery->reason = REASON_FAILED_REPORTED;
          delivery->error = event.delivery_receipted().provider_status();
        }
        delivery->at = at;
      }
      return absl::OkStatus();
    case Event::kDeliveryFailed:
      if (Delivery* delivery = Known(event.delivery_failed().message())) {
        delivery->attempts = event.delivery_failed().attempt();
        delivery->error = event.delivery_failed().error();
        delivery->at = at;
        if (event.delivery_failed().reason() == REASON_FAILED_UNCONFIRMED) delivery->unsure = true;
        if (!event.delivery_failed().final()) return absl::OkStatus();
        delivery->state = DELIVERY_STATE_FAILED;
        if (event.delivery_failed().reason() != REASON_UNSPECIFIED) {
          delivery->reason = event.delivery_failed().reason();
        }
      }
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

void Deliveries::Planned(const Event& event, const DeliveryPlanned& planned) {
  Delivery* delivery = Known(planned.message());
  if (delivery == nullptr) {
    const ByAlert::pointer alert = AlertNode(planned.alert());
    const ByPerson::pointer person = &*alert->second.try_emplace(planned.person()).first;
    if (person->second.area.empty()) person->second.area = planned.area();
    Delivery added;
    added.message = planned.message();
    delivery = &Add(alert, person, std::move(added));
  }
  delivery->version = planned.version();
  delivery->channel = planned.channel();
  delivery->state = planned.state();
  delivery->reason = planned.reason();
  delivery->due = TimeIn(planned.due());
  delivery->at = TimeIn(event.occurred_at());
}

Delivery* Deliveries::Known(absl::string_view message) {
  const auto found = messages_.find(message);
  return found == messages_.end() ? nullptr : &found->delivery();
}

Deliveries::ByAlert::pointer Deliveries::AlertNode(const std::string& alert) {
  return &*alerts_.try_emplace(alert).first;
}

Delivery& Deliveries::Add(ByAlert::pointer alert, ByPerson::pointer person, Delivery delivery) {
  std::vector<Delivery>& deliveries = person->second.deliveries;
  deliveries.push_back(std::move(delivery));
  messages_.insert({alert, person, deliveries.size() - 1});
  return deliveries.back();
}

const Deliveries::ByPerson& Deliveries::Of(absl::string_view alert) const {
  static const auto& none = *new ByPerson;
  const auto found = alerts_.find(alert);
  return found == alerts_.end() ? none : found->second;
}

std::optional<Deliveries::Found> Deliveries::Find(absl::string_view message) const {
  const auto found = messages_.find(message);
  if (found == messages_.end()) return std::nullopt;
  return Found{found->alert->first, found->person->first, &found->delivery()};
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
  for (const auto& [id, people] : alerts_) {
    AlertDeliveries* alert = nullptr;
    for (const auto& [person, recipient] : people) {
      if (alert == nullptr) {
        alert = part.add_alerts();
        alert->set_alert(id);
      }
      RecipientRecord& record = *alert->add_recipients();
      record.set_person(person);
      record.set_area(recipient.area);
      for (const Delivery& delivery : recipient.deliveries) {
        *record.add_deliveries() = ToRecord(delivery);
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
    const ByAlert::pointer people = AlertNode(alert.alert());
    for (const RecipientRecord& record : alert.recipients()) {
      const ByPerson::pointer person = &*people->second.try_emplace(record.person()).first;
      person->second.area = record.area();
      for (const DeliveryRecord& delivery : record.deliveries()) {
        Add(people, person, FromRecord(delivery));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace vaka::notifications
