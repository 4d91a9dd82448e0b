#include "tests/fault/gateway/overload.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "tests/fault/gateway/probe.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

constexpr int kSustaining = 32;  // reports under way
constexpr double kCalm = 0.5;    // of what is sustained
constexpr double kStorm = 10;
constexpr int kWorse = 5;       // times the calm p99: the promise
constexpr int kBackWithin = 5;  // seconds: the promise
constexpr uint64_t kMoreMemoryKib = 512 << 10;

using Windows = std::vector<OpenLoop::Window>;

OpenLoop::Window Sum(const Windows& windows) {
  OpenLoop::Window sum;
  for (const OpenLoop::Window& window : windows) {
    sum.offered += window.offered;
    sum.withheld += window.withheld;
    sum.accepted += window.accepted;
    sum.refused += window.refused;
    sum.hinted += window.hinted;
    sum.failed += window.failed;
    if (window.failed > 0) sum.failure = window.failure;
  }
  return sum;
}

void Print(const char* what, const Windows& windows, absl::Duration p99) {
  const OpenLoop::Window sum = Sum(windows);
  std::cout << what << ": " << windows.size() << " s, offered " << sum.offered << " (and "
            << sum.withheld << " more than this client could), accepted " << sum.accepted
            << ", refused " << sum.refused << ", failed " << sum.failed << " " << sum.failure
            << ", p99 " << p99 << "\n";
}

// Seconds until one in which nobody is refused and the answers are as fast as promised.
int SecondsUntilCalm(House& house, OpenLoop& loop, const Probe& probe, double rate,
                     absl::Duration p99) {
  for (int second = 1; second <= 4 * kBackWithin; ++second) {
    const absl::Time began = house.clock().Steady();
    const Windows after = loop.Offer(rate, 1);
    const absl::Duration took = probe.P99Since(began);
    Print("after", after, took);
    if (after[0].refused == 0 && after[0].failed == 0 && took <= p99) return second;
  }
  return 4 * kBackWithin;
}

}  // namespace

HouseOptions WithProcessorsOfItsOwn() {
  HouseOptions options;
  options.own_redis = true;  // which is its child, and as much before the others
  options.processes[0].wrapper = {"nice", "-n", "-10"};
  return options;
}

void Overload(House& house, int seconds) {
  HouseProcess& process = *house.Serving("intake").front();
  OpenLoop loop(house, "crowd");
  loop.Sustained(kSustaining, absl::Seconds(1));  // everything is warm
  const double sustained = loop.Sustained(kSustaining, absl::Seconds(3));
  ASSERT_GT(sustained, 0);
  const Probe probe(house, "probe");
  absl::Time began = house.clock().Steady();
  const Windows calm = loop.Offer(kCalm * sustained, 6);
  const absl::Duration calm_p99 = probe.P99Since(began);
  const uint64_t before = process.usage().rss_kib;
  const size_t fault = house.history().FaultBegins("overload", process.name());
  began = house.clock().Steady();
  const Windows storm = loop.Offer(kStorm * sustained, seconds);
  const absl::Duration storm_p99 = probe.P99Since(began);
  house.history().FaultEnds(fault);
  const uint64_t memory = process.usage().rss_kib;
  std::cout << "sustained " << sustained << "/s; memory " << before << " → " << memory << " KiB\n";
  Print("calm", calm, calm_p99);
  Print("storm", storm, storm_p99);
  const int back = SecondsUntilCalm(house, loop, probe, kCalm * sustained, kWorse * calm_p99);
  const OpenLoop::Window sum = Sum(storm);
  EXPECT_GT(sum.refused, 0U);
  EXPECT_EQ(sum.hinted, sum.refused) << "each refusal says when to come back";
  EXPECT_EQ(sum.failed, 0U) << sum.failure;
  EXPECT_GT(sum.accepted, 0U);
  EXPECT_LE(storm_p99, kWorse * calm_p99);
  EXPECT_LE(back, kBackWithin);
  EXPECT_LT(memory, before + kMoreMemoryKib);
  ReportCounts({{"sustained_per_second", static_cast<uint64_t>(sustained)},
                {"offered", sum.offered},
                {"withheld", sum.withheld},
                {"accepted", sum.accepted},
                {"refused", sum.refused},
                {"p99_us_calm", static_cast<uint64_t>(absl::ToInt64Microseconds(calm_p99))},
                {"p99_us_storm", static_cast<uint64_t>(absl::ToInt64Microseconds(storm_p99))},
                {"seconds_until_calm", static_cast<uint64_t>(back)},
                {"memory_kib", memory}},
               Seed());
}

}  // namespace vaka::fault
