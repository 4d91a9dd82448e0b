// The bus between the processes of a whole system fails; nothing is lost, and no process stays two
// seconds behind.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/fault/bus/house_staleness.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/lossy_relay/lossy_relay.h"

namespace vaka::fault {
namespace {

constexpr absl::Duration kStalest = absl::Seconds(2);

class HouseBusFaultTest : public testing::Test {
 protected:
  void Begin(HouseOptions options) {
    house_ = std::make_unique<House>(std::move(options), history_);
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
    load_ = std::make_unique<Load>(*house_, LoadOptions{.seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(20));
    staleness_ = std::make_unique<HouseStaleness>(*house_);
  }

  void End(std::map<std::string, uint64_t> counts) {
    load_->Stop(absl::Minutes(1));
    EXPECT_EQ(load_->counts().unknown, 0u);
    EXPECT_EQ(load_->counts().stale, 0u);
    const HouseStaleness::Worst worst = staleness_->worst();
    staleness_.reset();
    std::cout << load_->counts().acknowledged << " commands acknowledged; stalest " << worst.whose
              << ", " << worst.owed_off << " (" << worst.wall << " by the wall) in " << worst.looks
              << " looks" << std::endl;
    EXPECT_GT(worst.looks, 100u);
    EXPECT_LT(worst.owed_off, kStalest) << worst.whose;
    counts["stalest_ms"] = static_cast<uint64_t>(absl::ToInt64Milliseconds(worst.owed_off));
    ReportCounts(counts, Seed());
    CloseAndJudge(*house_, Seed(), "verdict");
  }

  SystemClock clock_;
  History history_{clock_};
  std::unique_ptr<House> house_;
  std::unique_ptr<Load> load_;
  std::unique_ptr<HouseStaleness> staleness_;
};

TEST_F(HouseBusFaultTest, TheForwarderIsKilledAgainAndAgain) {
  Begin({.processes = OnePerTarget()});
  constexpr int kKills = 3;
  for (int kill = 0; kill < kKills; ++kill) {
    const size_t fault = history_.FaultBegins("kill -9", "bus");
    house_->process("bus").Kill();
    ASSERT_TRUE(load_->AwaitAcknowledged(20)) << "work goes on without a bus";
    ASSERT_TRUE(house_->process("bus").Start().ok());
    history_.FaultEnds(fault);
    ASSERT_TRUE(load_->AwaitAcknowledged(20));
  }
  End({{"kills", kKills}});
}

TEST_F(HouseBusFaultTest, ABadNetworkAndAProcessThatStandsStill) {
  bus::LossyRelay relay(Seed());
  HouseOptions options{.processes = OnePerTarget()};
  std::erase_if(options.processes, [](const auto& plan) { return plan.name == "bus"; });
  options.bus = relay.addresses();
  Begin(std::move(options));
  const size_t fault = history_.FaultBegins("30 % lost, repeated, reordered", "bus");
  relay.Set({.lose = 0.3, .repeat = 0.3, .reorder = 0.3});
  ASSERT_TRUE(load_->AwaitAcknowledged(60));

  // It misses what comes meanwhile; when it goes on, it knows within two seconds.
  HouseProcess& est = house_->process("est");
  staleness_->Excuse("est");
  est.Freeze();
  ASSERT_TRUE(load_->AwaitAcknowledged(30));
  est.Thaw();
  staleness_->Expect("est");
  ASSERT_TRUE(load_->AwaitAcknowledged(40));
  history_.FaultEnds(fault);
  const bus::LossyRelay::Counts counts = relay.counts();
  EXPECT_GT(counts.lost, 30u);
  relay.Set({.lose = 0, .repeat = 0, .reorder = 0});
  End({{"lost", counts.lost}, {"repeated", counts.repeated}, {"reordered", counts.reordered}});
}

}  // namespace
}  // namespace vaka::fault
