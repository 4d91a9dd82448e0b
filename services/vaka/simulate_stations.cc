#include "services/vaka/simulate_stations.h"

#include <algorithm>
#include <utility>

#include "libs/log/committer.h"
#include "services/gateway/front.h"

namespace vaka::simulate {
namespace {

// libs/rpc/gate.cc: how many may come at once whatever the rate.
constexpr int kBurstOfCommands = 64;
constexpr int kBurstOfQueries = 256;
constexpr int kCoresAGateway = 2;  // the bound on what is under way is a process's
constexpr int kFactFolds = 6;      // registry, intake, notifications, dispatch, est, gateway
constexpr int kDeliveryFolds = 2;  // notifications, gateway

// Of the alerts in deploy/prometheus/vaka.rules.yml: a follower behind, messages that wait.
constexpr absl::Duration kFoldMayWait = absl::Seconds(30);
constexpr absl::Duration kMessageMayWait = absl::Minutes(10);
// An rpc without a deadline of its own.
constexpr absl::Duration kCallMayWait = absl::Seconds(10);

int Whole(double number) { return static_cast<int>(number); }

}  // namespace

Stations::Stations(sim::Events& events, const NightOptions& options)
    : events_(events),
      options_(options),
      costs_(options.costs),
      commands_({.burst = kBurstOfCommands}, events.now()),
      queries_in_({.burst = kBurstOfQueries}, events.now()) {
  const gateway::FrontLimits front;
  const int gateways = std::max(1, Whole(costs_.gateway_cores) / kCoresAGateway);
  const log::CommitterOptions commit;
  gateway_ = &Add("gateway", "request", kCallMayWait,
                  {.servers = Whole(costs_.gateway_cores),
                   .most = static_cast<uint64_t>(front.in_flight * gateways)});
  intake_ =
      &Add("intake", "report", kCallMayWait,
           {.servers = Whole(costs_.intake_cores), .admit = [this] { return commands_.Enter(); }});
  const sim::StationOptions shard = {.most = commit.queue_appends,
                                     .batch = commit.batch_appends,
                                     .a_batch = absl::Microseconds(costs_.write_us)};
  log_.push_back(&Add("log", "append", commit.append_limit, shard));
  while (log_.size() < static_cast<size_t>(costs_.shards)) log_.push_back(&More(shard));
  folds_.push_back(&Add("folds", "fact", kFoldMayWait, {}));
  while (folds_.size() < kFactFolds + kDeliveryFolds) folds_.push_back(&More({}));
  live_ = &Add("live streams", "fact", kFoldMayWait, {.servers = Whole(costs_.gateway_cores)});
  queries_ =
      &Add("queries", "query", kCallMayWait,
           {.servers = Whole(costs_.query_cores), .admit = [this] { return queries_in_.Enter(); }});
  planner_ = &Add("planner", "round", kMessageMayWait, {});
  for (const bool sms : {true, false}) {
    const double rate = sms ? costs_.sms_per_second : costs_.mail_per_second;
    if (rate > 0)
      pace_[sms] = &Add(sms ? "SMS provider" : "mail provider", "message", kMessageMayWait, {});
    senders_[sms] = &Add(sms ? "SMS senders" : "mail senders", "message", kMessageMayWait,
                         {.servers = Whole(costs_.workers)});
  }
  patrol_.push_back(&Add("patrol cars", "stop", absl::InfiniteDuration(), {}));
  while (patrol_.size() < static_cast<size_t>(options_.place.municipalities))
    patrol_.push_back(&More({}));
}

sim::Station& Stations::Add(const std::string& name, const std::string& what,
                            absl::Duration may_wait, const sim::StationOptions& options) {
  rows_.push_back(
      std::make_unique<Row>(Row{name, what, sim::Tally(events_.now(), options_.window), may_wait}));
  return More(options);
}

sim::Station& Stations::More(const sim::StationOptions& options) {
  stations_.push_back(std::make_unique<sim::Station>(events_, options, rows_.back()->tally));
  return *stations_.back();
}

bool Stations::Accept(Done done) {
  return Offer(*intake_, costs_.intake_report_us, std::move(done));
}

void Stations::Answered(absl::Time entered) {
  commands_.Leave(events_.now(), events_.now() - entered);
}

// Facts of one append share its call but not their writing.
bool Stations::Append(int municipality, double facts, Done done) {
  return Offer(*log_[static_cast<size_t>(municipality) % log_.size()], facts * costs_.write_fact_us,
               std::move(done));
}

void Stations::Fold(bool delivery) {
  const size_t first = delivery ? kFactFolds : 0;
  const size_t end = delivery ? folds_.size() : kFactFolds;
  for (size_t i = first; i < end; ++i) Offer(*folds_[i], costs_.fold_fact_us, nullptr);
}

bool Stations::Query(Done done) {
  const absl::Time entered = events_.now();
  return Offer(*queries_, costs_.query_us, [this, entered, done = std::move(done)] {
    queries_in_.Leave(events_.now(), events_.now() - entered);
    if (done) done();
  });
}

void Stations::Send(bool sms, Done done) {
  const double rate = sms ? costs_.sms_per_second : costs_.mail_per_second;
  const double us = costs_.send_us + 1000 * (sms ? costs_.sms_ms : costs_.mail_ms);
  if (pace_[sms] == nullptr) {
    Offer(*senders_[sms], us, std::move(done));
    return;
  }
  // The provider's turn is waited for before the message is taken out of the outbox.
  Offer(*pace_[sms], 1e6 / rate,
        [this, sms, us, done = std::move(done)] { Offer(*senders_[sms], us, done); });
}

void Stations::Patrol(int municipality, absl::Duration length) {
  patrol_[static_cast<size_t>(municipality)]->Offer(length, nullptr);
}

std::vector<Row> Stations::Take() {
  for (const auto& station : stations_) station->Settle();
  std::vector<Row> rows;
  for (const auto& row : rows_) rows.push_back(*row);
  return rows;
}

}  // namespace vaka::simulate
