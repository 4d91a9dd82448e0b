#include "services/vaka/process_metrics.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <map>
#include <string>

namespace vaka {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

// Collects families of single values.
class Families {
 public:
  void Add(MetricType type, const std::string& name, const std::string& help, double value,
           Labels labels = {}) {
    auto [found, fresh] = index_.try_emplace(name, families_.size());
    if (fresh) {
      families_.push_back({});
      families_.back().name = name;
      families_.back().help = help;
      families_.back().type = type;
    }
    ClientMetric metric;
    metric.label = std::move(labels);
    (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families_[found->second].metric.push_back(std::move(metric));
  }
  void Count(const std::string& name, const std::string& help, uint64_t value, Labels labels = {}) {
    Add(MetricType::Counter, name, help, static_cast<double>(value), std::move(labels));
  }
  void Gauge(const std::string& name, const std::string& help, double value, Labels labels = {}) {
    Add(MetricType::Gauge, name, help, value, std::move(labels));
  }
  std::vector<MetricFamily> Take() { return std::move(families_); }

 private:
  std::vector<MetricFamily> families_;
  std::map<std::string, size_t> index_;
};

void AddLog(const log::Stats& stats, Families& out) {
  out.Count("vaka_log_appends_total", "Appends that were written", stats.appends);
  out.Count("vaka_log_facts_total", "Facts in them", stats.facts);
  out.Count("vaka_log_repeated_total", "Appends answered with an earlier append's numbers",
            stats.repeated);
  out.Count("vaka_log_aborted_total", "Appends whose decision rested on something that had changed",
            stats.aborted);
  out.Count("vaka_log_refused_total", "Appends refused because the queue was full", stats.refused);
  out.Count("vaka_log_failed_total", "Appends that ended in another error", stats.failed);
  out.Count("vaka_log_resent_total", "Appends sent again because no answer came", stats.resent);
  out.Count("vaka_log_damaged_total", "Entries and snapshots read whose checksum does not match",
            stats.damaged);
  out.Gauge("vaka_log_queued", "Appends not answered yet", static_cast<double>(stats.queued));
  out.Gauge("vaka_log_queued_bytes", "Bytes of appends not answered yet",
            static_cast<double>(stats.queued_bytes));
}

void AddRedis(const redis::ClientStats& stats, Families& out) {
  out.Count("vaka_redis_connects_total", "Connections made", stats.connects);
  out.Count("vaka_redis_losses_total", "Connections that failed in use", stats.losses);
  out.Count("vaka_redis_redirects_total", "Cluster redirections followed", stats.redirects);
}

void AddBus(const bus::Stats& stats, Families& out) {
  out.Count("vaka_bus_published_total", "Facts handed to the bus", stats.published);
  out.Count("vaka_bus_dropped_total", "Facts dropped because the bus did not keep up",
            stats.dropped);
  out.Count("vaka_bus_received_total", "Facts received", stats.received);
  out.Count("vaka_bus_damaged_total", "Messages received damaged, and dropped", stats.damaged);
  out.Count("vaka_bus_overrun_total", "Facts received and dropped because a fold was too slow",
            stats.overrun);
  out.Count("vaka_bus_refused_total", "Connections whose key is not allowed", stats.refused);
}

// The worst municipality speaks for a fold: labels stay a closed set however many municipalities
// there are.
void AddFold(const fold::Follower& follower, absl::Time now, Families& out) {
  uint64_t facts = 0, lag = 0, lost = 0, parked = 0, gaps = 0, duplicates = 0, ignored = 0;
  absl::Duration age;
  const std::vector<fold::Progress> all = follower.ProgressOfAll();
  for (const fold::Progress& progress : all) {
    facts += progress.position;
    lag = std::max(lag, progress.head > progress.position ? progress.head - progress.position : 0);
    lost += progress.lost ? 1 : 0;
    parked += progress.parked;
    gaps += progress.gaps;
    duplicates += progress.duplicates;
    ignored += progress.ignored_snapshots;
    age = std::max(age, now - progress.checked);
  }
  const Labels labels = {{"fold", follower.name()}};
  out.Gauge("vaka_fold_municipalities", "Municipalities that are followed",
            static_cast<double>(all.size()), labels);
  out.Gauge("vaka_fold_facts", "Facts in the states, of all municipalities",
            static_cast<double>(facts), labels);
  out.Gauge("vaka_fold_lag_facts",
            "Facts between the state and the log's head, of the municipality furthest behind",
            static_cast<double>(lag), labels);
  out.Gauge("vaka_fold_age_seconds",
            "Time since a state was last known to be at the log's head, of the oldest municipality",
            absl::ToDoubleSeconds(age), labels);
  out.Gauge("vaka_fold_lost", "Municipalities whose log lost its tail; they are not served",
            static_cast<double>(lost), labels);
  out.Count("vaka_fold_parked_total", "Facts put aside since the start", parked, labels);
  out.Count("vaka_fold_snapshots_ignored_total",
            "Snapshots of another schema or damaged, in whose place the log was read", ignored,
            labels);
  out.Count("vaka_fold_gaps_total", "Holes read from the log", gaps, labels);
  out.Count("vaka_fold_duplicates_total", "Repeated messages dropped", duplicates, labels);
}

}  // namespace

ProcessMetrics::ProcessMetrics(const Store& store, const bus::Counters& bus,
                               std::vector<const fold::Follower*> followers, Clock& clock)
    : store_(store), bus_(bus), followers_(std::move(followers)), clock_(clock) {}

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  Families out;
  AddLog(store_.log->stats(), out);
  AddRedis(store_.redis->stats(), out);
  AddBus(bus_.Read(), out);
  for (const fold::Follower* follower : followers_) AddFold(*follower, clock_.Steady(), out);
  return out.Take();
}

}  // namespace vaka
