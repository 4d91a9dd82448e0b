#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <vector>

#include "libs/base/clock.h"
#include "libs/bus/counters.h"
#include "libs/fold/follower.h"
#include "services/vaka/store.h"

namespace vaka {

// What the libraries count, read at each scrape: log, Redis, bus, folds. Thread-safe; what it is
// given outlives it.
class ProcessMetrics final : public prometheus::Collectable {
 public:
  ProcessMetrics(const Store& store, const bus::Counters& bus,
                 std::vector<const fold::Follower*> followers, Clock& clock);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Store& store_;
  const bus::Counters& bus_;
  const std::vector<const fold::Follower*> followers_;
  Clock& clock_;
};

}  // namespace vaka
