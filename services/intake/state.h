#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/fold/fold.h"
#include "libs/geo/area_index.h"
#include "libs/registry_view/registry_view.h"
#include "vaka/intake/v1/types.pb.h"

namespace vaka::intake {

// Names that many incidents share, kept once and compared as numbers.
class Names {
 public:
  static constexpr uint32_t kUnknown = UINT32_MAX;

  uint32_t Add(absl::string_view name);
  uint32_t Find(absl::string_view name) const;  // kUnknown: never added
  const std::string& At(uint32_t number) const { return names_[number]; }

 private:
  std::deque<std::string> names_;
  absl::flat_hash_map<absl::string_view, uint32_t> numbers_;  // views into names_
};

// One incident: what filters look at in the open, all of it packed. About 250 bytes without text.
struct Record {
  std::string packed;    // serialized intake.v1.Incident: the latest version
  int64_t observed = 0;  // from, microseconds since 1970
  uint64_t seq = 0;      // of the fact that made the latest version
  uint32_t version = 1;
  uint32_t event = UINT32_MAX;  // number of the incident that stands for this one, if linked
  uint32_t category = 0, district = 0, area = 0, agency = 0;  // in State::names()
  uint8_t severity = 0;
  uint8_t visibility = 0;
  bool withdrawn = false;

  v1::Incident Unpack() const;
  absl::string_view Id() const;  // into `packed`, whose first field it is
};

// Incidents by id, in eight bytes each: the ids are in the records.
class IdIndex final {
 public:
  using Number = uint32_t;
  static constexpr Number kNone = UINT32_MAX;

  // `records` outlives this, and has every number that is added.
  explicit IdIndex(const std::deque<Record>& records) : slots_(0, Hash{}, Same{&records}) {}
  IdIndex(const IdIndex&) = delete;  // it would look into the records of the other's owner
  IdIndex& operator=(const IdIndex&) = delete;

  void Reserve(size_t incidents) { slots_.reserve(incidents); }
  // REQUIRES: nothing has this id.
  void Add(absl::string_view id, Number number) { slots_.insert({HashOf(id), number}); }
  Number Find(absl::string_view id) const {
    const auto found = slots_.find(Wanted{HashOf(id), id});
    return found == slots_.end() ? kNone : found->number;
  }

 private:
  struct Slot {
    uint32_t hash;
    Number number;
  };
  struct Wanted {
    uint32_t hash;
    absl::string_view id;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Slot& slot) const { return absl::HashOf(slot.hash); }
    size_t operator()(const Wanted& wanted) const { return absl::HashOf(wanted.hash); }
  };
  struct Same {
    using is_transparent = void;
    const std::deque<Record>* records;
    bool operator()(const Slot& a, const Slot& b) const { return a.number == b.number; }
    bool operator()(const Slot& slot, const Wanted& wanted) const {
      return slot.hash == wanted.hash && (*records)[slot.number].Id() == wanted.id;
    }
  };
  static uint32_t HashOf(absl::string_view id) { return static_cast<uint32_t>(absl::HashOf(id)); }

  absl::flat_hash_set<Slot, Hash, Same> slots_;
};

// One municipality's incidents, and the registry as far as placing them needs it. Every version
// ever recorded stays in the log; the state holds the latest. Pure; the Follower guards it.
class State final : public fold::Fold {
 public:
  static constexpr uint32_t kSchema = 1;
  using Number = IdIndex::Number;  // an incident's place, in the order reported
  static constexpr Number kNone = IdIndex::kNone;
  using ByTime = absl::btree_set<std::pair<int64_t, Number>>;  // {Record::observed, number}

  absl::Status Apply(const event::v1::Event& event) override;
  std::string Serialize() const override;
  absl::Status Restore(absl::string_view bytes) override;

  const RegistryView& registry() const { return registry_; }
  // Whether the point lies in the municipality's outline; true while there is none.
  bool InOutline(const registry::v1::Point& point) const;

  size_t size() const { return records_.size(); }
  Number Find(absl::string_view incident) const;          // kNone: unknown
  Number FindSource(absl::string_view source_ref) const;  // kNone: unknown
  const Record& At(Number number) const { return records_[number]; }
  const ByTime& by_time() const { return by_time_; }
  const Names& names() const { return names_; }

 private:
  absl::Status Reported(const v1::Incident& incident, uint64_t seq);
  absl::Status Corrected(const v1::Incident& incident, uint64_t seq);
  absl::Status Withdrawn(const std::string& incident, uint64_t seq);
  absl::Status Linked(const std::string& event, const std::vector<std::string>& incidents);
  void Fill(Record& record, const v1::Incident& incident, std::string packed, uint64_t seq);
  void Index(Number number, const v1::Incident& incident);
  void IndexOutline();

  RegistryView registry_;
  geo::AreaIndex outline_;
  Names names_;
  std::deque<Record> records_;
  IdIndex by_id_{records_};
  // {reference, number}. No two incidents should have the same; if they do, the first reported
  // answers, before and after a restart.
  absl::btree_set<std::pair<std::string, Number>> by_source_;
  ByTime by_time_;
};

}  // namespace vaka::intake
