// Senders that die while others plan and send.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/process/senders_fixture.h"

namespace vaka::fault {
namespace {

using SendersKillFaultTest = SendersFaultTest;

TEST_F(SendersKillFaultTest, FivePlannersAndTenSendersTellEachOnceAndAgainOnlyWhereOneDied) {
  ASSERT_NO_FATAL_FAILURE(Begin(5));
  Load load(*house_, Alarms());
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(100));
  for (int victim = 1; victim <= 3; ++victim) {
    SCOPED_TRACE(victim);
    HouseProcess& process = house_->process(absl::StrCat("notifications-", victim));
    process.Kill();
    EXPECT_TRUE(load.AwaitAcknowledged(10));
    const absl::Status back = process.Start();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load.AwaitAcknowledged(10));
  }
  load.Stop();
  const Verdict verdict = CloseAndJudge(*house_, Seed());
  EXPECT_GT(verdict.counts.handed_over, 100U);
  std::cout << verdict.counts.handed_over << " handed over, " << verdict.counts.repeated_with_excuse
            << " twice\n";
}

}  // namespace
}  // namespace vaka::fault
