// Redis killed and its machine's power cut, under load. First that the shim that cuts the power
// takes what it should, and bites.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/log/redis_log.h"
#include "libs/redis/child_process.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fault/redis/writers.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/power_cut/power_cut.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::fault {
namespace {

using log::AppendAndWait;
using log::Facts;
using redis::Eventually;
using redis::TempFolder;
using redis::TestRedis;

class PowerCutTest : public ::testing::Test {
 protected:
  PowerCutTest() : folder_(std::filesystem::canonical(temp_.path()) / "watched") {
    std::filesystem::create_directory(folder_);
  }

  // Runs the probe in the watched folder: see probe.cc for the words.
  void Probe(const std::vector<std::string>& words) {
    std::vector<std::string> argv = {"env", "-C", folder_.string()};
    for (const std::string& variable : PowerCut::Environment(folder_.string())) {
      argv.push_back(variable);
    }
    argv.push_back(VAKA_POWER_CUT_PROBE);
    argv.insert(argv.end(), words.begin(), words.end());
    auto probe = redis::ChildProcess::Start(argv).value();
    ASSERT_TRUE(probe->WaitUntilEnded(absl::Seconds(20)));
  }
  // -1: no such file.
  int64_t SizeOf(const std::string& name) {
    std::error_code error;
    const auto size = std::filesystem::file_size(folder_ / name, error);
    return error ? -1 : static_cast<int64_t>(size);
  }

  TempFolder temp_;
  const std::filesystem::path folder_;
};

TEST_F(PowerCutTest, TakesWhatWasNotSynced) {
  power_cut::Journal journal(folder_.string());
  Probe({"write", "a", "100", "sync", "a", "sync",  ".", "write", "a",    "50",  //
         "stdio", "b", "70",  "sync", "b", "stdio", "b", "7",     "sync", "."});
  EXPECT_EQ(SizeOf("a"), 150);
  journal.Cut(0);
  EXPECT_EQ(SizeOf("a"), 100);
  EXPECT_EQ(SizeOf("b"), 70);
  EXPECT_EQ(journal.Read().lost_bytes, 57U);
  journal.Cut(0);
  EXPECT_EQ(SizeOf("a"), 100);
}

TEST_F(PowerCutTest, RemembersAcrossTheProcessesThatWrite) {
  power_cut::Journal journal(folder_.string());
  Probe({"write", "a", "100", "sync", "a", "sync", ".", "write", "a", "50"});
  Probe({"write", "a", "10"});
  journal.Cut(0);
  EXPECT_EQ(SizeOf("a"), 100);
  // A file that was there before anybody watched is whole.
  std::ofstream(folder_ / "old") << "1234567890";
  Probe({"write", "old", "5"});
  journal.Cut(0);
  EXPECT_EQ(SizeOf("old"), 10);
}

TEST_F(PowerCutTest, KeepsThePartThatTheDiskHadCome) {
  power_cut::Journal journal(folder_.string());
  Probe({"write", "a", "100", "sync", "a", "sync", ".", "write", "a", "1000"});
  journal.Cut(250);
  EXPECT_EQ(SizeOf("a"), 350);
}

TEST_F(PowerCutTest, TakesNewFilesAndRenamesWhoseFolderWasNotSynced) {
  power_cut::Journal journal(folder_.string());
  Probe({"write", "list", "10", "sync", "list", "sync", "."});
  Probe({"write", "new", "100", "sync", "new",  //
         "write", "temp", "20", "sync", "temp", "rename", "temp", "list"});
  EXPECT_EQ(SizeOf("list"), 20);
  journal.Cut(0);
  EXPECT_EQ(SizeOf("list"), 10);
  EXPECT_EQ(SizeOf("new"), -1);
  EXPECT_EQ(SizeOf("temp"), -1);
  EXPECT_EQ(journal.Read().lost_entries, 3U);

  Probe({"write", "temp", "20", "sync", "temp", "rename", "temp", "list", "sync", "."});
  journal.Cut(0);
  EXPECT_EQ(SizeOf("list"), 20);
}

TEST_F(PowerCutTest, LeavesRemovedAndShortenedFilesAsTheyAre) {
  power_cut::Journal journal(folder_.string());
  Probe({"write", "a", "100", "sync", "a", "write", "b", "100", "sync", "b", "sync", "."});
  Probe({"remove", "a", "shorten", "b", "40", "write", "b", "20"});
  journal.Cut(0);
  EXPECT_EQ(SizeOf("a"), -1);
  EXPECT_EQ(SizeOf("b"), 40);
}

// A Redis whose power can be cut, and a log on it.
class RedisPowerCutTest : public ::testing::Test {
 protected:
  void Begin(const std::vector<std::string>& arguments = {}) {
    cut_ = std::make_unique<PowerCut>(temp_.path(), arguments);
    redis_ = std::make_unique<TestRedis>(
        redis::RedisServerOptions{.folder = temp_.path(), .program = cut_->program()});
    client_ = redis_->NewClient();
    log_ = log::RedisLog::Open(*client_, {}, clock_).value();
  }

