// Targets killed at random every few seconds, for VAKA_FAULT_MINUTES (2).
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <stop_token>

#include "absl/strings/numbers.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

absl::Duration Length() {
  const char* minutes = std::getenv("VAKA_FAULT_MINUTES");
  double value = 2;
  if (minutes != nullptr && !absl::SimpleAtod(minutes, &value)) std::abort();
  return absl::Minutes(value);
}

TEST(RandomKillsFaultTest, NothingIsLostHoweverOftenSomebodyDies) {
  SystemClock clock;
  History history(clock);
  House house({.processes = OnePerTarget({{"intake", 2}, {"notifications", 2}}),
               .arguments = {"--claim-after=20s"}},
              history);
  const absl::Status started = house.Start();
  ASSERT_TRUE(started.ok()) << started;
  Load load(house, {.seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(20));

  std::mt19937_64 random(Seed());
  std::uniform_int_distribution<size_t> any(0, house.processes().size() - 1);
  std::uniform_int_distribution<int> pause(0, 4000);
  uint64_t kills = 0;
  for (const absl::Time until = clock.Now() + Length(); clock.Now() < until;) {
    HouseProcess& one = *house.processes()[any(random)];
    HouseProcess& other = *house.processes()[any(random)];
    SCOPED_TRACE(one.name() + ", " + other.name());
    one.Kill();
    if (kills % 3 == 0) other.Kill();
    ++kills;
    clock.SleepFor(absl::Milliseconds(pause(random)), std::stop_token());
    for (HouseProcess* process : {&one, &other}) {
      const absl::Status back = process->Start();
      ASSERT_TRUE(back.ok()) << back;
    }
    clock.SleepFor(absl::Milliseconds(pause(random)), std::stop_token());
  }
  EXPECT_TRUE(load.AwaitAcknowledged(20));
  load.Stop(absl::Minutes(1));
  EXPECT_EQ(load.counts().stale, 0U);
  EXPECT_EQ(load.counts().unknown, 0U);
  std::cout << kills << " rounds, " << load.counts().acknowledged << " acknowledged\n";
  CloseAndJudge(house, Seed());
}

}  // namespace
}  // namespace vaka::fault
