#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "services/vaka/simulate_load.h"
#include "services/vaka/simulate_night.h"

namespace vaka::simulate {

// What it takes until a station fails those it serves.
struct Breaking {
  double factor = 1;             // times as many reports; without `first`: so many are carried
  std::optional<Row> first;      // the station that fails first, in that night
  bool without_reports = false;  // it fails however few report
};

struct Result {
  std::string scenario;
  Place place;    // of one installation
  int cells = 1;  // installations like it
  absl::TimeZone zone;
  uint64_t seed = 0;
  Night night;
  std::optional<Breaking> breaking;
};

// A table of the stations, their queues through the night, and a sentence that names the first
// bottleneck.
std::string ToText(const Result& result);

// The same for programs; an object.
std::string ToJson(const Result& result);

// "3.1 ms", "2 m 5 s": three figures at most.
std::string Short(absl::Duration duration);

}  // namespace vaka::simulate
