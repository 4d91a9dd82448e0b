// Overload for a minute, and then overload and abuse together: nothing that was acknowledged is
// lost, nothing is done twice, and steady work goes on beside them.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/gateway/abuse.h"
#include "tests/fault/gateway/honest.h"
#include "tests/fault/gateway/overload.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

class OverloadMinuteFaultTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!AllowFiles(8192)) GTEST_SKIP() << "the machine allows less than 8192 open files";
    const absl::Status started = house_.Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  SystemClock clock_;
  History history_{clock_};
  House house_{WithProcessorsOfItsOwn(), history_};
};

TEST_F(OverloadMinuteFaultTest, TenTimesTheSustainedForAMinute) {
  Overload(house_, 60);
  CloseAndJudge(house_, Seed(), "verdict");
}

TEST_F(OverloadMinuteFaultTest, AbuseAndOverloadTogetherLoseNothing) {
  Load load(house_, LoadOptions{.seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(30));
  auto honest = std::make_unique<Honest>(house_);
  OpenLoop crowd(house_, "crowd");
  const double sustained = crowd.Sustained(32, absl::Seconds(3));
  const size_t fault = history_.FaultBegins("abuse and overload", "vaka");
  auto abuse = std::make_unique<Abuse>(house_.http_address(), Seed());
  const auto storm = crowd.Offer(10 * sustained, 15);
  std::cout << abuse->Text();
  EXPECT_GT(honest->Take().reads.size(), 0U) << "the honest are answered meanwhile";
  abuse = nullptr;
  history_.FaultEnds(fault);
  uint64_t accepted = 0;
  for (const OpenLoop::Window& window : storm) accepted += window.accepted;
  EXPECT_GT(accepted, 0U);
  EXPECT_TRUE(load.AwaitAcknowledged(50)) << "the load goes on";
  honest = nullptr;
  load.Stop(absl::Minutes(2));
  EXPECT_EQ(load.counts().unknown, 0U);
  CloseAndJudge(house_, Seed(), "verdict");
}

}  // namespace
}  // namespace vaka::fault
