#include "services/est/zoned_weeks.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "absl/time/civil_time.h"
#include "libs/base/week.h"
#include "services/est/check_fact.h"
#include "services/est/counts.h"

namespace vaka::est {
namespace {

// With clocks that change on Mondays at midnight or a minute after, with a day left out, with
// distances to UTC that are no whole hours, and with changes a month apart.
constexpr const char* kZones[] = {
    "UTC",         "Europe/Stockholm",    "America/St_Johns", "America/Sao_Paulo",
    "Asia/Beirut", "Africa/Casablanca",   "Pacific/Apia",     "Asia/Kathmandu",
    "Asia/Amman",  "America/Scoresbysund"};

int Expected(int64_t seconds, absl::TimeZone zone) {
  return WeekNumber(WeekOf(absl::FromUnixSeconds(seconds), zone));
}

TEST(ZonedWeeksTest, AreTheCalendarsAtAnyMoment) {
  std::mt19937_64 random(20121106);
  std::uniform_int_distribution<int64_t> any(kFirstSecond, kEndSecond - 1);
  std::uniform_int_distribution<int64_t> lately(0, 4'102'444'800);  // 1970–2099
  for (const char* name : kZones) {
    const absl::TimeZone zone = LoadZone(name).value();
    ZonedWeeks weeks(zone);
    for (int i = 0; i < 3000; ++i) {
      for (const int64_t seconds : {any(random), lately(random)}) {
        ASSERT_EQ(weeks.Of(seconds), Expected(seconds, zone)) << name << " " << seconds;
      }
    }
    for (const int64_t seconds : {kFirstSecond, kEndSecond - 1, int64_t{0}, int64_t{-1}}) {
      ASSERT_EQ(weeks.Of(seconds), Expected(seconds, zone)) << name << " " << seconds;
    }
  }
}

TEST(ZonedWeeksTest, AreTheCalendarsAroundEveryChangeOfTheClockAndEveryMonday) {
  for (const char* name : kZones) {
    const absl::TimeZone zone = LoadZone(name).value();
    ZonedWeeks weeks(zone);
    const auto expect_around = [&](absl::Time at) {
      for (int minutes = -90; minutes <= 90; minutes += 15) {
        for (const int64_t second : {-1, 0}) {
          const int64_t seconds = absl::ToUnixSeconds(at + absl::Minutes(minutes)) + second;
          ASSERT_EQ(weeks.Of(seconds), Expected(seconds, zone)) << name << " " << seconds;
        }
      }
    };
    absl::TimeZone::CivilTransition change;
    absl::Time at = absl::FromUnixSeconds(0);
    for (int i = 0; i < 300 && zone.NextTransition(at, &change); ++i) {
      at = zone.At(change.to).trans;
      expect_around(at);
    }
    for (int number = 1500; number < 3600; number += 7) {
      expect_around(WeekBegin(WeekOfNumber(number), zone));
    }
  }
}

}  // namespace
}  // namespace vaka::est
