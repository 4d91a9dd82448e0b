#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/log/log.h"

namespace vaka::log {

// Names of a municipality's keys in Redis. All have the hash tag {kommun}, so that they lie in one
// cluster slot and one function call may touch them all.

inline constexpr char kMunicipalitiesKey[] = "vaka:kommuner";  // a set, in a slot of its own

std::string LogKey(absl::string_view kommun, Stream stream);
// The hashes of what the last facts touched take turns; see append_library.cc.
std::array<std::string, 2> TouchedKeys(absl::string_view kommun, Stream stream);
std::string VaultKey(absl::string_view kommun);
std::string SnapshotKey(absl::string_view kommun, absl::string_view fold);
std::string ParkedKey(absl::string_view kommun);

// A hash of the idempotency keys that were first used in one week (counted from 1970, UTC).
struct Period {
  std::string key;
  absl::Time expires;  // when the last of its keys is more than seven days old
};

// The hashes in which a key may be at `now`: the current week's first, where a new one goes; the
// week before; and the week to come in the last hour before it, because another process's clock may
// be ahead.
std::vector<Period> Periods(absl::string_view kommun, Stream stream, absl::Time now);

}  // namespace vaka::log
