#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace vaka {

struct ShowDemoOptions {
  std::string out;
  std::string config = "deploy/config/botkyrka.yaml";
  uint64_t seed = 20121106;
  std::string until;
};

// Writes areas.geojson, people.csv, reports.csv and truth.json; the same options give the same
// bytes.
absl::Status WriteDemo(const ShowDemoOptions& options);

}  // namespace vaka
