#include "services/notifications/receipt.h"

#include <optional>
#include <utility>

#include "services/notifications/plan.h"

namespace vaka::notifications {
namespace {

// The parcel in which the message went.
Parcel ParcelOf(const State& state, const std::string& message, const Deliveries::Found& found) {
  Parcel parcel;
  parcel.set_message(message);
  parcel.set_alert(found.alert);
  parcel.set_version(found.delivery.version);
  parcel.set_person(found.person);
  parcel.set_channel(found.delivery.channel);
  parcel.set_area(found.area);
  const AlertRecord* record = state.FindAlert(found.alert);
  if (record == nullptr) return parcel;
  for (const AlertVersion& version : record->versions()) {
    if (version.version() != parcel.version()) continue;
    parcel.set_alert_seq(version.seq());
    *parcel.mutable_accepted_at() = version.at();
  }
  return parcel;
}

}  // namespace

ReceiptTaken TakeReceipt(const State& state, const Deliveries& deliveries,
                         const std::string& kommun, const std::string& message,
                         absl::string_view status) {
  using Kind = ReceiptTaken::Kind;
  ReceiptTaken taken;
  const std::optional<Deliveries::Found> found = deliveries.Find(message);
  if (!found) return taken;
  taken.kind = Kind::kNothing;
  const bool delivered = status == "delivered";
  const Delivery& delivery = found->delivery;
  const bool told = delivery.state == DELIVERY_STATE_DELIVERED;
  if (told || (!delivered && status != "failed")) return taken;
  if (!delivered && delivery.reason == REASON_FAILED_REPORTED) return taken;

  taken.kind = delivered ? Kind::kDelivered : Kind::kFailed;
  DeliveryReceipted& receipt = *taken.effects.facts.emplace_back().mutable_delivery_receipted();
  receipt.set_message(message);
  receipt.set_alert(found->alert);
  receipt.set_delivered(delivered);
  receipt.set_provider_status(std::string(status));
  if (delivered) return taken;
  Effects instead = FallbackEffects(state, deliveries, kommun, ParcelOf(state, message, *found));
  for (event::v1::Event& fact : instead.facts) taken.effects.facts.push_back(std::move(fact));
  taken.effects.send = std::move(instead.send);
  return taken;
}

}  // namespace vaka::notifications
