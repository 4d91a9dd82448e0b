#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vaka::notifications {

// So many incidents join one alert; then a new one begins, so that a message stays readable.
inline constexpr int kMostGrouped = 20;

// How a waiting incident is told.
enum class Way {
  kNow,     // as an alert of its own
  kGroup,   // with the newest alert of its area, when that one's window ends
  kDigest,  // with what else waits in its area, at the digest's time
  kNever,
};

struct Telling {
  Way way = Way::kNever;
  absl::Time due = absl::InfiniteFuture();  // kNow: the infinite past
  std::string alert;                        // with kGroup

  friend bool operator==(const Telling&, const Telling&) = default;
};

// Incidents that wait to become part of an alert, by when they do and by area, so that what is due
// is found without a look at the others: thousands wait for a digest while reports come in.
class Waiting final {
 public:
  using Ids = absl::btree_set<std::string>;

  // It waits from now on, or otherwise than before.
  void Put(const std::string& incident, const std::string& area, Telling telling);
  void Erase(absl::string_view incident);

  std::set<std::string> Incidents() const;
  // The soonest first.
  const absl::btree_set<std::pair<absl::Time, std::string>>& by_due() const { return by_due_; }
  // Those that an area's digest takes; those that depend on its newest alert.
  const Ids& ForDigest(absl::string_view area) const;
  const Ids& AtOnce(absl::string_view area) const;
  // Of an incident that waits; until another one does.
  const Telling& TellingOf(absl::string_view incident) const;

  friend bool operator==(const Waiting&, const Waiting&) = default;

 private:
  struct Place {
    std::string area;
    Telling telling;

    friend bool operator==(const Place&, const Place&) = default;
  };
  using ByArea = std::map<std::string, Ids, std::less<>>;

  ByArea& ListOf(Way way) { return way == Way::kDigest ? for_digest_ : at_once_; }

  absl::flat_hash_map<std::string, Place> waiting_;
  absl::btree_set<std::pair<absl::Time, std::string>> by_due_;
  ByArea for_digest_;
  ByArea at_once_;
};

}  // namespace vaka::notifications
