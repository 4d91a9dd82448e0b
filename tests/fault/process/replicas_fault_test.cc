// What takes longer: replicas that die while others serve, every target ended in order.
#include <gtest/gtest.h>

#include "services/vaka/options.h"
#include "tests/fault/process/process_fixture.h"

namespace vaka::fault {
namespace {

using ReplicasFaultTest = ProcessFaultTest;

TEST_F(ReplicasFaultTest, ReplicasKilledWhileOthersServeLoseNothing) {
  ASSERT_NO_FATAL_FAILURE(Begin({.processes = OnePerTarget({{"intake", 2}, {"dispatch", 2}})}));
  for (const char* name : {"intake", "dispatch-2", "intake-2", "dispatch"}) {
    SCOPED_TRACE(name);
    house_->process(name).Kill();
    EXPECT_TRUE(load_->AwaitAcknowledged(3));
    const absl::Status back = house_->process(name).Start();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load_->AwaitAcknowledged(10));
  }
  End();
}

TEST_F(ReplicasFaultTest, EachTargetEndedInTurnStopsInTimeAndLosesNothing) {
  ASSERT_NO_FATAL_FAILURE(Begin({.processes = OnePerTarget()}));
  for (const std::string& target : AllTargets()) {
    SCOPED_TRACE(target);
    HouseProcess& process = house_->process(target);
    const HouseProcess::End end = process.Terminate();
    std::cout << target << " ended after " << end.took << "\n";
    EXPECT_EQ(end.code, 0);
    EXPECT_LE(end.took, absl::Seconds(5));
    const absl::Status back = process.Start();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load_->AwaitAcknowledged(20));
  }
  const Verdict verdict = End();
  EXPECT_EQ(verdict.counts.repeated_with_excuse, 0U) << "who ends in order leaves nothing in hand";
}

}  // namespace
}  // namespace vaka::fault
