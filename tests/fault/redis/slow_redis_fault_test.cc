// Redis hangs, is away, or its connections break in the middle of an answer: nothing is done twice,
// and reads go on from memory and say how old they are.

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/fold/follower.h"
#include "libs/log/redis_log.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fault/redis/writers.h"
#include "tests/support/gate/socket_gate.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fault {
namespace {

using redis::Eventually;

class SlowRedisTest : public ::testing::Test {
 protected:
  SlowRedisTest()
      : gate_(redis_.url(), absl::StrCat("unix://", folder_.path(), "/gate")),
        client_(redis::Client::Make({.urls = gate_.address()}, clock_).value()),
        log_(log::RedisLog::Open(
                 *client_,
                 {.commit = {.append_limit = absl::Seconds(3), .round_limit = absl::Seconds(1)}},
                 clock_)
                 .value()) {}

  void ExpectNothingLostOrDoubled(Writers& writers, std::map<std::string, uint64_t> counts = {}) {
    gate_.Pass();
    writers.Stop();
    const Tally tally = writers.Compare(*log_);
    EXPECT_TRUE(tally.ok()) << tally;
    EXPECT_TRUE(writers.strange().empty()) << writers.strange().front();
    counts["acknowledged"] = tally.acknowledged;
    counts["lost"] = tally.lost;
    counts["doubled"] = tally.doubled;
    counts["resent"] = log_->stats().resent;
    ReportCounts(counts, Seed());
  }

  SystemClock clock_;
  redis::TempFolder folder_;
  redis::TestRedis redis_;
  SocketGate gate_;
  const std::unique_ptr<redis::Client> client_;
  const std::unique_ptr<log::RedisLog> log_;
};

TEST_F(SlowRedisTest, PausesOfTwoSecondsDoubleNothing) {
  Writers writers({log_.get()}, {});
  for (int pause = 0; pause < 3; ++pause) {
    ASSERT_TRUE(writers.AwaitAcknowledged(50));
    redis_.Freeze();
    const absl::Time until = clock_.Steady() + absl::Seconds(2);
    clock_.SleepUntil(until, {});
    redis_.Thaw();
  }
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  ExpectNothingLostOrDoubled(writers, {{"pauses", 3}});
}

TEST_F(SlowRedisTest, ConnectionsCutInTheMiddleOfAnAnswerDoubleNothing) {
  std::mt19937_64 random(Seed());
  Writers writers({log_.get()}, {});
  constexpr uint64_t kCuts = 60;
  for (uint64_t cut = 1; cut <= kCuts; ++cut) {
    gate_.CutReplyAfter(random() % 200);
    ASSERT_TRUE(Eventually([&] { return gate_.cuts() >= cut; }));
  }
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  EXPECT_GT(log_->stats().resent, 0U);
  ExpectNothingLostOrDoubled(writers, {{"cuts", gate_.cuts()}});
}

TEST_F(SlowRedisTest, ReadsGoOnFromMemoryAndSayHowOldTheyAre) {
  bus::MemoryBus bus;
  fold::Follower follower(
      {.name = "toy"}, [](const std::string&) { return std::make_unique<fold::ToyFold>(); }, *log_,
      bus.Subscribe(), clock_);
  Writers writers({log_.get()}, {});
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  ASSERT_TRUE(follower.Start().ok());
  const auto position = [&] {
    uint64_t at = 0;
    EXPECT_TRUE(follower
                    .Read("0127", 0, clock_.Steady() + absl::Seconds(5),
                          [&at](const fold::Fold&, uint64_t found) { at = found; })
                    .ok());
    return at;
  };
  EXPECT_GT(position(), 0U);
  gate_.Refuse();
  ASSERT_TRUE(Eventually([&] { return follower.AgeOf("0127") > absl::Seconds(4); }));
  const uint64_t before = position();
  EXPECT_GT(before, 0U);
  gate_.Pass();
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  // What they write is not of this fold, which puts each aside more slowly than they write.
  writers.Stop();
  EXPECT_TRUE(
      Eventually([&] { return follower.AgeOf("0127") < absl::Seconds(3) && position() > before; }));
  ExpectNothingLostOrDoubled(writers);
}

}  // namespace
}  // namespace vaka::fault
