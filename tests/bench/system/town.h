#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "tests/bench/system/system.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::bench {

struct TownSize {
  int areas = 20;     // squares side by side
  int people = 5;     // contact persons of each area, told by e-mail
  int reports = 200;  // that alert nobody, spread over the areas and the last weeks
};

// Fills a configured municipality over the public API and waits until every service has taken it
// in.
absl::Status Settle(System& system, const std::string& kommun, const TownSize& size);

// What is reported in the middle of an area of Settle's. `critical`: alerts its contact persons, at
// whatever hour; else nobody.
intake::v1::Submission ReportIn(int area, bool critical);

}  // namespace vaka::bench
