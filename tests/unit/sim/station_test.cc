// Stations against what queueing theory says of them (Kleinrock, Queueing Systems I): the waits of
// M/M/1, M/M/c and M/D/1, the loss of M/M/1/K, Little's law, and that nobody gets lost.
#include "libs/sim/station.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "services/demo/random.h"

namespace vaka::sim {
namespace {

using demo::Random;

constexpr int kSeeds = 16;
constexpr uint64_t kCustomers = 40000;

absl::Time Start() { return absl::FromUnixSeconds(1'798'675'200); }

// Customers who come at random, `rate` a second, until the last has left.
class Queue {
 public:
  using Work = std::function<double(Random&)>;  // seconds

  Queue(StationOptions options, double rate, Work work, uint64_t seed)
      : tally_(Start(), absl::Minutes(1)),
        station_(events_, options, tally_),
        rate_(rate),
        work_(std::move(work)),
        random_(seed) {}

  const Tally& Run() {
    events_.After(absl::ZeroDuration(), [this] { Come(); });
    events_.RunUntil(Start() + absl::Hours(24 * 365));
    station_.Settle();
    return tally_;
  }

 private:
  void Come() {
    station_.Offer(absl::Seconds(work_(random_)), [this] { ++done_; });
    if (++came_ < kCustomers)
      events_.After(absl::Seconds(random_.Exponential(1 / rate_)), [this] { Come(); });
  }

  Events events_{Start()};
  Tally tally_;
  Station station_;
  const double rate_;
  const Work work_;
  Random random_;
  uint64_t came_ = 0;
  uint64_t done_ = 0;
};

struct Means {
  double wait = 0;  // seconds
  double p99 = 0;
  double refused = 0;  // share
};

Means Over(const StationOptions& options, double rate, const Queue::Work& work) {
  Means means;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Tally tally = Queue(options, rate, work, seed).Run();
    means.wait += absl::ToDoubleSeconds(tally.waits.mean()) / kSeeds;
    means.p99 += absl::ToDoubleSeconds(tally.waits.Quantile(0.99)) / kSeeds;
    means.refused +=
        static_cast<double>(tally.refused) / static_cast<double>(tally.arrived) / kSeeds;
  }
  return means;
}

double Exponential(Random& random) { return random.Exponential(1); }
double Constant(Random&) { return 1; }

TEST(StationTest, WaitsAsInMM1) {
  for (const double load : {0.3, 0.6, 0.8}) {
    const Means means = Over({}, load, Exponential);
    EXPECT_NEAR(means.wait, load / (1 - load), 0.03 * load / (1 - load)) << load;
    const double p99 = std::log(load / 0.01) / (1 - load);
    EXPECT_NEAR(means.p99, p99, 0.07 * p99) << load << ", at most 5 % too long, and chance";
  }
}

TEST(StationTest, WaitsHalfAsLongInMD1) {
  for (const double load : {0.3, 0.6, 0.8}) {
    const double wait = load / (2 * (1 - load));
    EXPECT_NEAR(Over({}, load, Constant).wait, wait, 0.03 * wait) << load;
  }
}

TEST(StationTest, WaitsByErlangCWithSeveralServers) {
  const int servers = 4;
  const double load = 3.2;  // offered, of 4
  double term = 1, sum = 1;
  for (int n = 1; n < servers; ++n) sum += term *= load / n;
  term *= load / servers * servers / (servers - load);
  const double wait = term / (sum + term) / (servers - load);
  EXPECT_NEAR(Over({.servers = servers}, load, Exponential).wait, wait, 0.03 * wait);
}

TEST(StationTest, RefusesAsInMM1K) {
  const double load = 0.9;
  const int most = 5;
  const double loss = (1 - load) * std::pow(load, most) / (1 - std::pow(load, most + 1));
  EXPECT_NEAR(Over({.most = most}, load, Exponential).refused, loss, 0.03 * loss);
}

TEST(StationTest, KeepsLittlesLaw) {
  const Tally tally = Queue({}, 0.8, Exponential, 7).Run();
  ASSERT_EQ(tally.waits.count(), kCustomers);
  // The sum over time of who waits is the sum of all waits, but for what arithmetic rounds.
  EXPECT_NEAR(absl::ToDoubleSeconds(tally.waited),
              absl::ToDoubleSeconds(tally.waits.mean()) * kCustomers, 0.01);
  absl::Duration busy;
  uint64_t longest = 0;
  for (const Tally::Window& window : tally.windows) {
    EXPECT_LE(window.busy, tally.window);
    busy += window.busy;
    longest = std::max(longest, window.longest);
  }
  EXPECT_EQ(busy, tally.busy);
  EXPECT_EQ(longest, tally.longest);
  EXPECT_NEAR(absl::ToDoubleSeconds(busy), kCustomers, 0.03 * kCustomers) << "one second each";
}

TEST(StationTest, LosesNobodyAtAnyMoment) {
  Events events(Start());
  Tally tally(Start(), absl::Seconds(10));
  Station one(events, {.servers = 2, .most = 6}, tally);
  Station other(events, {.most = 9, .batch = 3, .a_batch = absl::Seconds(1)}, tally);
  Random random(11);
  uint64_t offered = 0, taken = 0, done = 0;
  for (int i = 0; i < 5000; ++i) {
    events.After(absl::Seconds(random.Uniform(0, 3000)), [&] {
      Station& station = random.Chance(0.5) ? one : other;
      ++offered;
      taken += station.Offer(absl::Seconds(random.Exponential(0.9)), [&] { ++done; }) ? 1u : 0u;
      EXPECT_EQ(tally.arrived, offered);
      EXPECT_EQ(tally.arrived - tally.refused, taken);
      EXPECT_EQ(tally.done + tally.inside, taken);
      EXPECT_EQ(tally.done, done);
    });
  }
  events.RunUntil(Start() + absl::Hours(2));
  EXPECT_GT(tally.refused, 0u);
  EXPECT_EQ(tally.inside, 0u);
  EXPECT_EQ(tally.done, taken);
}

// Group commit: what waits goes in one batch, so that a slow disk costs a batch and not each.
TEST(StationTest, ABatchPaysItsOwnCostOnce) {
  Events events(Start());
  Tally tally(Start(), absl::Seconds(1));
  Station disk(events, {.batch = 10, .a_batch = absl::Milliseconds(5)}, tally);
  std::vector<absl::Duration> done;
  for (int i = 0; i < 13; ++i)
    disk.Offer(absl::Milliseconds(1), [&] { done.push_back(events.now() - Start()); });
  events.RunUntil(Start() + absl::Seconds(1));
  std::vector<absl::Duration> expected = {absl::Milliseconds(6)};  // the first finds nobody else
  expected.insert(expected.end(), 10, absl::Milliseconds(6 + 15));
  expected.insert(expected.end(), 2, absl::Milliseconds(6 + 15 + 7));
  EXPECT_EQ(done, expected);
}

TEST(StationTest, OneSeedIsOneRun) {
  const Tally once = Queue({.servers = 2}, 1.5, Exponential, 3).Run();
  const Tally again = Queue({.servers = 2}, 1.5, Exponential, 3).Run();
  const Tally other = Queue({.servers = 2}, 1.5, Exponential, 4).Run();
  EXPECT_EQ(once.waited, again.waited);
  EXPECT_EQ(once.longest, again.longest);
  EXPECT_NE(once.waited, other.waited);
}

TEST(EventsTest, AtEqualTimesInTheOrderOfAsking) {
  Events events(Start());
  std::vector<int> order;
  events.After(absl::Seconds(2), [&] { order.push_back(2); });
  events.After(absl::Seconds(1), [&] {
    order.push_back(0);
    events.After(absl::Seconds(1), [&] { order.push_back(3); });
    events.At(Start(), [&] { order.push_back(1); });  // has passed: now
  });
  events.After(absl::Seconds(3), [&] { order.push_back(4); });
  events.RunUntil(Start() + absl::Seconds(3));
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3})) << "what comes at the end is not done yet";
  EXPECT_EQ(events.now(), Start() + absl::Seconds(3));
}

}  // namespace
}  // namespace vaka::sim
