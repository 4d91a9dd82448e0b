// The append-only file torn at its end, or with a flipped bit: what was acknowledged is read as it
// was written, or its damage is found. Never anything else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/fold/follower.h"
#include "libs/log/redis_log.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fault {
namespace {

using log::AppendAndWait;
using log::Facts;
using log::Stream;
using ::testing::HasSubstr;

class DamageTest : public ::testing::Test {
 protected:
  std::string File() const { return folder_.path() + "/appendonlydir/appendonly.aof.1.incr.aof"; }
  std::string Content() const {
    std::ifstream file(File(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  void Write(const std::string& content) const {
    std::ofstream(File(), std::ios::binary) << content;
  }
  static std::string Flipped(std::string content, size_t at, int bit) {
    content[at] = static_cast<char>(content[at] ^ (1 << bit));
    return content;
  }

  // Redis for as long as `work` runs, and a log on it.
  absl::Status With(const std::function<void(log::RedisLog&)>& work) {
    auto redis = redis::RedisServer::Start({.folder = folder_.path()}, clock_);
    if (!redis.ok()) return redis.status();
    const auto client = redis::Client::Make({.urls = (*redis)->url()}, clock_).value();
    const auto log = log::RedisLog::Open(*client, {}, clock_);  // its functions lie there too
    if (!log.ok()) return log.status();
    work(**log);
    return absl::OkStatus();
  }
  static std::string Report(int i) {
    return fold::Reported(absl::StrCat("incident-", i), 3).SerializeAsString();
  }
  // Incidents from..to, acknowledged one by one.
  void Append(int from, int to) {
    ASSERT_TRUE(With([&](log::RedisLog& log) {
                  for (int i = from; i <= to; ++i) {
                    const auto done =
                        AppendAndWait(log, Facts("0127", absl::StrCat("k", i), {Report(i)}));
                    ASSERT_EQ(done->first, static_cast<uint64_t>(i));
                  }
                }).ok());
  }

  SystemClock clock_;
  redis::TempFolder folder_;
};

TEST_F(DamageTest, ATornLastEntryIsLeftOutAndNothingElse) {
  Append(1, 20);
  const size_t acknowledged = Content().size();
  Append(21, 21);
  const std::string whole = Content();
  std::mt19937_64 random(Seed());
  // Redis writes its functions to the file anew at each start; what was torn lies behind that.
  const size_t last = whole.rfind("*1\r\n$5\r\nMULTI");
  ASSERT_GT(last, acknowledged);
  for (int i = 0; i < 12; ++i) {
    Write(whole.substr(0, last + 1 + random() % (whole.size() - last - 1)));
    ASSERT_TRUE(With([&](log::RedisLog& log) {
                  EXPECT_EQ(log.Head("0127", Stream::kFacts).value(), 20U);
                  // Its client sends it again; others go on behind it.
                  const auto again = AppendAndWait(log, Facts("0127", "k21", {Report(21)}));
                  EXPECT_THAT(*again, log::IsAppended(21, 21, false));
                  EXPECT_EQ(AppendAndWait(log, Facts("0127", "k22", {Report(22)}))->first, 22U);
                  EXPECT_EQ(log.Read("0127", Stream::kFacts, 0, 100)->size(), 22U);
                }).ok());
  }
}

TEST_F(DamageTest, AFlippedBitInAFactIsFoundAndTheFactPutAside) {
  Append(1, 20);
  const std::string content = Content();
  const size_t at = content.find("incident-7");
  ASSERT_NE(at, std::string::npos);
  Write(Flipped(content, at + 9, 0));  // it now says incident-6
  bus::MemoryBus bus;
  ASSERT_TRUE(With([&](log::RedisLog& log) {
                fold::Follower follower(
                    {.name = "toy"},
                    [](const std::string&) { return std::make_unique<fold::ToyFold>(); }, log,
                    bus.Subscribe(), clock_);
                ASSERT_TRUE(follower.Start().ok());
                ASSERT_TRUE(follower
                                .Read("0127", 20, clock_.Steady() + absl::Seconds(10),
                                      [](const fold::Fold& fold, uint64_t) {
                                        const auto& toy = static_cast<const fold::ToyFold&>(fold);
                                        EXPECT_EQ(toy.incidents(), 19U);
                                        EXPECT_FALSE(toy.Has("incident-7"));
                                      })
                                .ok());
                EXPECT_EQ(follower.ProgressOfAll().front().parked, 1U);
                EXPECT_EQ(log.stats().damaged, 1U);
              }).ok());
}

TEST_F(DamageTest, AFlippedBitInASnapshotIsFoundAndTheLogReadInstead) {
  Append(1, 20);
  bus::MemoryBus bus;
  const auto follow = [&](log::RedisLog& log) {
    auto follower = std::make_unique<fold::Follower>(
        fold::FollowerOptions{.name = "toy"},
        [](const std::string&) { return std::make_unique<fold::ToyFold>(); }, log, bus.Subscribe(),
        clock_);
    EXPECT_TRUE(follower->Start().ok());
    return follower;
  };
  std::string hash;
  ASSERT_TRUE(With([&](log::RedisLog& log) {
                const auto follower = follow(log);
                hash = follower->StateHash("0127")->second;
                follower->Stop();  // leaves a snapshot
              }).ok());
  const std::string content = Content();
  const size_t at = content.rfind("\x28\xb5\x2f\xfd");  // where the snapshot's piece begins
  ASSERT_NE(at, std::string::npos);
  Write(Flipped(content, at + 20, 0));
  ASSERT_TRUE(With([&](log::RedisLog& log) {
                EXPECT_TRUE(absl::IsDataLoss(log.LoadSnapshot("0127", "toy").status()));
                const auto follower = follow(log);
                EXPECT_EQ(follower->StateHash("0127")->second, hash);
                EXPECT_EQ(log.stats().damaged, 2U);  // asked for twice
              }).ok());
}

TEST_F(DamageTest, AFlippedBitInTheFilesStructureKeepsRedisFromServingAndSaysWhatToDo) {
  Append(1, 20);
  const std::string content = Content();
  const size_t at = content.find("$5\r\nMULTI", content.size() / 2);
  Write(Flipped(content, at, 3));
  const absl::Status status = With([](log::RedisLog&) { FAIL(); });
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Bad file format"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Restore a backup"));
  EXPECT_EQ(Content().size(), content.size());
}

// Redis would take it for a write that was broken off, and cut off everything behind it.
TEST_F(DamageTest, ADamagedLengthIsNotTakenForATornEnd) {
  Append(1, 20);
  const std::string content = Content();
  const size_t fact = content.find("incident-15");
  const size_t length = content.rfind('$', fact) + 1;
  for (const int bit : {2, 6}) {
    const std::string damaged = Flipped(content, length, bit);
    Write(damaged);
    const absl::Status status = With([](log::RedisLog&) { FAIL(); });
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(Content(), damaged);
  }
}

// Wherever a bit flips: each fact that was acknowledged is read as it was written, or it is seen
// that something is wrong.
TEST_F(DamageTest, AFlippedBitAnywhereIsNeverServedAsTruth) {
  constexpr uint64_t kFacts = 12;
  Append(1, kFacts);
  const std::string content = Content();
  std::mt19937_64 random(Seed());
  std::map<std::string, uint64_t> counts;
  for (int i = 0; i < 60; ++i) {
    const size_t at = random() % content.size();
    const int bit = static_cast<int>(random() % 8);
    SCOPED_TRACE(absl::StrCat("bit ", bit, " of byte ", at, " in \"",
                              content.substr(at < 20 ? 0 : at - 20, 40), "\""));
    Write(Flipped(content, at, bit));
    bool found = false;
    const absl::Status started = With([&](log::RedisLog& log) {
      const auto entries = log.Read("0127", Stream::kFacts, 0, 100);
      found = !entries.ok() || entries->size() != kFacts;
      for (size_t e = 0; !found && e < entries->size(); ++e) {
        const log::Entry& entry = (*entries)[e];
        found = !entry.intact || entry.seq != e + 1;
        if (found) break;
        EXPECT_EQ(entry.bytes, Report(static_cast<int>(e) + 1));
      }
      // The last may be missing without a hole: then nothing is appended in its place.
      if (found && entries.ok() && entries->size() < kFacts) {
        const auto next = AppendAndWait(log, Facts("0127", "next", {Report(99)}));
        EXPECT_TRUE(!next.ok() || next->first > kFacts) << next->first;
      }
    });
    ++counts[!started.ok() ? "refused_to_start" : found ? "found_in_the_log" : "no_fact_touched"];
  }
  ReportCounts(counts, Seed());
}

}  // namespace
}  // namespace vaka::fault
