#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/system/system.h"

namespace vaka::bench {

struct ReportLoad {
  std::vector<std::string> kommuns = {};  // in turn
  size_t under_way = 64;                  // at any time
  uint64_t reports = 1000;                // in all, that alert nobody
  std::string prefix = {};  // of idempotency keys; makes them other reports than before
};

struct ReportLoadResult {
  double per_second = 0;
  std::vector<double> milliseconds;  // each report, sent to acknowledged
  absl::Duration processor;          // that the system used for them, folding included
};

// Sends reports over gRPC and waits until they are acknowledged and every service has taken them
// in.
absl::StatusOr<ReportLoadResult> RunReports(System& system, const ReportLoad& load);

}  // namespace vaka::bench
