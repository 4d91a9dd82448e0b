#pragma once

#include <map>

#include "absl/time/time.h"
#include "services/registry/registry.h"

namespace prometheus {
class Counter;
class Gauge;
class Registry;
}  // namespace prometheus

namespace vaka::registry {

// What the gauges show, summed over the municipalities of this process.
struct Totals {
  std::map<v1::AreaStage, int> areas;
  int areas_without_contact = 0;  // active
  int people = 0;                 // not erased
  int people_with_consent = 0;
  uint64_t households_covered = 0;

  void Add(const State& state, absl::Time now);
};

// The registry's metrics; handles are made once. Thread-safe.
class Metrics final {
 public:
  explicit Metrics(prometheus::Registry& registry);

  void Show(const Totals& totals);
  void Slept();
  void Viewed();
  void Erased();
  void ImportRefused();

 private:
  std::map<v1::AreaStage, prometheus::Gauge*> areas_;
  prometheus::Gauge& areas_without_contact_;
  prometheus::Gauge& people_;
  prometheus::Gauge& people_with_consent_;
  prometheus::Gauge& households_covered_;
  prometheus::Counter& slept_;
  prometheus::Counter& viewed_;
  prometheus::Counter& erased_;
  prometheus::Counter& imports_refused_;
};

}  // namespace vaka::registry
