#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/runtime/target.h"
#include "services/vaka/options.h"

namespace vaka {

class DemoPart;

// The services of `options`, in the order in which they start; the gateway is not among them.
// INVALID_ARGUMENT: --target names something that does not exist.
absl::StatusOr<std::vector<std::unique_ptr<runtime::Target>>> MakeTargets(const RunOptions& options,
                                                                          runtime::Host& host,
                                                                          const DemoPart* demo);

// Addresses of the bus: publishers connect to `in`, followers to `out`.
struct BusAddresses {
  std::string in;
  std::string out;
};
absl::StatusOr<BusAddresses> BusOf(const RunOptions& options);

}  // namespace vaka
