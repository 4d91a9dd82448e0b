// The load and random faults for VAKA_SOAK_MINUTES (2): nothing is lost, and what the processes use
// stays flat.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <stop_token>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fault/soak/soak_faults.h"
#include "tests/fault/soak/soak_usage.h"

namespace vaka::fault {
namespace {

constexpr absl::Duration kBetweenFaults = absl::Seconds(4);
constexpr int kLooks = 60;

absl::Duration Length() {
  const char* minutes = std::getenv("VAKA_SOAK_MINUTES");
  double value = 2;
  if (minutes != nullptr && !absl::SimpleAtod(minutes, &value)) std::abort();
  return absl::Minutes(value);
}

// Each service twice: the first is killed, the second lives through it all.
std::vector<HouseProcess::Plan> Pairs() {
  std::vector<HouseProcess::Plan> plans = OnePerTarget({{"registry", 2},
                                                        {"intake", 2},
                                                        {"notifications", 2},
                                                        {"dispatch", 2},
                                                        {"est", 2},
                                                        {"gateway", 2}});
  for (HouseProcess::Plan& plan : plans) {
    if (plan.name == "gateway-2") plan.arguments.emplace_back("--http=127.0.0.1:0");
  }
  return plans;
}

TEST(SoakFaultTest, LosesNothingAndStaysFlat) {
  SystemClock clock;
  History history(clock);
  House house({.processes = Pairs(), .arguments = {"--claim-after=20s"}}, history);
  const absl::Status started = house.Start();
  ASSERT_TRUE(started.ok()) << started;
  Load load(house, {.pause = absl::Milliseconds(100), .seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(20));

  SoakFaults faults(house, Seed());
  SoakUsage usage;
  const absl::Time begin = clock.Now();
  absl::Time look = begin;
  while (clock.Now() < begin + Length()) {
    if (clock.Now() >= look) {
      usage.Look(house, load.counts().acknowledged);
      look += Length() / kLooks;
    }
    const absl::Status over = faults.Next();
    ASSERT_TRUE(over.ok()) << over;
    clock.SleepFor(kBetweenFaults, std::stop_token());
    EXPECT_TRUE(load.AwaitAcknowledged(1)) << "it goes on after each fault";
  }
  load.Stop(absl::Minutes(2));
  EXPECT_EQ(load.counts().stale, 0U);
  EXPECT_EQ(load.counts().unknown, 0U);
  EXPECT_EQ(usage.Growth(), "");
  CloseAndJudge(house, Seed(), "verdict");

  std::map<std::string, uint64_t> counts = usage.Counts();
  for (const auto& [kind, count] : faults.counts()) counts[absl::StrCat("faults ", kind)] = count;
  counts["minutes"] = static_cast<uint64_t>(absl::ToInt64Minutes(Length()));
  for (const auto& [what, count] : counts) std::cout << what << ": " << count << "\n";
  ReportCounts(counts, Seed());
}

}  // namespace
}  // namespace vaka::fault
