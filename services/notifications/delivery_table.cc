#include "services/notifications/delivery_table.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "services/notifications/effects.h"

namespace vaka::notifications {
namespace {

constexpr int kStates = 1 << 4;
constexpr int kReasons = 1 << 10;

}  // namespace

bool DeliveryTable::ByPerson::operator()(uint32_t a, uint32_t b) const {
  if (table->rows_[a].person == table->rows_[b].person) return a < b;
  const int order = table->PersonOf(a).compare(table->PersonOf(b));
  return order != 0 ? order < 0 : a < b;
}

bool DeliveryTable::ByPerson::operator()(uint32_t a, absl::string_view person) const {
  return table->PersonOf(a) < person;
}

bool DeliveryTable::ByPerson::operator()(absl::string_view person, uint32_t b) const {
  return person < table->PersonOf(b);
}

DeliveryTable::Alert& DeliveryTable::AlertOf(absl::string_view id, absl::string_view kommun) {
  const auto found = by_id_.find(id);
  if (found != by_id_.end()) return *found->second;
  Alert& alert =
      alerts_.emplace_back(Alert{std::string(id), std::string(kommun), Order(ByPerson{this}), 0});
  by_id_.emplace(alert.id, &alert);
  return alert;
}

const DeliveryTable::Alert* DeliveryTable::FindAlert(absl::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

DeliveryTable::Sought DeliveryTable::Seek(absl::string_view message) {
  return {message, static_cast<uint32_t>(absl::Hash<absl::string_view>()(message))};
}

uint32_t DeliveryTable::Find(absl::string_view message) const {
  const auto found = messages_.find(Seek(message));
  return found == messages_.end() ? kNone : *found;
}

std::string DeliveryTable::MadeMessage(const Kind& kind, absl::string_view person) const {
  return MessageId(kind.alert->kommun, kind.alert->id, kind.version, person, kind.channel);
}

std::pair<uint32_t, bool> DeliveryTable::Add(Alert& alert, absl::string_view person,
                                             absl::string_view area, const Delivery& delivery,
                                             absl::string_view message) {
  Kind kind;
  kind.alert = &alert;
  kind.area = AreaName(area);
  kind.version = delivery.version;
  kind.channel = delivery.channel;
  kind.due = absl::ToUnixMicros(delivery.due);
  const std::string made = MadeMessage(kind, person);
  if (message.empty()) message = made;
  const Sought sought = Seek(message);
  if (const auto known = messages_.find(sought); known != messages_.end()) return {*known, false};
  const auto number = static_cast<uint32_t>(rows_.size());
  Row& row = rows_.emplace_back();
  row.kind = KindOf(kind);
  row.digest = sought.digest;
  Place(alert, person, number);
  if (message != made) own_messages_.emplace(number, message);
  messages_.insert(number);
  Write(delivery, number);
  return {number, true};
}

void DeliveryTable::Place(Alert& alert, absl::string_view person, uint32_t number) {
  Order& order = alert.order;
  uint32_t& name = rows_[number].person;
  // Nearly always, for people are planned in their order.
  if (order.empty() || PersonOf(*order.rbegin()) < person) {
    name = names_.Add(person);
    ++alert.people;
    order.insert(order.end(), number);
    return;
  }
  const auto at = order.lower_bound(person);
  const bool known = at != order.end() && PersonOf(*at) == person;
  name = known ? rows_[*at].person : names_.Add(person);
  if (!known) ++alert.people;
  order.insert(number);
}

uint32_t DeliveryTable::AreaName(absl::string_view area) {
  const auto found = areas_.find(area);
  if (found != areas_.end()) return found->second;
  return areas_.emplace(area, names_.Add(area)).first->second;
}

uint32_t DeliveryTable::KindOf(const Kind& kind) {
  const auto [place, fresh] = kind_places_.try_emplace(kind, static_cast<uint32_t>(kinds_.size()));
  if (fresh) kinds_.push_back(kind);
  return place->second;
}

Delivery DeliveryTable::Get(uint32_t number) const {
  const Row& row = rows_[number];
  const Kind& kind = kinds_[row.kind];
  Delivery delivery;
  delivery.number = number;
  delivery.version = kind.version;
  delivery.channel = kind.channel;
  delivery.state = static_cast<DeliveryState>(row.state);
  delivery.reason = static_cast<Reason>(row.reason);
  delivery.sent = row.sent != 0;
  delivery.unsure = row.unsure != 0;
  delivery.attempts = row.attempts;
  delivery.due = absl::FromUnixMicros(kind.due);
  delivery.at = absl::FromUnixMicros(row.at);
  if (const auto error = errors_.find(number); error != errors_.end()) {
    delivery.error = error->second;
  }
  return delivery;
}

void DeliveryTable::Set(const Delivery& delivery) {
  Row& row = rows_[delivery.number];
  Kind kind = kinds_[row.kind];
  const bool same = kind.version == delivery.version && kind.channel == delivery.channel;
  const int64_t due = absl::ToUnixMicros(delivery.due);
  if (!same || kind.due != due) {
    const std::string message = same ? "" : MessageOf(delivery.number);
    kind.version = delivery.version;
    kind.channel = delivery.channel;
    kind.due = due;
    row.kind = KindOf(kind);
    if (!same) Keep(delivery.number, message);
  }
  Write(delivery, delivery.number);
}

// What the message's id is made of has changed, and the id has not.
void DeliveryTable::Keep(uint32_t number, const std::string& message) {
  if (MadeMessage(kinds_[rows_[number].kind], PersonOf(number)) == message) {
    own_messages_.erase(number);
  } else {
    own_messages_[number] = message;
  }
}

void DeliveryTable::Write(const Delivery& delivery, uint32_t number) {
  Row& row = rows_[number];
  const bool known_state = delivery.state >= 0 && delivery.state < kStates;
  const bool known_reason = delivery.reason >= 0 && delivery.reason < kReasons;
  row.state = static_cast<uint16_t>(known_state ? delivery.state : 0) & (kStates - 1);
  row.reason = static_cast<uint16_t>(known_reason ? delivery.reason : 0) & (kReasons - 1);
  row.sent = delivery.sent ? 1 : 0;
  row.unsure = delivery.unsure ? 1 : 0;
  row.attempts = static_cast<uint16_t>(
      std::min<uint32_t>(delivery.attempts, std::numeric_limits<uint16_t>::max()));
  row.at = absl::ToUnixMicros(delivery.at);
  if (!delivery.error.empty()) {
    errors_[number] = delivery.error;
  } else if (!errors_.empty()) {
    errors_.erase(number);
  }
}

const DeliveryTable::Alert& DeliveryTable::AlertOf(uint32_t number) const {
  return *kinds_[rows_[number].kind].alert;
}

absl::string_view DeliveryTable::AreaOf(uint32_t number) const {
  return names_[kinds_[rows_[number].kind].area];
}

std::string DeliveryTable::MessageOf(uint32_t number) const {
  if (const auto own = own_messages_.find(number); own != own_messages_.end()) return own->second;
  return MadeMessage(kinds_[rows_[number].kind], PersonOf(number));
}

}  // namespace vaka::notifications
