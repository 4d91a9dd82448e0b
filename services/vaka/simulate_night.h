#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/sim/station.h"
#include "libs/sim/waits.h"
#include "services/vaka/simulate_costs.h"
#include "services/vaka/simulate_load.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::simulate {

// What one kind of station came to.
struct Row {
  std::string name;
  std::string what;  // one unit of work
  sim::Tally tally;
  // When somebody waits longer it has failed those it serves; Infinite: a queue of people, not of
  // machines.
  absl::Duration may_wait;

  // Somebody was refused or waited too long.
  bool Saturated() const { return tally.refused > 0 || tally.waits.longest() > may_wait; }
  // Busy share of all servers, in the whole night and in the busiest window.
  double Utilisation() const;
  double Busiest() const;
};

// A night from its first report to its end.
struct Night {
  absl::Time start;
  absl::Time end;
  std::vector<Row> rows;  // on the way of a report, the first first

  uint64_t reports = 0;  // that somebody wanted to make
  uint64_t accepted = 0;
  uint64_t given_up = 0;    // refused as often as people try
  uint64_t facts = 0;       // of the log
  uint64_t deliveries = 0;  // facts of the log of deliveries
  uint64_t messages = 0;    // handed over
  uint64_t held = 0;        // for quiet hours or to be undone
  sim::Waits accept;        // from the first try to on disk
  sim::Waits tell;          // from on disk, or the end of what held it, to handed over

  // The first that is saturated, in the order of `rows`; null: none.
  const Row* Bottleneck() const;
};

struct NightOptions {
  Place place;  // of one cell
  Costs costs;
  registry::v1::NotifyRules rules;
  absl::TimeZone zone;
  uint64_t seed = 1;
  absl::Duration window = absl::Minutes(1);
};

// Carries `load` through the stations of one installation. Where the product has a rule of its own
// it decides: rpc::Admission who is let in, notifications::PlanFor who is told when and on what,
// and its limits how much goes into one step. Deterministic. Takes about a second a million
// reports, messages and queries.
Night Simulate(const Load& load, const NightOptions& options);

}  // namespace vaka::simulate
