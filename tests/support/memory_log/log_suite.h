#pragma once

// What every Log promises, as one suite that both implementations run. A test program includes this
// once and instantiates LogSuite with a way to make its log.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/log/log.h"
#include "tests/support/memory_log/requests.h"

namespace vaka::log {

// A log, empty, and what it said on commit.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  virtual Log& log() = 0;
  // Facts in the order in which they were given to OnCommitted, as "kommun first fact".
  virtual std::vector<std::string> committed() = 0;
};

using MakeLog = std::function<std::unique_ptr<LogUnderTest>()>;

class LogSuite : public ::testing::TestWithParam<MakeLog> {
 protected:
  void SetUp() override { under_test_ = GetParam()(); }
  Log& log() { return under_test_->log(); }
  absl::StatusOr<Appended> Append(AppendRequest request) {
    return AppendAndWait(log(), std::move(request));
  }

  std::unique_ptr<LogUnderTest> under_test_;
};

TEST_P(LogSuite, NumbersFactsDenselyFromOne) {
  EXPECT_THAT(Append(Facts("0127", "k1", {"a"})).value(), IsAppended(1, 1, false));
  EXPECT_THAT(Append(Facts("0127", "k2", {"b", "c", "d"})).value(), IsAppended(2, 4, false));
  EXPECT_THAT(Append(Facts("0180", "k1", {"x"})).value(), IsAppended(1, 1, false));
  const std::vector<Entry> entries = log().Read("0127", Stream::kFacts, 1, 2).value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].seq, 2U);
  EXPECT_EQ(entries[0].bytes, "b");
  EXPECT_EQ(entries[1].seq, 3U);
  EXPECT_TRUE(entries[1].intact);
  EXPECT_EQ(log().Head("0127", Stream::kFacts).value(), 4U);
  EXPECT_EQ(log().Head("0127", Stream::kDeliveries).value(), 0U);
  EXPECT_THAT(log().Read("0127", Stream::kFacts, 4, 10).value(), ::testing::IsEmpty());
  EXPECT_THAT(log().Municipalities().value(), ::testing::ElementsAre("0127", "0180"));
}

TEST_P(LogSuite, SaysWhatEveryLogEndsWith) {
  ASSERT_TRUE(Append(Facts("0127", "k1", {"a", "b"})).ok());
  AppendRequest delivery = Facts("0180", "k2", {"c"});
  delivery.stream = Stream::kDeliveries;
  ASSERT_TRUE(Append(delivery).ok());
  const auto ends = log().EndsSince(SystemClock().Steady());
  ASSERT_TRUE(ends.ok()) << ends.status();
  ASSERT_EQ((*ends)->of.size(), 2U);
  const auto end = [&](const std::string& kommun, Stream stream) {
    return (*ends)->of.at(kommun)[static_cast<size_t>(stream)].value();
  };
  EXPECT_EQ(end("0127", Stream::kFacts).seq, 2U);
  EXPECT_EQ(end("0127", Stream::kFacts).checksum, Crc32c("b"));
  EXPECT_EQ(end("0127", Stream::kDeliveries).seq, 0U);
  EXPECT_EQ(end("0127", Stream::kDeliveries).checksum, std::nullopt);
  EXPECT_EQ(end("0180", Stream::kDeliveries).checksum, Crc32c("c"));
}

