#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
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

  Deliveries() = default;
  Deliveries(const Deliveries&) = delete;  // it points into itself
  Deliveries& operator=(const Deliveries&) = delete;

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
  using ByAlert = std::map<std::string, ByPerson, std::less<>>;

  // Where a message's delivery is. The id is the delivery's own, so that it is kept once; the maps'
  // nodes stay where they are.
  struct Place {
    ByAlert::pointer alert;
    ByPerson::pointer person;
    size_t number = 0;  // among the person's

    Delivery& delivery() const { return person->second.deliveries[number]; }
  };
  struct MessageOf {
    using is_transparent = void;
    static absl::string_view Of(absl::string_view message) { return message; }
    static absl::string_view Of(const Place& place) { return place.delivery().message; }
    template <typename T>
    size_t operator()(const T& value) const {
      return absl::Hash<absl::string_view>()(Of(value));
    }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return Of(a) == Of(b);
    }
  };

  void Planned(const event::v1::Event& event, const DeliveryPlanned& planned);
  Delivery* Known(absl::string_view message);
  ByAlert::pointer AlertNode(const std::string& alert);
  Delivery& Add(ByAlert::pointer alert, ByPerson::pointer person, Delivery delivery);

  ByAlert alerts_;
  absl::flat_hash_set<Place, MessageOf, MessageOf> messages_;
};

}  // namespace vaka::notifications
