#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/vaka/options.h"

namespace vaka {

struct InspectOptions {
  std::string kommun;
  bool deliveries = false;
  bool json = false;
  uint64_t from = 1;
  uint64_t to = 0;
  uint64_t last = 20;
  std::vector<std::string> peers = {};  // gRPC addresses of running processes, for Check
};

// Dense numbers, intact checksums, every fact decodes, and for every service: its snapshot with the
// rest of the log gives the same state as the log from its start. So do the states that each of the
// peers holds. Prints a line a finding; DATA_LOSS when there is one. UNAVAILABLE: a peer does not
// answer.
absl::Status Check(const StoreOptions& store, const InspectOptions& options);

// Prints facts, a line each: number, time, who, what. Sealed fields stay sealed.
absl::Status ShowLog(const StoreOptions& store, const InspectOptions& options);
absl::Status TailLog(const StoreOptions& store, const InspectOptions& options);

}  // namespace vaka
