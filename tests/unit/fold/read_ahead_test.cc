#include "libs/fold/read_ahead.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/memory_log/memory_log.h"

namespace vaka::fold {
namespace {

constexpr char kKommun[] = "0127";

class ReadAheadTest : public testing::Test {
 protected:
  void Append(int facts) {
    for (int i = 0; i < facts; ++i) {
      const std::string fact = absl::StrCat("fact ", ++facts_);
      ASSERT_TRUE(
          log_.AppendNow({.kommun = kKommun, .idempotency_key = fact, .facts = {fact}}).ok());
    }
  }

  static std::vector<uint64_t> NumbersOf(const ReadAhead::Page& page) {
    std::vector<uint64_t> numbers;
    for (const log::Entry& entry : page.entries) numbers.push_back(entry.seq);
    return numbers;
  }

  log::MemoryLog log_;
  int facts_ = 0;
};

TEST_F(ReadAheadTest, GivesEveryPageInOrderWithTheLastEntryOfTheOneBefore) {
  Append(9);
  ReadAhead ahead(log_, kKommun, log::Stream::kFacts, 2, 4);
  const ReadAhead::Page first = ahead.Next().value();
  EXPECT_EQ(NumbersOf(first), (std::vector<uint64_t>{3, 4, 5, 6}));
  EXPECT_EQ(first.entries[0].bytes, "fact 3");
  EXPECT_EQ(first.head, 9U);
  EXPECT_EQ(NumbersOf(ahead.Next().value()), (std::vector<uint64_t>{6, 7, 8, 9}));
  EXPECT_EQ(NumbersOf(ahead.Next().value()), (std::vector<uint64_t>{9}));
}

TEST_F(ReadAheadTest, SaysWhyAPageCannotBeRead) {
  Append(4);
  log_.FailReads(true);
  ReadAhead ahead(log_, kKommun, log::Stream::kFacts, 0, 4);
  EXPECT_TRUE(absl::IsUnavailable(ahead.Next().status()));
}

TEST_F(ReadAheadTest, EndsWithPagesThatNobodyTook) {
  Append(40);
  ReadAhead ahead(log_, kKommun, log::Stream::kFacts, 0, 4);
  EXPECT_EQ(ahead.Next().value().entries.size(), 4U);
}

}  // namespace
}  // namespace vaka::fold
