#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/fault/judge/judge.h"

namespace vaka::fault {

// Writes the verdict's counts, findings and the faults with the running test's name and `seed` as
// JSON to $VAKA_FAULT_REPORT/<suite>.<test>.json (made if need be); nothing when it is not set.
// A test that judges more than once gives each its `part`.
void Report(const Verdict& verdict, const Evidence& evidence, uint64_t seed,
            const std::string& part = "");

// Judges, reports, and fails the running test with the findings when there are any. The usual end
// of a fault test.
Verdict JudgeAndReport(const Evidence& evidence, uint64_t seed, const std::string& part = "");

// Counts of a test's own that needs no verdict: {"cuts": 12}.
void ReportCounts(const std::map<std::string, uint64_t>& counts, uint64_t seed);

}  // namespace vaka::fault
