#include "services/dispatch/dispatch_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

namespace vaka::dispatch {
namespace {

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

class Metrics::Impl {
 public:
  explicit Impl(prometheus::Registry& registry)
      : timeouts(Counter(registry, "vaka_dispatch_answer_timeouts_total",
                         "Incidents sent to the car that nobody answered in time.")),
        missed(Counter(registry, "vaka_dispatch_missed_check_ins_total",
                       "Check-ins that did not come in time.")),
        failures(Counter(registry, "vaka_dispatch_watch_failures_total",
                         "Runs in which the watch could not read or record.")) {}

  prometheus::Counter& timeouts;
  prometheus::Counter& missed;
  prometheus::Counter& failures;
};

Metrics::Metrics(prometheus::Registry& registry) : impl_(std::make_unique<Impl>(registry)) {}

Metrics::~Metrics() = default;

void Metrics::CountTimeout() { impl_->timeouts.Increment(); }

void Metrics::CountMissedCheckIn() { impl_->missed.Increment(); }

void Metrics::CountWatchFailure() { impl_->failures.Increment(); }

}  // namespace vaka::dispatch
