#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/notifications/names.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::notifications {

using namespace v1;  // NOLINT: this service's own messages

// One message to one person on one channel.
struct Delivery {
  uint32_t number = 0;   // by which the table knows it
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

// Every delivery of a municipality, found by its message and, within an alert, in order of people.
// An alert may go to a million: one delivery takes about fifty bytes, because what many have in
// common is kept once and a message's id is made again when it is asked for. Times are kept to the
// microsecond; attempts to 65535; a state or reason of a number that is not known here as none.
// Deliveries are never taken out. Not thread-safe.
class DeliveryTable final {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // An alert's deliveries, by person and then in the order in which they were planned.
  struct ByPerson {
    using is_transparent = void;
    const DeliveryTable* table;
    bool operator()(uint32_t a, uint32_t b) const;
    bool operator()(uint32_t a, absl::string_view person) const;
    bool operator()(absl::string_view person, uint32_t b) const;
  };
  using Order = absl::btree_set<uint32_t, ByPerson>;
  struct Alert {
    std::string id;
    std::string kommun;  // of which message ids are made
    Order order;
    size_t people = 0;
  };

  DeliveryTable() : messages_(0, Digest{this}, Same{this}) {}
  DeliveryTable(const DeliveryTable&) = delete;  // its parts point at it
  DeliveryTable& operator=(const DeliveryTable&) = delete;

  // The alert, made if there is none. `kommun` counts when it is made.
  Alert& AlertOf(absl::string_view id, absl::string_view kommun);
  // Null: there is none.
  const Alert* FindAlert(absl::string_view id) const;
  // By id.
  const std::map<absl::string_view, Alert*>& alerts() const { return by_id_; }

  // The delivery of this message, or kNone.
  uint32_t Find(absl::string_view message) const;

  // A new one, or the one that has the message already, unchanged; whether it is new. Empty
  // `message`: the MessageId of the rest. `delivery.number` does not count.
  std::pair<uint32_t, bool> Add(Alert& alert, absl::string_view person, absl::string_view area,
                                const Delivery& delivery, absl::string_view message);
  Delivery Get(uint32_t number) const;
  // Everything but whom it is to, and its message.
  void Set(const Delivery& delivery);

  const Alert& AlertOf(uint32_t number) const;
  absl::string_view PersonOf(uint32_t number) const { return names_[rows_[number].person]; }
  absl::string_view AreaOf(uint32_t number) const;
  std::string MessageOf(uint32_t number) const;
  // Whether the message's id is not the one that is made of the rest.
  bool HasOwnMessage(uint32_t number) const { return own_messages_.contains(number); }

 private:
  // What many deliveries have in common; each different one is kept once.
  struct Kind {
    Alert* alert = nullptr;
    uint32_t area = 0;  // in names_
    uint32_t version = 0;
    registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
    int64_t due = 0;  // microseconds since 1970

    bool operator==(const Kind&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Kind& kind) {
      return H::combine(std::move(h), kind.alert, kind.area, kind.version, kind.channel, kind.due);
    }
  };
  struct Row {
    int64_t at = 0;       // microseconds since 1970
    uint32_t person = 0;  // in names_
    uint32_t kind = 0;    // in kinds_
    uint32_t digest = 0;  // of the message's id
    uint16_t attempts = 0;
    uint16_t state : 4 = 0;
    uint16_t reason : 10 = 0;
    uint16_t sent : 1 = 0;
    uint16_t unsure : 1 = 0;
  };
  static_assert(sizeof(Row) == 24);

  // By their messages, whose digests are kept so that growing makes no id again.
  struct Sought {
    absl::string_view message;
    uint32_t digest = 0;
  };
  struct Digest {
    using is_transparent = void;
    const DeliveryTable* table;
    size_t operator()(uint32_t number) const {
      return absl::Hash<uint32_t>()(table->rows_[number].digest);
    }
    size_t operator()(const Sought& sought) const { return absl::Hash<uint32_t>()(sought.digest); }
  };
  struct Same {
    using is_transparent = void;
    const DeliveryTable* table;
    bool operator()(uint32_t a, uint32_t b) const { return a == b; }
    bool operator()(uint32_t a, const Sought& b) const {
      return table->rows_[a].digest == b.digest && table->MessageOf(a) == b.message;
    }
  };

  static Sought Seek(absl::string_view message);
  std::string MadeMessage(const Kind& kind, absl::string_view person) const;
  uint32_t KindOf(const Kind& kind);
  uint32_t AreaName(absl::string_view area);
  // Puts it in its place in the alert's order, and names its person.
  void Place(Alert& alert, absl::string_view person, uint32_t number);
  void Keep(uint32_t number, const std::string& message);
  void Write(const Delivery& delivery, uint32_t number);

  std::deque<Alert> alerts_;
  std::map<absl::string_view, Alert*> by_id_;
  Names names_;
  absl::flat_hash_map<std::string, uint32_t> areas_;  // to their names
  std::vector<Kind> kinds_;
  absl::flat_hash_map<Kind, uint32_t> kind_places_;
  std::deque<Row> rows_;
  absl::flat_hash_set<uint32_t, Digest, Same> messages_;
  // Of few deliveries.
  absl::flat_hash_map<uint32_t, std::string> own_messages_;
  absl::flat_hash_map<uint32_t, std::string> errors_;
};

}  // namespace vaka::notifications
