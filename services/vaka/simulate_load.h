#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/demo/parameters.h"
#include "services/vaka/simulate_costs.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::simulate {

// A kind of night.
enum class Scenario {
  kOrdinary,  // a Wednesday in November
  kNewYear,   // New Year's Eve: the generator's factors, more of everything, tips at midnight
  kStorm,     // an ordinary night in which very many report within minutes
};
// INVALID_ARGUMENT: there is none of that name.
absl::StatusOr<Scenario> ScenarioOf(const std::string& name);

// How large the place is.
struct Place {
  int municipalities = 1;
  int64_t people = 430;  // contact persons of all municipalities together
};

// One report to come.
struct Arrival {
  absl::Time at;
  int municipality = 0;
  int area = 0;  // of the municipality
  uint32_t severity = 1;
};

// A night's demand, in the order of time.
struct Load {
  absl::Time start;
  absl::Time end;
  std::vector<Arrival> reports;
  // When every municipality's coordinator writes to all contact persons; InfiniteFuture: not at
  // all.
  absl::Time message = absl::InfiniteFuture();
  // Reports of the day before that wait for the digest.
  std::vector<Arrival> waiting;
  // When the patrol's car is out.
  absl::Time out_from;
  absl::Time out_to;
};

// Areas of one municipality.
int AreasOf(const Place& place, const Costs& costs);

// Draws a night, `factor` times as much as it would be. The rates, by kind, month, weekday, hour
// and day, are those of the demo's tables; severities are the configuration's. Deterministic.
Load MakeLoad(Scenario scenario, const Place& place, const Costs& costs, double factor,
              absl::Duration length, const demo::Parameters& parameters,
              const registry::v1::MunicipalityConfig& config, absl::TimeZone zone, uint64_t seed);

}  // namespace vaka::simulate
