#pragma once

#include "absl/status/status.h"
#include "libs/log/log.h"

namespace vaka::log {

inline constexpr size_t kMaxKeyBytes = 64;
inline constexpr size_t kMaxFactsPerAppend = 1000;

// What every log asks of an append before it takes it: a municipality of letters, digits and
// dashes (it becomes part of key names), a key of 1–64 bytes, 1–1000 facts, none of them empty, and
// at most 1000 aggregates and subject keys. INVALID_ARGUMENT names the field.
absl::Status Check(const AppendRequest& request);

}  // namespace vaka::log
