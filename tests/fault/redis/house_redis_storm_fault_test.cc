// As house_redis_fault_test, what takes longer: the power of the whole machine, and connections
// that break in the middle of answers.

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/fault/redis/house_redis_fixture.h"
#include "tests/support/gate/socket_gate.h"
#include "tests/support/power_cut/power_cut.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::fault {
namespace {

using redis::Eventually;
using redis::TempFolder;
using redis::TestRedis;

class HouseRedisStormTest : public HouseRedisTest {};

TEST_F(HouseRedisStormTest, RedisKilledAndItsPowerCutLosesNothing) {
  TempFolder folder;
  PowerCut cut(folder.path());
  TestRedis redis({.folder = folder.path(), .program = cut.program()});
  ASSERT_NO_FATAL_FAILURE(Begin(redis.url()));
  std::mt19937_64 random(Seed());
  for (int i = 0; i < 4; ++i) {
    const bool power = i % 2 == 1;
    Fault(power ? "power cut" : "kill -9", [&] {
      if (power) cut.CutAtNextStart(static_cast<uint32_t>(random() % 1000));
      redis.KillAndWaitUntilBack();
    });
    ASSERT_TRUE(load_->AwaitAcknowledged(20 + random() % 20));
  }
  EXPECT_EQ(cut.cuts(), 2U);
  End();
}

// The machine: the system's process and Redis at once.
TEST_F(HouseRedisStormTest, ThePowerOfTheWholeMachineCutLosesNothing) {
  TempFolder folder;
  PowerCut cut(folder.path());
  TestRedis redis({.folder = folder.path(), .program = cut.program()});
  ASSERT_NO_FATAL_FAILURE(Begin(redis.url()));
  for (int i = 0; i < 2; ++i) {
    Fault("power cut", [&] {
      cut.CutAtNextStart();
      redis.Kill();
      house_->process("vaka").Kill();
      const absl::Status back = house_->process("vaka").Start();
      ASSERT_TRUE(back.ok()) << back;
    });
    ASSERT_TRUE(load_->AwaitAcknowledged(30));
  }
  EXPECT_EQ(cut.cuts(), 2U);
  End();
}

TEST_F(HouseRedisStormTest, ConnectionsCutInTheMiddleOfAnAnswerDoubleNothing) {
  TestRedis redis;
  TempFolder folder;
  SocketGate gate(redis.url(), absl::StrCat("unix://", folder.path(), "/gate"));
  ASSERT_NO_FATAL_FAILURE(Begin(gate.address()));
  std::mt19937_64 random(Seed());
  Fault("connections cut", [&] {
    for (uint64_t cut = 1; cut <= 40; ++cut) {
      gate.CutReplyAfter(random() % 500);
      ASSERT_TRUE(Eventually([&] { return gate.cuts() >= cut; }));
    }
  });
  ASSERT_TRUE(load_->AwaitAcknowledged(30));
  End();
}

TEST_F(HouseRedisStormTest, RedisGoneForAMinuteLosesNothing) {
  TestRedis redis;
  TempFolder folder;
  SocketGate gate(redis.url(), absl::StrCat("unix://", folder.path(), "/gate"));
  ASSERT_NO_FATAL_FAILURE(Begin(gate.address()));
  Fault("redis away", [&] {
    gate.Refuse();
    EXPECT_TRUE(Eventually([&] { return AgeOfARead() > 60; }, absl::Minutes(2)));
    gate.Pass();
  });
  ASSERT_TRUE(load_->AwaitAcknowledged(30));
  End();
}

TEST_F(HouseRedisStormTest, PausesOfTwoSecondsLoseAndDoubleNothing) {
  TestRedis redis;
  ASSERT_NO_FATAL_FAILURE(Begin(redis.url()));
  for (int pause = 0; pause < 6; ++pause) {
    Fault("redis pauses", [&] {
      redis.Freeze();
      EXPECT_TRUE(Eventually([&] { return AgeOfARead() > 2; }));
      redis.Thaw();
    });
    ASSERT_TRUE(load_->AwaitAcknowledged(15));
  }
  End();
}

}  // namespace
}  // namespace vaka::fault