  // Kills Redis and lets it find what a power cut leaves; returns when it answers.
  void CutPower(uint32_t keep_permille = 0) {
    cut_->CutAtNextStart(keep_permille);
    redis_->KillAndWaitUntilBack();
  }

  SystemClock clock_;
  TempFolder temp_;
  std::unique_ptr<PowerCut> cut_;
  std::unique_ptr<TestRedis> redis_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<log::RedisLog> log_;
};

TEST_F(RedisPowerCutTest, TakesAcknowledgedFactsFromARedisThatSyncsOnceASecond) {
  Begin({"--appendfsync", "everysec"});
  uint64_t lost = 0;
  // A sync may come just before the cut, but not before each.
  for (int round = 0; round < 20 && lost == 0; ++round) {
    uint64_t last = 0;
    for (int i = 0; i < 20; ++i) {
      const std::string key = absl::StrCat("k", round, "-", i);
      last = AppendAndWait(*log_, Facts("0127", key, {key}))->last;
    }
    CutPower();
    lost = last - log_->Head("0127", log::Stream::kFacts).value();
  }
  EXPECT_GT(lost, 0U);
  EXPECT_GT(cut_->lost_bytes(), 0U);
}

TEST_F(RedisPowerCutTest, NothingAcknowledgedIsLostUnderLoad) {
  Begin();
  std::mt19937_64 random(Seed());
  Writers writers({log_.get()}, {});
  for (int cut = 0; cut < 4; ++cut) {
    ASSERT_TRUE(writers.AwaitAcknowledged(50 + random() % 200));
    CutPower(cut % 2 == 0 ? 0 : static_cast<uint32_t>(random() % 1000));
    ASSERT_TRUE(writers.AwaitAcknowledged(1));
  }
  writers.Stop();
  const Tally tally = writers.Compare(*log_);
  EXPECT_TRUE(tally.ok()) << tally;
  EXPECT_TRUE(writers.strange().empty()) << writers.strange().front();
  EXPECT_EQ(cut_->cuts(), 4U);
  ReportCounts({{"cuts", cut_->cuts()},
                {"acknowledged", tally.acknowledged},
                {"lost", tally.lost},
                {"lost_bytes_not_acknowledged", cut_->lost_bytes()}},
               Seed());
}

TEST_F(RedisPowerCutTest, NothingAcknowledgedIsLostWhileTheFileIsWrittenAnew) {
  Begin();
  std::mt19937_64 random(Seed());
  Writers writers({log_.get()}, {});
  for (int cut = 0; cut < 4; ++cut) {
    ASSERT_TRUE(writers.AwaitAcknowledged(50));
    redis_->Do({"BGREWRITEAOF"});
    ASSERT_TRUE(writers.AwaitAcknowledged(1 + random() % 30));
    CutPower();
  }
  writers.Stop();
  const Tally tally = writers.Compare(*log_);
  EXPECT_TRUE(tally.ok()) << tally;
}

// Redis is killed after it has carried out an append and before it is on disk; it reads the
// append from its file, as that is not yet gone, and answers the repeated command from there. The
// answer must not come before the append is on disk.
TEST_F(RedisPowerCutTest, ARepeatedCommandIsOnDiskBeforeItIsAnswered) {
  Begin({"--appendfsync", "no"});
  ASSERT_TRUE(AppendAndWait(*log_, Facts("0127", "k1", {"a"})).ok());
  redis_->KillAndWaitUntilBack();
  redis_->Do({"CONFIG", "SET", "appendfsync", "always"});
  EXPECT_TRUE(AppendAndWait(*log_, Facts("0127", "k1", {"a"}))->repeated);
  CutPower();
  EXPECT_EQ(log_->Head("0127", log::Stream::kFacts).value(), 1U);

  redis_->Do({"CONFIG", "SET", "appendfsync", "no"});
  ASSERT_TRUE(AppendAndWait(*log_, Facts("0127", "k2", {"b"})).ok());
  redis_->KillAndWaitUntilBack();
  redis_->Do({"CONFIG", "SET", "appendfsync", "always"});
  EXPECT_TRUE(log_->Seen("0127", log::Stream::kFacts, "k2").value().has_value());
  CutPower();
  EXPECT_EQ(log_->Head("0127", log::Stream::kFacts).value(), 2U);
}

}  // namespace
}  // namespace vaka::fault
