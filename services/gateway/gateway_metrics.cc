#include "services/gateway/gateway_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <string>

namespace vaka::gateway {
namespace {

constexpr std::array<const char*, 6> kKinds = {"rpc",  "stream", "static",
                                               "hook", "health", "broken"};
constexpr std::array<const char*, 6> kStatuses = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
constexpr std::array<const char*, kRefusals> kReasons = {
    "rate", "connections", "busy",      "streams", "slow_reader", "sign_in",
    "slow", "too_long",    "malformed", "token",   "bodies"};

prometheus::Counter& Counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& Gauge(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

Metrics::Metrics(prometheus::Registry& registry)
    : connections_(Gauge(registry, "vaka_gateway_connections", "Open HTTP connections.")),
      streams_(Gauge(registry, "vaka_gateway_live_streams", "Open live streams.")),
      facts_(Counter(registry, "vaka_gateway_live_facts_total",
                     "Facts and deliveries offered to live streams.")),
      frames_(Counter(registry, "vaka_gateway_live_frames_total",
                      "Frames handed to live streams, beats included.")),
      history_(Counter(registry, "vaka_gateway_live_history_total",
                       "Facts read from the log for streams that resumed.")) {
  auto& requests = prometheus::BuildCounter()
                       .Name("vaka_gateway_requests_total")
                       .Help("HTTP requests by kind and class of status.")
                       .Register(registry);
  auto& seconds = prometheus::BuildHistogram()
                      .Name("vaka_gateway_request_seconds")
                      .Help("Time from a request's header to its answer, by kind; not of streams.")
                      .Register(registry);
  auto& refused = prometheus::BuildCounter()
                      .Name("vaka_gateway_refused_total")
                      .Help("Requests, connections and streams refused or cut, by reason.")
                      .Register(registry);
  const prometheus::Histogram::BucketBoundaries bounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                          0.1,   0.25,   0.5,   1,    2.5,   10};
  for (size_t kind = 0; kind < kKinds.size(); ++kind) {
    for (size_t status = 0; status < kStatuses.size(); ++status) {
      requests_[kind][status] =
          &requests.Add({{"kind", kKinds[kind]}, {"status", kStatuses[status]}});
    }
    seconds_[kind] = &seconds.Add({{"kind", kKinds[kind]}}, bounds);
  }
  for (size_t why = 0; why < kReasons.size(); ++why) {
    refused_[why] = &refused.Add({{"reason", kReasons[why]}});
  }
}

void Metrics::Answered(RequestKind kind, int http_status, absl::Duration took) {
  const int digit = http_status / 100;
  const size_t status = digit >= 1 && digit <= 5 ? static_cast<size_t>(digit) : 0;
  requests_[static_cast<size_t>(kind)][status]->Increment();
  if (kind == RequestKind::kStream) return;
  seconds_[static_cast<size_t>(kind)]->Observe(absl::ToDoubleSeconds(took));
}

void Metrics::Refused(Refusal why) { refused_[static_cast<size_t>(why)]->Increment(); }
void Metrics::ConnectionOpened() { connections_.Increment(); }
void Metrics::ConnectionClosed() { connections_.Decrement(); }
void Metrics::StreamOpened() { streams_.Increment(); }
void Metrics::StreamClosed() { streams_.Decrement(); }
void Metrics::LiveFact() { facts_.Increment(); }
void Metrics::LiveFrames(size_t n) { frames_.Increment(static_cast<double>(n)); }
void Metrics::LiveHistory(size_t n) { history_.Increment(static_cast<double>(n)); }

}  // namespace vaka::gateway
