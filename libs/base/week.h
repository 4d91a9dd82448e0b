#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace vaka {

// An ISO 8601 week: Monday 00:00 to next Monday 00:00 in a municipality's zone, half-open. 2026
// has 53. `year` is the ISO year, which differs from the calendar's around new year.
struct IsoWeek {
  int year = 0;
  int week = 0;  // 1–53

  auto operator<=>(const IsoWeek&) const = default;
};

// The zone of an IANA name. INVALID_ARGUMENT names the zone when the machine does not know it.
absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name);

IsoWeek WeekOf(absl::CivilDay day);
IsoWeek WeekOf(absl::Time time, absl::TimeZone zone);
absl::CivilDay MondayOf(IsoWeek week);
absl::Time WeekBegin(IsoWeek week, absl::TimeZone zone);  // Monday 00:00
absl::Time WeekEnd(IsoWeek week,
                   absl::TimeZone zone);  // next Monday 00:00: 167, 168 or 169 hours later
IsoWeek AddWeeks(IsoWeek week, int weeks);
bool IsValid(IsoWeek week);  // week 53 only in years that have one

// A civil moment of a week. `iso_weekday` 1–7. In the hour that spring skips: the moment after the
// gap.
absl::Time MomentOf(IsoWeek week, int iso_weekday, int hour, int minute, absl::TimeZone zone);

std::string ToString(IsoWeek week);                          // "2026-W47"
absl::StatusOr<IsoWeek> ParseWeek(const std::string& text);  // the same form

}  // namespace vaka
