#include "services/est/est_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>

namespace vaka::est {
namespace {

constexpr const char* kSteps[] = {"freeze", "publish"};
constexpr const char* kOutcomes[] = {"done", "elsewhere", "failed"};

int64_t Ticks() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

class Metrics::Impl {
 public:
  explicit Impl(prometheus::Registry& registry)
      : picture_(prometheus::BuildHistogram()
                     .Name("vaka_est_picture_seconds")
                     .Help("Time to compute and answer a week's picture.")
                     .Register(registry)
                     .Add({}, prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.002, 0.005,
                                                                      0.01, 0.05, 0.25})) {
    auto& steps = prometheus::BuildCounter()
                      .Name("vaka_est_scheduled_steps_total")
                      .Help("Freezes and publications that the schedule came to.")
                      .Register(registry);
    for (size_t step = 0; step < steps_.size(); ++step) {
      for (size_t outcome = 0; outcome < steps_[step].size(); ++outcome) {
        steps_[step][outcome] =
            &steps.Add({{"step", kSteps[step]}, {"outcome", kOutcomes[outcome]}});
      }
    }
  }

  std::array<std::array<prometheus::Counter*, 3>, 2> steps_{};
  prometheus::Histogram& picture_;
};

Metrics::Metrics(prometheus::Registry& registry) : impl_(std::make_unique<Impl>(registry)) {}

Metrics::~Metrics() = default;

void Metrics::CountStep(Step step, Outcome outcome) {
  impl_->steps_[static_cast<size_t>(step)][static_cast<size_t>(outcome)]->Increment();
}

Metrics::Timed::Timed(Metrics& metrics) : metrics_(metrics), started_(Ticks()) {}

Metrics::Timed::~Timed() {
  metrics_.impl_->picture_.Observe(static_cast<double>(Ticks() - started_) / 1e9);
}

}  // namespace vaka::est
