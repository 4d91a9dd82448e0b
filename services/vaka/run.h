#pragma once

#include "absl/status/status.h"
#include "services/vaka/options.h"

namespace vaka {

// Starts the targets of `options` in this process, prints where they are, waits for SIGINT or
// SIGTERM, and stops them in order. Errors say which setting is wrong.
absl::Status Run(const RunOptions& options);

}  // namespace vaka
