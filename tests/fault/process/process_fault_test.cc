// Processes that die, are ended and come back, under steady work. None of it may lose or double
// anything, nor hold up what does not need the one that is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fault/process/process_fixture.h"

namespace vaka::fault {
namespace {

using testing::HasSubstr;

TEST_F(ProcessFaultTest, EachTargetKilledInTurnLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(Begin({.processes = OnePerTarget()}));
  // The senders first: what they had in hand is taken over while the others die.
  for (const char* target :
       {"notifications", "bus", "registry", "intake", "dispatch", "est", "gateway"}) {
    SCOPED_TRACE(target);
    HouseProcess& process = house_->process(target);
    process.Kill();
    EXPECT_TRUE(load_->AwaitAcknowledged(3)) << "the others go on without it";
    const absl::Status back = process.Start();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load_->AwaitAcknowledged(20)) << "it takes its part again";
  }
  End();
}

// What an installation of one machine is: all in one process, whose Redis ends with it.
TEST_F(ProcessFaultTest, TheWholeSystemKilledWithItsRedisLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(Begin({.own_redis = true}));
  for (int i = 0; i < 2; ++i) {
    const absl::Status back = house_->process("vaka").Restart();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load_->AwaitAcknowledged(30));
  }
  End();
}

TEST_F(ProcessFaultTest, TheWholeSystemEndedUnderLoadStopsInTimeAndLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(Begin({.own_redis = true}));
  HouseProcess& process = house_->process("vaka");
  for (int i = 0; i < 2; ++i) {
    const HouseProcess::End end = process.Terminate();
    std::cout << "ended after " << end.took << "\n";
    EXPECT_EQ(end.code, 0);
    EXPECT_LE(end.took, absl::Seconds(5));
    const absl::Status back = process.Start();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load_->AwaitAcknowledged(30));
  }
  End();
}

TEST_F(ProcessFaultTest, ASecondProcessOnTheDataFolderIsRefusedAndDisturbsNobody) {
  ASSERT_NO_FATAL_FAILURE(Begin({.own_redis = true}));
  std::string output;
  EXPECT_EQ(RunVaka({"run", "--data=" + house_->data(), "--grpc=127.0.0.1:0", "--http=127.0.0.1:0",
                     "--metrics=127.0.0.1:0"},
                    &output),
            1);
  EXPECT_THAT(output, HasSubstr("in use by another process"));
  EXPECT_THAT(output, HasSubstr(house_->data())) << "it names the folder";
  EXPECT_TRUE(load_->AwaitAcknowledged(30));
  EXPECT_EQ(house_->process("vaka").lives(), 1U);
  const Verdict verdict = End();
  EXPECT_EQ(verdict.counts.repeated_with_excuse, 0U);
}

}  // namespace
}  // namespace vaka::fault
