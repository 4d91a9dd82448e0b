#include "services/notifications/notifications_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "services/notifications/effects.h"

namespace vaka::notifications {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

Family<Counter>& Counters(prometheus::Registry& registry, const std::string& name,
                          const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

Family<Gauge>& Gauges(prometheus::Registry& registry, const std::string& name,
                      const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

// REASON_SEND_NOW → "send_now".
std::string Label(v1::Reason reason) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Reason_Name(reason), "REASON_"));
}

std::string Label(registry::v1::Channel channel) { return std::string(NameOf(channel)); }

}  // namespace

class Metrics::Impl {
 public:
  explicit Impl(prometheus::Registry& registry)
      : heard(Counters(registry, "vaka_notifications_incidents_total",
                       "Incidents heard of, by whether they may become an alert")),
        planned(Counters(registry, "vaka_notifications_planned_total",
                         "Recipients planned, by reason")),
        sent(Counters(registry, "vaka_notifications_sent_total",
                      "Messages handed over to a provider")),
        failed(Counters(registry, "vaka_notifications_failed_total",
                        "Attempts that failed, by whether another follows")),
        receipts(Counters(registry, "vaka_notifications_receipts_total",
                          "Providers' receipts, by what they say")),
        unreadable(Counters(registry, "vaka_notifications_unreadable_total",
                            "Contacts or texts whose seal does not open: damage, or another master "
                            "key")
                       .Add({})),
        trouble(Counters(registry, "vaka_notifications_trouble_total",
                         "Rounds that could not be finished and are tried again")),
        waiting(Gauges(registry, "vaka_notifications_queue_waiting",
                       "Messages that no sender has taken yet")),
        oldest(Gauges(registry, "vaka_notifications_queue_oldest_seconds",
                      "Age of the oldest message in the outbox")),
        held(Gauges(registry, "vaka_notifications_held", "Messages held until later").Add({})),
        accept_to_sent(prometheus::BuildHistogram()
                           .Name("vaka_notifications_accept_to_sent_seconds")
                           .Help("From the report's acceptance to the message's handing over")
                           .Register(registry)
                           .Add({}, Histogram::BucketBoundaries{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
                                                                60, 600, 3600, 43200})) {}

  Family<Counter>& heard;
  Family<Counter>& planned;
  Family<Counter>& sent;
  Family<Counter>& failed;
  Family<Counter>& receipts;
  Counter& unreadable;
  Family<Counter>& trouble;
  Family<Gauge>& waiting;
  Family<Gauge>& oldest;
  Gauge& held;
  Histogram& accept_to_sent;
};

Metrics::Metrics(prometheus::Registry& registry) : impl_(std::make_unique<Impl>(registry)) {
  for (int reason = 1; reason < v1::Reason_ARRAYSIZE; ++reason) {
    if (v1::Reason_IsValid(reason)) {
      impl_->planned.Add({{"reason", Label(static_cast<v1::Reason>(reason))}});
    }
  }
}

Metrics::~Metrics() = default;

void Metrics::Heard(absl::string_view standing, uint64_t count) {
  impl_->heard.Add({{"standing", std::string(standing)}}).Increment(static_cast<double>(count));
}

void Metrics::Planned(v1::Reason reason, int count) {
  impl_->planned.Add({{"reason", Label(reason)}}).Increment(count);
}

void Metrics::Sent(registry::v1::Channel channel, absl::Duration accept_to_sent) {
  impl_->sent.Add({{"channel", Label(channel)}}).Increment();
  impl_->accept_to_sent.Observe(absl::ToDoubleSeconds(accept_to_sent));
}

void Metrics::Failed(registry::v1::Channel channel, bool final) {
  impl_->failed.Add({{"channel", Label(channel)}, {"final", final ? "yes" : "no"}}).Increment();
}

void Metrics::Receipt(absl::string_view outcome) {
  impl_->receipts.Add({{"outcome", std::string(outcome)}}).Increment();
}

void Metrics::Unreadable() { impl_->unreadable.Increment(); }

void Metrics::Trouble(absl::string_view where) {
  impl_->trouble.Add({{"where", std::string(where)}}).Increment();
}

void Metrics::Queue(registry::v1::Channel channel, uint64_t waiting, absl::Duration oldest) {
  impl_->waiting.Add({{"channel", Label(channel)}}).Set(static_cast<double>(waiting));
  impl_->oldest.Add({{"channel", Label(channel)}}).Set(absl::ToDoubleSeconds(oldest));
}

void Metrics::Held(uint64_t count) { impl_->held.Set(static_cast<double>(count)); }

}  // namespace vaka::notifications
