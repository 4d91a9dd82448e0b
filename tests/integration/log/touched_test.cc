// What the append function remembers of what facts touched.

#include <algorithm>

#include "libs/log/append_call.h"
#include "tests/integration/log/redis_log_fixture.h"

namespace vaka::log {
namespace {

// The hashes of what was touched change places every 65 536 facts.
class TouchedTest : public RedisLogTest {
 protected:
  absl::StatusOr<Appended> AppendOn(const std::string& aggregate, uint64_t seen) {
    AppendRequest request = Facts("0127", absl::StrCat("k", ++keys_), {"x"});
    request.rests_on = {aggregate};
    request.seen = seen;
    return AppendAndWait(*log_, request);
  }

  // Until the log has `head` facts, each of which touches its own.
  void Fill(uint64_t head) {
    constexpr uint64_t kFacts = 500;
    for (uint64_t at = log_->Head("0127", Stream::kFacts).value(); at < head;) {
      AppendRequest request = Facts("0127", absl::StrCat("k", ++keys_), {});
      request.seen = at;
      for (uint64_t end = std::min(head, at + kFacts); at < end; ++at) {
        request.facts.emplace_back("x");
        request.rests_on.push_back(absl::StrCat("filled-", at));
      }
      ASSERT_TRUE(AppendAndWait(*log_, request).ok());
    }
  }

  std::string Touched() { return redis_.Do({"HLEN", "{0127}:log:touched"}); }
  std::string TouchedSecond() { return redis_.Do({"HLEN", "{0127}:log:touched:second"}); }

  const std::unique_ptr<RedisLog> log_ = Open();
  int keys_ = 0;
};

TEST_F(TouchedTest, WhatTheLastFactsTouchedIsRememberedAndNoMore) {
  constexpr uint64_t kTurn = 65536;
  ASSERT_TRUE(AppendOn("early", 0).ok());
  EXPECT_TRUE(absl::IsAborted(AppendOn("early", 0).status()));
  Fill(kTurn);
  EXPECT_EQ(Touched(), absl::StrCat(kTurn + 4)) << "and where the hashes stand";
  ASSERT_TRUE(AppendOn("late", kTurn).ok());  // the first in the second hash
  EXPECT_EQ(TouchedSecond(), "2");
  EXPECT_TRUE(absl::IsAborted(AppendOn("early", 0).status())) << "it is in the other one";
  EXPECT_TRUE(absl::IsAborted(AppendOn("late", kTurn).status()));
  ASSERT_TRUE(AppendOn("late", kTurn + 1).ok());
  ASSERT_TRUE(AppendOn("untouched", 0).ok());

  Fill(2 * kTurn);
  ASSERT_TRUE(AppendOn("third", 2 * kTurn).ok());
  EXPECT_EQ(Touched(), "5") << "its first facts are forgotten";
  EXPECT_TRUE(absl::IsAborted(AppendOn("late", kTurn + 1).status()));
  EXPECT_TRUE(absl::IsAborted(AppendOn("never", kTurn - 1).status()))
      << "nobody knows whether that was touched";
  ASSERT_TRUE(AppendOn("never", kTurn).ok());

  const uint64_t head = log_->Head("0127", Stream::kFacts).value();
  redis_.Do({"XDEL", "{0127}:log", absl::StrCat(head, "-0")});
  EXPECT_TRUE(absl::IsDataLoss(AppendOn("early", head).status())) << "the log lost its tail";
}

TEST_F(TouchedTest, ALogOfTheVersionBeforeGoesOn) {
  for (const char* id : {"1-0", "2-0", "3-0"}) {
    redis_.Do({"XADD", "{0127}:log", id, "f", "x", "c", Checksum("x")});
  }
  redis_.Do({"HSET", "{0127}:log:touched", "", "3", "early", "2"});
  EXPECT_TRUE(absl::IsAborted(AppendOn("early", 1).status()));
  EXPECT_EQ(AppendOn("early", 2)->last, 4u);
  EXPECT_TRUE(absl::IsAborted(AppendOn("early", 3).status()));
  EXPECT_EQ(AppendOn("other", 0)->last, 5u);
}

// Not the aggregates, but whoever decided on less than the whole log is refused.
TEST_F(TouchedTest, ARestoredLogRefusesWhatWasDecidedOnLess) {
  Fill(5);
  redis_.Do({"DEL", "{0127}:log:touched", "{0127}:log:touched:second"});
  for (std::vector<std::string> hash : TouchedUpTo("0127", Stream::kFacts, 5)) {
    hash.insert(hash.begin(), "HSET");
    redis_.Do(hash);
  }
  EXPECT_TRUE(absl::IsAborted(AppendOn("never", 4).status()));
  ASSERT_TRUE(AppendOn("never", 5).ok());
  EXPECT_TRUE(absl::IsAborted(AppendOn("never", 5).status()));
  ASSERT_TRUE(AppendOn("other", 5).ok());
  redis_.Do({"XDEL", "{0127}:log", "6-0", "7-0"});
  EXPECT_TRUE(absl::IsDataLoss(AppendOn("other", 7).status()));
}

}  // namespace
}  // namespace vaka::log
