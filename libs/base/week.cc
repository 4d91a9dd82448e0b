#include "libs/base/week.h"

#include <cstdio>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"

namespace vaka {
namespace {

// The Thursday of a day's week decides its ISO year.
absl::CivilDay ThursdayOf(absl::CivilDay day) {
  return absl::NextWeekday(absl::PrevWeekday(day + 1, absl::Weekday::monday),
                           absl::Weekday::thursday);
}

}  // namespace

absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name) {
  absl::TimeZone zone;
  if (name.empty() || !absl::LoadTimeZone(name, &zone)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "zone: unknown time zone \"", name, "\", expected an IANA name such as Europe/Stockholm"));
  }
  return zone;
}

IsoWeek WeekOf(absl::CivilDay day) {
  const absl::CivilDay thursday = ThursdayOf(day);
  return {static_cast<int>(thursday.year()), (absl::GetYearDay(thursday) - 1) / 7 + 1};
}

IsoWeek WeekOf(absl::Time time, absl::TimeZone zone) {
  return WeekOf(absl::ToCivilDay(time, zone));
}

absl::CivilDay MondayOf(IsoWeek week) {
  const absl::CivilDay first_thursday = ThursdayOf(absl::CivilDay(week.year, 1, 4));
  return first_thursday - 3 + 7 * (week.week - 1);
}

absl::Time WeekBegin(IsoWeek week, absl::TimeZone zone) {
  return absl::FromCivil(MondayOf(week), zone);
}

absl::Time WeekEnd(IsoWeek week, absl::TimeZone zone) {
  return absl::FromCivil(MondayOf(week) + 7, zone);
}

IsoWeek AddWeeks(IsoWeek week, int weeks) { return WeekOf(MondayOf(week) + 7 * weeks); }

bool IsValid(IsoWeek week) {
  return week.year >= 1900 && week.year <= 9999 && week.week >= 1 && week.week <= 53 &&
         WeekOf(MondayOf(week)) == week;
}

absl::Time MomentOf(IsoWeek week, int iso_weekday, int hour, int minute, absl::TimeZone zone) {
  const absl::CivilDay day = MondayOf(week) + (iso_weekday - 1);
  return absl::FromCivil(absl::CivilMinute(day.year(), day.month(), day.day(), hour, minute), zone);
}

std::string ToString(IsoWeek week) { return absl::StrFormat("%04d-W%02d", week.year, week.week); }

absl::StatusOr<IsoWeek> ParseWeek(const std::string& text) {
  IsoWeek week;
  int used = 0;
  if (std::sscanf(text.c_str(), "%4d-W%2d%n", &week.year, &week.week, &used) != 2 ||
      static_cast<size_t>(used) != text.size() || !IsValid(week)) {
    return absl::InvalidArgumentError(
        absl::StrCat("week: \"", text, "\" is no ISO week, expected e.g. 2026-W47"));
  }
  return week;
}

}  // namespace vaka
