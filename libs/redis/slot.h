#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace vaka::redis {

inline constexpr int kSlots = 16384;

// The cluster slot of a key: CRC16 (XMODEM) of its hash tag, the text between the first '{' and the
// next '}', or of the whole key when there is none or it is empty.
// https://redis.io/docs/reference/cluster-spec
uint16_t SlotOf(absl::string_view key);

}  // namespace vaka::redis
