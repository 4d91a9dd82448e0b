#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/fold/fold.h"
#include "services/notifications/delivery_table.h"

namespace vaka::notifications {

// What one person got, or is to get, of an alert.
struct RecipientDeliveries {
  std::string person;
  std::string area;                  // that made them a recipient first
  std::vector<Delivery> deliveries;  // in the order planned

  // The channel of the last version that went, may have gone, or is on its way, to the person.
  std::optional<registry::v1::Channel> ToldOn() const;
  // Any was handed over, and no receipt says that it did not arrive.
  bool Told() const;
};

// Whether nothing more happens to a delivery but receipts.
bool IsSettled(const Delivery& delivery);

// Those to whom anything of an alert was planned, in order of ids, each made as it is asked for.
// Reads the fold, which outlives it and does not change meanwhile.
class Recipients final {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = RecipientDeliveries;
    using difference_type = std::ptrdiff_t;
    using pointer = const RecipientDeliveries*;
    using reference = RecipientDeliveries;

    RecipientDeliveries operator*() const;
    absl::string_view person() const { return table_->PersonOf(*at_); }
    Iterator& operator++();
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    friend class Recipients;
    using Place = DeliveryTable::Order::const_iterator;
    Iterator(const DeliveryTable* table, Place at, Place end) : table_(table), at_(at), end_(end) {}
    Place Behind() const;

    const DeliveryTable* table_;
    Place at_, end_;
  };

  Recipients(const DeliveryTable& table, const DeliveryTable::Alert& alert)
      : table_(&table), alert_(&alert) {}

  Iterator begin() const { return At(alert_->order.begin()); }
  Iterator end() const { return At(alert_->order.end()); }
  // The first whose id comes after `person`.
  Iterator After(absl::string_view person) const { return At(alert_->order.upper_bound(person)); }
  std::optional<RecipientDeliveries> Find(absl::string_view person) const;
  size_t size() const { return alert_->people; }
  std::string MessageOf(const Delivery& delivery) const {
    return table_->MessageOf(delivery.number);
  }

 private:
  Iterator At(Iterator::Place place) const { return {table_, place, alert_->order.end()}; }

  const DeliveryTable* table_;
  const DeliveryTable::Alert* alert_;
};

// The fold of {kommun}:deliveries: what happened to every message. See fold::Fold. Receipts may
// come in any order, twice, and before the sender has recorded that it sent; "delivered" is never
// taken back.
class Deliveries final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 3;

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  // Nobody for an alert that nothing was planned for.
  Recipients Of(absl::string_view alert) const;
  // By id.
  std::map<std::string, Recipients> Alerts() const;

  struct Found {
    std::string alert;
    std::string person;
    std::string area;
    Delivery delivery;
  };
  std::optional<Found> Find(absl::string_view message) const;

 private:
  absl::Status PlannedMany(const event::v1::Event& event);
  void Planned(const event::v1::Event& event, const DeliveryPlanned& planned);
  void Plan(DeliveryTable::Alert& alert, absl::string_view person, absl::string_view area,
            const Delivery& delivery, absl::string_view message);

  DeliveryTable table_;
};

}  // namespace vaka::notifications
