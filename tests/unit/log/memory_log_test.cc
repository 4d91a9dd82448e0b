#include "tests/support/memory_log/memory_log.h"

#include "absl/synchronization/mutex.h"
#include "tests/support/memory_log/log_suite.h"

namespace vaka::log {
namespace {

class MemoryUnderTest final : public LogUnderTest {
 public:
  MemoryUnderTest()
      : log_([this](const std::string& kommun, Stream, uint64_t first,
                    const std::vector<std::string>& facts) {
          absl::MutexLock lock(&mu_);
          for (const std::string& fact : facts) {
            committed_.push_back(absl::StrCat(kommun, " ", first, " ", fact));
          }
        }) {}

  Log& log() override { return log_; }
  std::vector<std::string> committed() override {
    absl::MutexLock lock(&mu_);
    return committed_;
  }

 private:
  absl::Mutex mu_;
  std::vector<std::string> committed_ ABSL_GUARDED_BY(mu_);
  MemoryLog log_;
};

INSTANTIATE_TEST_SUITE_P(Memory, LogSuite, ::testing::Values(MakeLog([] {
                           return std::make_unique<MemoryUnderTest>();
                         })));

TEST(MemoryLogTest, LosesAnAnswerBeforeOrAfterWriting) {
  int committed = 0;
  MemoryLog log([&committed](const std::string&, Stream, uint64_t,
                             const std::vector<std::string>&) { ++committed; });
  log.FailNextAppend(MemoryLog::Fault::kLostBeforeWrite);
  log.FailNextAppend(MemoryLog::Fault::kLostAfterWrite);
  log.FailNextAppend(MemoryLog::Fault::kQueueFull);
  EXPECT_TRUE(absl::IsUnavailable(log.AppendNow(Facts("0127", "k1", {"a"})).status()));
  EXPECT_EQ(log.Head("0127", Stream::kFacts).value(), 0U);
  EXPECT_TRUE(absl::IsUnavailable(log.AppendNow(Facts("0127", "k1", {"a"})).status()));
  EXPECT_EQ(log.Head("0127", Stream::kFacts).value(), 1U);
  EXPECT_TRUE(absl::IsResourceExhausted(log.AppendNow(Facts("0127", "k1", {"a"})).status()));
  EXPECT_EQ(committed, 0);
  EXPECT_THAT(log.AppendNow(Facts("0127", "k1", {"a"})).value(), IsAppended(1, 1, true));
}

TEST(MemoryLogTest, CanBeDamagedAndUnreadable) {
  MemoryLog log;
  ASSERT_TRUE(log.AppendNow(Facts("0127", "k1", {"a", "b", "c"})).ok());
  log.Damage("0127", Stream::kFacts, 2);
  const std::vector<Entry> entries = log.Read("0127", Stream::kFacts, 0, 9).value();
  EXPECT_TRUE(entries[0].intact);
  EXPECT_FALSE(entries[1].intact);
  EXPECT_NE(entries[1].bytes, "b");
  log.LoseTail("0127", Stream::kFacts, 1);
  EXPECT_EQ(log.Head("0127", Stream::kFacts).value(), 1U);
  ASSERT_TRUE(log.SaveSnapshot("0127", "est", Snapshot{1, 1, "s"}).ok());
  log.DamageSnapshot("0127", "est");
  EXPECT_TRUE(absl::IsDataLoss(log.LoadSnapshot("0127", "est").status()));
  log.FailReads(true);
  EXPECT_TRUE(absl::IsUnavailable(log.Head("0127", Stream::kFacts).status()));
  log.FailReads(false);
  ASSERT_TRUE(log.Park("0127", Stream::kFacts, entries[1], "est", "no fact").ok());
  ASSERT_EQ(log.parked().size(), 1U);
  EXPECT_EQ(log.parked()[0].reason, "no fact");
}

}  // namespace
}  // namespace vaka::log
