#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vaka {

struct SimulateOptions {
  std::string scenario = "new-year";
  int municipalities = 1;
  int64_t people = 430;
  double hours = 18;
  std::string costs;  // file; empty: those that are built in
  std::string config = "deploy/config/botkyrka.yaml";
  uint64_t seed = 1;
  bool once = false;
  bool json = false;
};

// Simulates a night and what it would take to break it; the text, or JSON. INVALID_ARGUMENT names
// the option or the file's field; NOT_FOUND: a file that is not there. Takes seconds to minutes.
absl::StatusOr<std::string> SimulateText(const SimulateOptions& options);

// Prints it.
absl::Status RunSimulate(const SimulateOptions& options);

}  // namespace vaka
