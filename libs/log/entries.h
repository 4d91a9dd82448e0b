#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/log/log.h"
#include "libs/redis/reply.h"

namespace vaka::log {

// XRANGE's answer as entries. An entry without its fields, or whose checksum differs, is not
// intact. DATA_LOSS: the answer has no entry numbers.
absl::StatusOr<std::vector<Entry>> ParseEntries(redis::Reply reply);

}  // namespace vaka::log
