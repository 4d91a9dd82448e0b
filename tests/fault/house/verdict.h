#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/fault/house/house.h"
#include "tests/fault/judge/judge.h"

namespace vaka::fault {

// Waits until nothing is on its way any more: every alert planned, outboxes empty, nothing held
// that is due, every fold at its log's head. REQUIRES: no load, every process runs.
// DEADLINE_EXCEEDED says what was still moving.
absl::Status Settle(House& house, absl::Duration within = absl::Minutes(2));

// The states of every process, as it is asked for them.
absl::StatusOr<std::vector<StateHash>> StatesOf(House& house);

// The end of a scenario: starts what does not run, settles the house, asks for states, ends its
// processes in order (so that each fold leaves its snapshot), collects the evidence, judges and
// reports it. Fails the running test with the findings, or with what did not come to rest; what is
// there is judged all the same.
Verdict CloseAndJudge(House& house, uint64_t seed, const std::string& part = "");

}  // namespace vaka::fault
