// The whole system under steady work while its Redis is away, is replaced by an old backup, or its
// file is damaged.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/fault/redis/house_redis_fixture.h"
#include "tests/support/gate/socket_gate.h"
#include "tests/support/redis_server/test_redis.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::fault {
namespace {

using redis::Eventually;
using redis::TempFolder;
using redis::TestRedis;
using ::testing::HasSubstr;

TEST_F(HouseRedisTest, WhileRedisIsAwayReadsGoOnAndSayHowOldTheyAre) {
  TestRedis redis;
  TempFolder folder;
  SocketGate gate(redis.url(), absl::StrCat("unix://", folder.path(), "/gate"));
  ASSERT_NO_FATAL_FAILURE(Begin(gate.address()));
  EXPECT_GE(AgeOfARead(), 0);
  Fault("redis away", [&] {
    gate.Refuse();
    EXPECT_TRUE(Eventually([&] { return AgeOfARead() > 5; }));
    gate.Pass();
  });
  // Free texts are sealed under keys that are only there.
  EXPECT_GT(house_->process("vaka").Metric("vaka_intake_texts_left_out_total"), 0);
  ASSERT_TRUE(load_->AwaitAcknowledged(30));
  EXPECT_TRUE(Eventually([&] {
    const double age = AgeOfARead();
    return age >= 0 && age < 2;
  }));
  Fault("redis hangs", [&] {
    redis.Freeze();
    EXPECT_TRUE(Eventually([&] { return AgeOfARead() > 2; }));
    redis.Thaw();
  });
  ASSERT_TRUE(load_->AwaitAcknowledged(30));
  End();
}

// Whoever puts an old backup in the place of the data under a running system is told.
TEST_F(HouseRedisTest, AnOldBackupInPlaceIsRefused) {
  TestRedis redis;
  TempFolder backup;
  ASSERT_NO_FATAL_FAILURE(Begin(redis.url()));
  load_->Pause();
  redis.Stop();
  const std::string files = redis.folder() + "/appendonlydir";
  const auto copy = std::filesystem::copy_options::recursive;
  std::filesystem::copy(files, backup.path() + "/old", copy);
  redis.Start();
  load_->Resume();
  ASSERT_TRUE(load_->AwaitAcknowledged(30));
  load_->Stop();
  redis.Stop();
  std::filesystem::remove_all(files);
  std::filesystem::copy(backup.path() + "/old", files, copy);
  redis.Start();
  // Nothing is read from it, and nothing appended to it.
  Caller caller = house_->NewCaller("later");
  intake::v1::ListRequest read;
  intake::v1::ListResponse listed;
  absl::Status status;
  EXPECT_TRUE(Eventually([&] {
    status = caller.Ask(read, &listed, Coordinator());
    return absl::IsDataLoss(status);
  })) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("restore it before going on"));
  EXPECT_GT(house_->process("vaka").Metric("vaka_fold_lost{fold=\"intake\"}"), 0);
}

// A log that ends before a state that was made from it: the process ends and says so.
TEST_F(HouseRedisTest, ALogThatLostItsTailKeepsTheSystemFromStarting) {
  TestRedis redis;
  ASSERT_NO_FATAL_FAILURE(Begin(redis.url()));
  load_->Stop();
  house_->Stop();  // leaves snapshots
  constexpr char kDropLast[] =
      "local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1) "
      "return redis.call('XDEL', KEYS[1], top[1][1])";
  ASSERT_EQ(redis.Do({"EVAL", kDropLast, "1", "{0127}:log"}), "1");
  std::string said;
  EXPECT_NE(RunVaka({"run", "--data=" + house_->data(), "--redis=" + redis.url(),
                     "--http=127.0.0.1:0", "--grpc=127.0.0.1:0", "--metrics=none"},
                    &said),
            0);
  EXPECT_THAT(said, HasSubstr("has lost its tail"));
}

TEST_F(HouseRedisTest, AFlippedBitInAFactIsPutAsideCountedAndReportedByTheCheck) {
  TestRedis redis;
  ASSERT_NO_FATAL_FAILURE(Begin(redis.url()));
  load_->Stop();
  house_->Stop();
  // Without snapshots, so that each fold meets the fact.
  for (const char* fold : {"registry", "intake", "dispatch", "notifications", "est", "gateway"}) {
    redis.Do({"DEL", absl::StrCat("{0127}:snap:", fold)});
  }
  redis.Stop();
  const std::string file = redis.folder() + "/appendonlydir/appendonly.aof.1.incr.aof";
  std::ifstream in(file, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(in), {});
  const size_t entry = content.rfind("XADD\r\n$10\r\n{0127}:log\r\n");
  ASSERT_NE(entry, std::string::npos);
  const size_t fact = content.find("$1\r\nf\r\n", entry) + 20;
  content[fact] = static_cast<char>(content[fact] ^ 4);
  std::ofstream(file, std::ios::binary) << content;
  redis.Start();
  const absl::Status started = house_->process("vaka").Start();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_GT(house_->process("vaka").Metric("vaka_fold_parked_total{fold=\"intake\"}"), 0);
  EXPECT_GT(house_->process("vaka").Metric("vaka_log_damaged_total"), 0);
  std::string said;
  EXPECT_NE(RunVaka({"check", "--data=" + house_->data(), "--redis=" + redis.url()}, &said), 0);
  EXPECT_THAT(said, HasSubstr("is damaged: its checksum does not match"));
}

TEST_F(HouseRedisTest, ADamagedFileKeepsTheSystemFromStartingAndSaysWhatToDo) {
  TempFolder data;
  {
    TestRedis redis({.folder = data.path() + "/redis"});
    for (int i = 0; i < 9; ++i) redis.Do({"SET", "a", std::string(100, 'x')});
  }
  const std::string file = data.path() + "/redis/appendonlydir/appendonly.aof.1.incr.aof";
  std::ifstream in(file, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(in), {});
  content[content.find("$3\r\nSET")] ^= 4;
  std::ofstream(file, std::ios::binary) << content;
  std::string said;
  EXPECT_NE(RunVaka({"run", "--data=" + data.path(), "--http=127.0.0.1:0", "--grpc=127.0.0.1:0",
                     "--metrics=none"},
                    &said),
            0);
  EXPECT_THAT(said, HasSubstr("Bad file format"));
  EXPECT_THAT(said, HasSubstr("Restore a backup"));
}

}  // namespace
}  // namespace vaka::fault