TEST_P(LogSuite, KeepsBytesAsTheyAre) {
  std::string bytes(300, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  ASSERT_TRUE(Append(Facts("0127", std::string("\r\n\0{}", 5), {bytes})).ok());
  EXPECT_EQ(log().Read("0127", Stream::kFacts, 0, 1).value().at(0).bytes, bytes);
}

TEST_P(LogSuite, AnswersARepeatedKeyWithTheFirstNumbers) {
  ASSERT_TRUE(Append(Facts("0127", "k1", {"a", "b"})).ok());
  ASSERT_TRUE(Append(Facts("0127", "k2", {"c"})).ok());
  EXPECT_THAT(Append(Facts("0127", "k1", {"other"})).value(), IsAppended(1, 2, true));
  EXPECT_EQ(log().Head("0127", Stream::kFacts).value(), 3U);
  EXPECT_THAT(*log().Seen("0127", Stream::kFacts, "k1").value(), IsAppended(1, 2, true));
  EXPECT_FALSE(log().Seen("0127", Stream::kFacts, "k3").value().has_value());
  EXPECT_FALSE(log().Seen("0127", Stream::kDeliveries, "k1").value().has_value());
  EXPECT_FALSE(log().Seen("0180", Stream::kFacts, "k1").value().has_value());
}

TEST_P(LogSuite, AbortsWhenAnAggregateChangedAfterwards) {
  ASSERT_TRUE(Append(RestingOn(Facts("0127", "k1", {"a"}), {"shift:s-1"}, 0)).ok());
  ASSERT_TRUE(Append(RestingOn(Facts("0127", "k2", {"b"}), {"shift:s-2"}, 0)).ok());
  const auto late = Append(RestingOn(Facts("0127", "k3", {"c"}), {"area:a-1", "shift:s-1"}, 0));
  EXPECT_EQ(late.status().code(), absl::StatusCode::kAborted) << late.status();
  EXPECT_EQ(log().Head("0127", Stream::kFacts).value(), 2U);
  EXPECT_FALSE(log().Seen("0127", Stream::kFacts, "k3").value().has_value());
  // Having seen 1 is enough for s-1, whatever came later; and the aborted append touched nothing.
  EXPECT_THAT(
      Append(RestingOn(Facts("0127", "k3", {"c", "d"}), {"area:a-1", "shift:s-1"}, 1)).value(),
      IsAppended(3, 4, false));
  EXPECT_TRUE(
      absl::IsAborted(Append(RestingOn(Facts("0127", "k4", {"e"}), {"area:a-1"}, 3)).status()));
  // A repeat is answered before anything is compared.
  EXPECT_THAT(Append(RestingOn(Facts("0127", "k1", {"a"}), {"shift:s-1"}, 0)).value(),
              IsAppended(1, 1, true));
  // The other log and the other municipality have numbers of their own.
  AppendRequest delivery = RestingOn(Facts("0127", "k5", {"x"}), {"shift:s-1"}, 0);
  delivery.stream = Stream::kDeliveries;
  EXPECT_THAT(Append(delivery).value(), IsAppended(1, 1, false));
  EXPECT_TRUE(Append(RestingOn(Facts("0180", "k6", {"y"}), {"shift:s-1"}, 0)).ok());
}

TEST_P(LogSuite, RefusesWhatIsNoAppend) {
  const auto code = [this](AppendRequest request) { return Append(request).status().code(); };
  EXPECT_EQ(code(Facts("", "k", {"a"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Facts("01{27", "k", {"a"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Facts("0127", "", {"a"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Facts("0127", std::string(65, 'k'), {"a"})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Facts("0127", "k", {})), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Facts("0127", "k", {"a", ""})), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(log().Municipalities().value(), ::testing::IsEmpty());
}

TEST_P(LogSuite, TellsOfEachAppendOnceBeforeItsAnswer) {
  ASSERT_TRUE(Append(RestingOn(Facts("0127", "k1", {"a", "b"}), {"x:1"}, 0)).ok());
  EXPECT_THAT(under_test_->committed(), ::testing::ElementsAre("0127 1 a", "0127 1 b"));
  ASSERT_TRUE(Append(Facts("0127", "k1", {"a", "b"})).ok());                     // a repeat
  ASSERT_FALSE(Append(RestingOn(Facts("0127", "k2", {"c"}), {"x:1"}, 0)).ok());  // aborted
  ASSERT_TRUE(Append(Facts("0127", "k3", {"d"})).ok());
  EXPECT_THAT(under_test_->committed(), ::testing::ElementsAre("0127 1 a", "0127 1 b", "0127 3 d"));
}

TEST_P(LogSuite, KeepsTheNewestSnapshot) {
  EXPECT_FALSE(log().LoadSnapshot("0127", "est").value().has_value());
  const std::string state("state\0of est", 12);
  ASSERT_TRUE(log().SaveSnapshot("0127", "est", Snapshot{1, 10, "old"}).ok());
  ASSERT_TRUE(log().SaveSnapshot("0127", "est", Snapshot{2, 20, state}).ok());
  const Snapshot snapshot = *log().LoadSnapshot("0127", "est").value();
  EXPECT_EQ(snapshot.schema, 2U);
  EXPECT_EQ(snapshot.position, 20U);
  EXPECT_EQ(snapshot.bytes, state);
  EXPECT_FALSE(log().LoadSnapshot("0127", "intake").value().has_value());
  EXPECT_FALSE(log().LoadSnapshot("0180", "est").value().has_value());
}

TEST_P(LogSuite, KeepsSubjectKeysWithTheAppendUntilTheyAreErased) {
  AppendRequest request = Facts("0127", "k1", {"a"});
  request.keys = {{"p-1", "one"}, {"p-2", "two"}};
  ASSERT_TRUE(Append(request).ok());
  EXPECT_THAT(log().SubjectKeys("0127", {"p-2", "p-3", "p-1"}).value(),
              ::testing::ElementsAre("two", "", "one"));
  EXPECT_THAT(log().SubjectKeys("0180", {"p-1"}).value(), ::testing::ElementsAre(""));
  EXPECT_THAT(log().SubjectKeys("0127", {}).value(), ::testing::IsEmpty());
  ASSERT_TRUE(log().EraseSubjectKey("0127", "p-1").ok());
  ASSERT_TRUE(log().EraseSubjectKey("0127", "p-1").ok());
  EXPECT_THAT(log().SubjectKeys("0127", {"p-1", "p-2"}).value(), ::testing::ElementsAre("", "two"));
}

TEST_P(LogSuite, KeepsBothKeysOfASubjectThatTwoAppendsMade) {
  AppendRequest one = Facts("0127", "k1", {"a"});
  one.keys = {{"p-1", "one"}};
  AppendRequest two = Facts("0127", "k2", {"b"});
  two.keys = {{"p-1", "two"}};
  ASSERT_TRUE(Append(one).ok());
  ASSERT_TRUE(Append(two).ok());
  two.idempotency_key = "k3";
  ASSERT_TRUE(Append(two).ok());  // the same key again adds nothing
  EXPECT_THAT(log().SubjectKeys("0127", {"p-1"}).value(), ::testing::ElementsAre("onetwo"));
}

TEST_P(LogSuite, WritesNoSubjectKeyWhenTheAppendAborts) {
  ASSERT_TRUE(Append(RestingOn(Facts("0127", "k1", {"a"}), {"person:p-1"}, 0)).ok());
  AppendRequest request = RestingOn(Facts("0127", "k2", {"b"}), {"person:p-1"}, 0);
  request.keys = {{"p-1", "one"}};
  ASSERT_TRUE(absl::IsAborted(Append(request).status()));
  EXPECT_THAT(log().SubjectKeys("0127", {"p-1"}).value(), ::testing::ElementsAre(""));
}

TEST_P(LogSuite, NumbersDenselyUnderConcurrentAppends) {
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::vector<std::vector<Appended>> answers(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([this, t, &answers] {
        for (int i = 0; i < kEach; ++i) {
          const std::string key = absl::StrCat("t", t, "-", i);
          answers[static_cast<size_t>(t)].push_back(Append(Facts("0127", key, {key, key})).value());
        }
      });
    }
  }
  const std::vector<Entry> entries = log().Read("0127", Stream::kFacts, 0, 10000).value();
  ASSERT_EQ(entries.size(), size_t{2} * kThreads * kEach);
  for (size_t i = 0; i < entries.size(); ++i) ASSERT_EQ(entries[i].seq, i + 1);
  for (int t = 0; t < kThreads; ++t) {
    for (int i = 0; i < kEach; ++i) {
      const Appended& answer = answers[static_cast<size_t>(t)][static_cast<size_t>(i)];
      EXPECT_EQ(answer.last, answer.first + 1);
      EXPECT_EQ(entries[answer.first - 1].bytes, absl::StrCat("t", t, "-", i));
      EXPECT_EQ(entries[answer.last - 1].bytes, absl::StrCat("t", t, "-", i));
    }
  }
}

}  // namespace vaka::log
