#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::bench {

// A process and all that it and its children started, itself first.
std::vector<pid_t> WithChildren(pid_t pid);

// What processes hold in memory together: each shared page counts once (PSS). Zero for those that
// have ended.
uint64_t PssBytes(const std::vector<pid_t>& processes);

// Processor time that processes have used since they started, in user and in system mode.
absl::Duration ProcessorTime(const std::vector<pid_t>& processes);

// Returns when they take less than a twentieth of a core for a second, after two minutes at most.
void AwaitQuiet(const std::vector<pid_t>& processes, Clock& clock);

}  // namespace vaka::bench
