// Processes that die, are ended and come back, under steady work. None of it may lose or double
// anything, nor hold up what does not need the one that is away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "services/vaka/options.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

using testing::Contains;
using testing::HasSubstr;

// A dead sender's messages are taken over as soon as the product allows.
constexpr char kClaimSoon[] = "--claim-after=20s";

class ProcessFaultTest : public testing::Test {
 protected:
  // A house with its load at work.
  void Begin(HouseOptions options) {
    options.arguments.emplace_back(kClaimSoon);
    house_ = std::make_unique<House>(std::move(options), history_);
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
    load_ = std::make_unique<Load>(*house_, LoadOptions{.seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(30));
  }

  // Everything answered, and the verdict.
  Verdict End() {
    load_->Stop(absl::Minutes(1));
    const LoadCounts counts = load_->counts();
    std::cout << counts.commands << " commands, " << counts.acknowledged << " acknowledged, "
              << counts.refused << " refused, " << counts.unknown << " unknown, " << counts.reads
              << " reads, " << counts.failed << " of them failed, p99 " << counts.p99
              << ", longest " << counts.longest << "\n";
    EXPECT_EQ(counts.stale, 0U) << "a read that said at_least was answered by an older state";
    EXPECT_EQ(counts.unknown, 0U) << "every command is answered in the end";
    return CloseAndJudge(*house_, Seed());
  }

  SystemClock clock_;
  History history_{clock_};
  std::unique_ptr<House> house_;
  std::unique_ptr<Load> load_;
};

TEST_F(ProcessFaultTest, EachTargetKilledInTurnLosesNothing) {
  Begin({.processes = OnePerTarget()});
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
  Begin({.own_redis = true});
  for (int i = 0; i < 3; ++i) {
    const absl::Status back = house_->process("vaka").Restart();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load_->AwaitAcknowledged(30));
  }
  End();
}

TEST_F(ProcessFaultTest, ReplicasKilledWhileOthersServeLoseNothing) {
  Begin({.processes = OnePerTarget({{"intake", 2}, {"dispatch", 2}})});
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

TEST_F(ProcessFaultTest, EachTargetEndedInTurnStopsInTimeAndLosesNothing) {
  Begin({.processes = OnePerTarget()});
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

TEST_F(ProcessFaultTest, TheWholeSystemEndedUnderLoadStopsInTimeAndLosesNothing) {
  Begin({.own_redis = true});
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
  Begin({.own_redis = true});
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
