#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/week.h"
#include "services/demo/parameters.h"
#include "services/demo/town.h"
#include "services/demo/truth.h"

namespace vaka::demo {

// One made-up report.
struct DemoReport {
  std::string key;  // stable: the same seed gives the same
  std::string category;
  std::string source;  // police | municipality | housing | volunteer | fire
  std::string area;
  std::string district;
  registry::v1::Point point;
  absl::Time observed_from;
  absl::Time observed_to;
  absl::Time reported_at;
  std::string text;  // may be empty
};

struct HistoryOptions {
  uint64_t seed = 20121106;
  absl::Time until;  // nothing is reported after it
  int weeks = 104;
  absl::TimeZone zone;
};

struct History {
  std::vector<DemoReport> reports;  // by time of report
  Truth truth;
};

// Two years of reports with the level, season, weekday, hour, overdispersion, near repeats, delays,
// silent weeks and batches of services/demo/data, and the planted truths, which it names.
// Deterministic in its arguments.
History MakeHistory(const Town& town, const Parameters& parameters, const HistoryOptions& options);

// One report as it might come in now: a kind by its yearly rate, in an area by its exposure.
DemoReport MakeLiveReport(const Town& town, const Parameters& parameters, absl::Time now,
                          uint64_t number, Random& random);

// A sentence or two about the place, in Swedish; never about a person.
std::string TextFor(const std::string& kind, Random& random);

}  // namespace vaka::demo
