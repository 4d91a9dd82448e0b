#pragma once

#include <array>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"

namespace vaka::stats {

// A year's shape: the factor of each month, January first, mean 1.
using MonthShape = std::array<double, 12>;

// A default shape by name ("villa", "vehicle", "even", …). Null: no such shape.
// Source: the generator's month_index table; for each row it says whether it was observed (Brå,
// SBFF), derived or assumed. Villa and ALL_CRIMES_SE_1998 and assault rest on published figures.
const MonthShape* FindMonthShape(absl::string_view name);

// The factor of the week that begins on `monday`: the mean over its seven days, so that a week
// across two months lies between them. By date, never by week number: week 53 needs no special
// case.
double SeasonOf(const MonthShape& shape, absl::CivilDay monday);

// A week's place in the year: cosine and sine of 2 π (Thursday's day of the year / 7) / 52.18.
struct YearAngle {
  double cosine = 1;
  double sine = 0;
};
YearAngle AngleOf(absl::CivilDay monday);

// One yearly wave: exp(cosine × angle.cosine + sine × angle.sine) / mean.
struct Harmonic {
  double cosine = 0;
  double sine = 0;
  double mean = 1;  // of the exponential over a year

  double At(YearAngle week) const;
};

inline constexpr int kHarmonicWeeks = 104;  // history that a fitted season needs

// Log-linear quasi-Poisson fit of a category's weekly counts over the whole municipality.
// `angles` are the counts' weeks; kMissing weeks are left out. Nothing when fewer than 104 weeks
// were observed, when there is less than one event a week to learn from, or when the fit does not
// settle. Does not allocate.
std::optional<Harmonic> FitHarmonic(absl::Span<const int> counts,
                                    absl::Span<const YearAngle> angles);

// The season that a picture uses: the fitted wave shrunk halfway to the default shape's factor.
inline double Shrunk(double default_factor, const Harmonic& fitted, YearAngle week) {
  return (default_factor + fitted.At(week)) / 2;
}

}  // namespace vaka::stats
