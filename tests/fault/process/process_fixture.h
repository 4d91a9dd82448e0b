#pragma once

#include <gtest/gtest.h>

#include <iostream>
#include <memory>

#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {

// A dead sender's messages are taken over as soon as the product allows.
inline constexpr char kClaimSoon[] = "--claim-after=20s";

// A house, its load, and the end that every scenario of dying processes has.
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

}  // namespace vaka::fault
