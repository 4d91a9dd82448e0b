#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::notifications {

using namespace v1;  // NOLINT: this service's own messages

// One message to one person on one channel.
struct Delivery {
  std::string message;
  uint32_t version = 0;  // of the alert
  registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
  DeliveryState state = DELIVERY_STATE_UNSPECIFIED;
  Reason reason = REASON_UNSPECIFIED;
  bool sent = false;    // handed over, whatever came later
  bool unsure = false;  // an attempt's outcome is not known
  uint32_t attempts = 0;
  absl::Time due;
  absl::Time at;  // of the last change
  std::string error;

  // Whether the person may have it: they are told of what follows.
  bool MayHaveArrived() const { return sent || unsure; }
};

struct RecipientDeliveries {
  std::string area;
  std::vector<Delivery> deliveries;  // in the order planned

  // The channel of the last version that went, may have gone, or is on its way, to the person.
  std::optional<registry::v1::Channel> ToldOn() const;
  // Any was handed over, and no receipt says that it did not arrive.
  bool Told() const;
};

// Whether nothing more happens to a delivery but receipts.
bool IsSettled(const Delivery& delivery);

// The fold of {kommun}:deliveries: what happened to every message. See fold::Fold. Receipts may
// come in any order, twice, and before the sender has recorded that it sent; "delivered" is never
// taken back.
class Deliveries final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 2;
  using ByPerson = std::map<std::string, RecipientDeliveries>;

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  // Empty for an alert that nothing was planned for.
  const ByPerson& Of(absl::string_view alert) const;
  const std::map<std::string, ByPerson, std::less<>>& alerts() const { return alerts_; }

  struct Found {
    std::string alert;
    std::string person;
    const Delivery* delivery = nullptr;
  };
  std::optional<Found> Find(absl::string_view message) const;

 private:
  void Planned(const event::v1::Event& event, const DeliveryPlanned& planned);
  Delivery* Known(const std::string& message);

  std::map<std::string, ByPerson, std::less<>> alerts_;
  // Message id to alert and person.
  absl::flat_hash_map<std::string, std::pair<std::string, std::string>> messages_;
};

}  // namespace vaka::notifications
