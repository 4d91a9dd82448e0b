#include "libs/log/append_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/log/entries.h"
#include "libs/log/keys.h"

namespace vaka::log {
namespace {

constexpr absl::Duration kWeek = absl::Hours(7 * 24);

std::vector<std::string> KeysAt(absl::Time now) {
  std::vector<std::string> keys;
  for (const Period& period : Periods("0127", Stream::kFacts, now)) keys.push_back(period.key);
  return keys;
}

TEST(PeriodsTest, FindsAKeyForSevenDaysWhateverTheHour) {
  const absl::Time begin = absl::FromUnixSeconds(2900 * absl::ToInt64Seconds(kWeek));
  for (absl::Duration into = absl::ZeroDuration(); into < kWeek; into += absl::Minutes(97)) {
    const absl::Time used = begin + into;
    const Period written = Periods("0127", Stream::kFacts, used).front();
    for (const absl::Time later : {used, used + kWeek / 2, used + kWeek}) {
      EXPECT_THAT(KeysAt(later), ::testing::Contains(written.key)) << later;
      EXPECT_GT(written.expires, later);
    }
    // Half an hour behind, another process still finds it.
    EXPECT_THAT(KeysAt(used - absl::Minutes(30)), ::testing::Contains(written.key)) << used;
  }
}

TEST(PeriodsTest, KeepsTheTwoLogsApart) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  EXPECT_EQ(Periods("0127", Stream::kFacts, now).front().key, "{0127}:log:keys:2976");
  EXPECT_EQ(Periods("0127", Stream::kDeliveries, now).front().key, "{0127}:deliveries:keys:2976");
}

TEST(ChecksumTest, IsCrc32cLittleEndian) {
  // The check value of CRC-32C is 0xe3069283.
  EXPECT_EQ(Checksum("123456789"), "\x83\x92\x06\xe3");
}

redis::Reply Text(std::string text) {
  redis::Reply reply;
  reply.type = redis::Reply::Type::kString;
  reply.text = std::move(text);
  return reply;
}

redis::Reply Array(std::vector<redis::Reply> elements) {
  redis::Reply reply;
  reply.type = redis::Reply::Type::kArray;
  reply.elements = std::move(elements);
  return reply;
}

TEST(ParseEntriesTest, MarksWhatDoesNotMatchItsChecksum) {
  const redis::Reply reply = Array(
      {Array({Text("1-0"), Array({Text("f"), Text("fact"), Text("c"), Text(Checksum("fact"))})}),
       Array({Text("2-0"), Array({Text("f"), Text("fbct"), Text("c"), Text(Checksum("fact"))})}),
       Array({Text("3-0"), Array({Text("x"), Text("y")})})});
  const std::vector<Entry> entries = ParseEntries(reply).value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_TRUE(entries[0].intact);
  EXPECT_FALSE(entries[1].intact);
  EXPECT_EQ(entries[1].bytes, "fbct");
  EXPECT_FALSE(entries[2].intact);
  EXPECT_EQ(entries[2].seq, 3U);
  EXPECT_TRUE(absl::IsDataLoss(ParseEntries(Array({Array({Text("x-0"), Array({})})})).status()));
}

TEST(ParseEntriesTest, AnEntryWithMoreInItThanItsFactsIsDamaged) {
  const std::string sum = Checksum("fact");
  const redis::Reply whole = Array({Text("f"), Text("fact"), Text("c"), Text(sum)});
  EXPECT_TRUE(ParseEntries(Array({Array({Text("1-0"), whole})})).value()[0].intact);
  redis::Reply longer = whole;
  longer.elements.push_back(Text("x"));
  longer.elements.push_back(Text("y"));
  const std::vector<Entry> entries = ParseEntries(Array({Array({Text("1-0"), longer})})).value();
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_FALSE(entries[0].intact);
}

TEST(ParseEntriesTest, NumbersTheFactsOfAnEntryUpToItsOwn) {
  const redis::Reply reply =
      Array({Array({Text("1-0"), Array({Text("f"), Text("a"), Text("c"), Text(Checksum("a"))})}),
             Array({Text("4-0"), Array({Text("f"), Text("b"), Text("c"), Text(Checksum("b")),
                                        Text("f"), Text("X"), Text("c"), Text(Checksum("x")),
                                        Text("f"), Text("d"), Text("?"), Text(Checksum("d"))})})});
  const std::vector<Entry> all = ParseEntries(reply).value();
  ASSERT_EQ(all.size(), 4U);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].seq, i + 1);
    EXPECT_EQ(all[i].intact, i < 2) << "a damaged one leaves those beside it";
  }
  EXPECT_EQ(all[1].bytes, "b");
  const std::vector<Entry> some = ParseEntries(reply, /*after=*/2, /*limit=*/1).value();
  ASSERT_EQ(some.size(), 1U);
  EXPECT_EQ(some[0].seq, 3U);
  EXPECT_EQ(some[0].bytes, "X");
}

}  // namespace
}  // namespace vaka::log
