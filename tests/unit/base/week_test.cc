#include "libs/base/week.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vaka {
namespace {

// Rows of a small CSV file without quotes, without its header.
std::vector<std::vector<std::string>> Rows(const std::string& name) {
  std::ifstream file(VAKA_SOURCE_DIR "/tests/unit/base/data/" + name);
  EXPECT_TRUE(file) << name;
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) rows.push_back(absl::StrSplit(line, ','));
  return rows;
}

int Int(const std::string& text) {
  int number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text, &number)) << text;
  return number;
}

absl::CivilDay Day(const std::string& text) {
  absl::CivilDay day;
  EXPECT_TRUE(absl::ParseCivilTime(text, &day)) << text;
  return day;
}

absl::Time Utc(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << error;
  return time;
}

absl::TimeZone Stockholm() { return LoadZone("Europe/Stockholm").value(); }

TEST(WeekTest, WeekOfADayIsTheIsoWeek) {
  const auto rows = Rows("iso_week_cases.csv");
  ASSERT_GE(rows.size(), 20u);
  for (const auto& row : rows) {
    const absl::CivilDay day = Day(row[0]);
    const IsoWeek week = WeekOf(day);
    EXPECT_EQ(ToString(week), ToString({Int(row[1]), Int(row[2])})) << row[0];
    EXPECT_EQ(MondayOf(week) + (Int(row[3]) - 1), day) << row[0];
  }
}

TEST(WeekTest, WeekOfAMomentIsTheZonesAndNotUtcs) {
  const auto rows = Rows("timezone_week_cases.csv");
  ASSERT_GE(rows.size(), 15u);
  int differ = 0;
  for (const auto& row : rows) {
    const absl::Time time = Utc(row[0]);
    const IsoWeek week = WeekOf(time, Stockholm());
    EXPECT_EQ(ToString(week), ToString({Int(row[3]), Int(row[4])})) << row[0];
    EXPECT_EQ(absl::ToCivilDay(time, Stockholm()), MondayOf(week) + (Int(row[5]) - 1)) << row[0];
    EXPECT_EQ(WeekOf(time, absl::UTCTimeZone()).week, Int(row[6])) << row[0];
    EXPECT_LE(WeekBegin(week, Stockholm()), time);
    EXPECT_LT(time, WeekEnd(week, Stockholm()));
    if (row[4] != row[6]) ++differ;
  }
  EXPECT_GT(differ, 0);
}

TEST(WeekTest, LongYearsHaveAWeek53) {
  for (const auto& row : Rows("iso_week53_years.csv")) {
    const int year = Int(row[0]);
    EXPECT_EQ(IsValid({year, 53}), row[1] == "53") << year;
    EXPECT_EQ(MondayOf({year, 1}), Day(row[2])) << year;
    const int last = Int(row[1]);
    EXPECT_EQ(AddWeeks({year, last}, 1), (IsoWeek{year + 1, 1}));
    EXPECT_EQ(AddWeeks({year + 1, 1}, -1), (IsoWeek{year, last}));
  }
}

TEST(WeekTest, WeeksOfTheClockChangesHave167And169Hours) {
  const auto hours = [](IsoWeek week) {
    return absl::ToInt64Hours(WeekEnd(week, Stockholm()) - WeekBegin(week, Stockholm()));
  };
  EXPECT_EQ(hours({2026, 13}), 167);
  EXPECT_EQ(hours({2026, 43}), 169);
  EXPECT_EQ(hours({2026, 47}), 168);
  EXPECT_EQ(WeekEnd({2026, 53}, Stockholm()), WeekBegin({2027, 1}, Stockholm()));
}

TEST(WeekTest, MomentOfIsAbsoluteAlsoInTheSkippedHour) {
  EXPECT_EQ(MomentOf({2026, 47}, 3, 12, 0, Stockholm()), Utc("2026-11-18T11:00:00Z"));
  EXPECT_EQ(MomentOf({2026, 26}, 4, 16, 0, Stockholm()), Utc("2026-06-25T14:00:00Z"));
  // Sunday 29 March 2026 goes from 02:00 to 03:00; what lies between is 03:00.
  EXPECT_EQ(MomentOf({2026, 13}, 7, 2, 30, Stockholm()), Utc("2026-03-29T01:00:00Z"));
}

TEST(WeekTest, ParseWeekTakesItsOwnFormAlone) {
  EXPECT_EQ(ParseWeek("2026-W47").value(), (IsoWeek{2026, 47}));
  EXPECT_EQ(ParseWeek("2026-W53").value(), (IsoWeek{2026, 53}));
  for (const char* text : {"", "2026", "2026-W54", "2025-W53", "2026-W00", "2026-W471", "2026-47",
                           "2026-W7x", "x2026-W07"}) {
    EXPECT_EQ(ParseWeek(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(ToString({2026, 7}), "2026-W07");
}

TEST(WeekTest, AnUnknownZoneIsNamed) {
  for (const char* name : {"", "Europe/Botkyrka"}) {
    const absl::Status status = LoadZone(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find(absl::StrCat("\"", name, "\"")), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace vaka
