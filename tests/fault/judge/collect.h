#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "libs/redis/client.h"
#include "tests/fault/judge/evidence.h"

namespace vaka::fault {

struct CollectOptions {
  // Heads of {kommun}:log when the history began; see Municipality::baseline.
  std::map<std::string, uint64_t> baseline = {};
  // States of replicas, as asked (see AskStates) or taken from a Follower. Snapshots are added.
  std::vector<StateHash> states = {};
};

// Everything that lies in the store, with the history. The system must be at rest, else a finding
// may only mean that something was still under way; AtRest says so. Blocks.
absl::StatusOr<Evidence> Collect(log::Log& log, redis::Client& redis, Clock& clock,
                                 const History& history, const CollectOptions& options = {});

// Nothing is due to be told, every alert is planned, no entry lies in an outbox, and none is held
// that is due within `soon` (a retry, not a digest). Reads the whole log.
absl::StatusOr<bool> AtRest(log::Log& log, redis::Client& redis, Clock& clock,
                            absl::Duration soon = absl::Minutes(2));

}  // namespace vaka::fault
