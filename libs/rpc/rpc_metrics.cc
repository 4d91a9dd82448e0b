#include "libs/rpc/rpc_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <atomic>

namespace vaka::rpc {
namespace {

constexpr size_t kCodes = 17;  // OK to UNAUTHENTICATED

const prometheus::Histogram::BucketBoundaries& Seconds() {
  static const auto& bounds = *new prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  return bounds;
}

struct Handles {
  std::array<std::atomic<prometheus::Counter*>, kCodes> calls{};
  std::atomic<prometheus::Histogram*> seconds{nullptr};
};

}  // namespace

class Metrics::Impl {
 public:
  Impl(const MethodTable& table, prometheus::Registry& registry)
      : calls_(prometheus::BuildCounter()
                   .Name("vaka_rpc_calls_total")
                   .Help("Calls by method and status code, refused ones included.")
                   .Register(registry)),
        seconds_(prometheus::BuildHistogram()
                     .Name("vaka_rpc_call_seconds")
                     .Help("Time from admission to answer, by method.")
                     .Register(registry)),
        in_flight_(prometheus::BuildGauge()
                       .Name("vaka_rpc_in_flight")
                       .Help("Calls admitted and not yet answered; a stream is one.")
                       .Register(registry)
                       .Add({})) {
    for (const auto& method : table.all()) handles_.try_emplace(method.get());
  }

  void Count(const Method& method, absl::StatusCode code) {
    const size_t index = static_cast<size_t>(code) < kCodes
                             ? static_cast<size_t>(code)
                             : static_cast<size_t>(absl::StatusCode::kUnknown);
    std::atomic<prometheus::Counter*>& slot = handles_.at(&method).calls[index];
    prometheus::Counter* counter = slot.load();
    if (counter == nullptr) {
      // Two threads may come here together: Add gives both the same series.
      counter =
          &calls_.Add({{"method", method.path.substr(1)},
                       {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(index))}});
      slot.store(counter);
    }
    counter->Increment();
  }

  void Time(const Method& method, absl::Duration took) {
    std::atomic<prometheus::Histogram*>& slot = handles_.at(&method).seconds;
    prometheus::Histogram* histogram = slot.load();
    if (histogram == nullptr) {
      histogram = &seconds_.Add({{"method", method.path.substr(1)}}, Seconds());
      slot.store(histogram);
    }
    histogram->Observe(absl::ToDoubleSeconds(took));
  }

  prometheus::Gauge& in_flight() { return in_flight_; }

 private:
  prometheus::Family<prometheus::Counter>& calls_;
  prometheus::Family<prometheus::Histogram>& seconds_;
  prometheus::Gauge& in_flight_;
  std::map<const Method*, Handles> handles_;  // keys constant after construction
};

Metrics::Metrics(const MethodTable& table, prometheus::Registry& registry)
    : impl_(std::make_unique<Impl>(table, registry)) {}

Metrics::~Metrics() = default;

void Metrics::Started() { impl_->in_flight().Increment(); }

void Metrics::Finished(const Method& method, absl::StatusCode code, absl::Duration took) {
  impl_->in_flight().Decrement();
  impl_->Count(method, code);
  // A stream's length says nothing about how fast the service is.
  if (!method.descriptor->server_streaming()) impl_->Time(method, took);
}

void Metrics::Refused(const Method& method, absl::StatusCode code) { impl_->Count(method, code); }

}  // namespace vaka::rpc
