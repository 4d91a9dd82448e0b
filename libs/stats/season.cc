#include "libs/stats/season.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "libs/stats/gp_est.h"

namespace vaka::stats {
namespace {

constexpr double kWeeksOfAYear = 52.18;  // METHODS §1.3

struct Named {
  absl::string_view name;
  MonthShape months;
};

// The table as its source has it; their means, within 0.04 % of 1, are divided out by SeasonOf.
constexpr Named kShapes[] = {
    {"villa", {1.08, 0.98, 0.96, 0.84, 0.8, 0.82, 0.92, 0.92, 0.95, 1.15, 1.35, 1.23}},
    {"flat", {1.02, 0.98, 1.0, 0.96, 0.97, 0.97, 1.02, 1.0, 0.99, 1.01, 1.05, 1.03}},
    {"cellar", {1.1, 1.02, 1.0, 0.92, 0.88, 0.85, 0.88, 0.92, 0.97, 1.08, 1.22, 1.16}},
    {"vehicle", {0.98, 0.96, 1.0, 0.98, 1.0, 0.97, 0.93, 1.0, 1.04, 1.06, 1.05, 1.03}},
    {"graffiti", {0.9, 0.9, 1.05, 1.15, 1.12, 1.0, 0.85, 0.98, 1.08, 1.05, 1.0, 0.92}},
    {"damage", {0.95, 0.9, 0.98, 1.05, 1.08, 1.04, 0.98, 1.04, 1.05, 1.02, 0.98, 0.93}},
    {"assault",
     {1.0094, 0.9406, 0.9496, 0.9521, 1.0997, 1.0862, 0.9038, 0.9825, 1.0294, 1.0719, 0.9943,
      0.9766}},
    {"robbery", {0.95, 0.92, 0.95, 0.98, 1.0, 0.98, 0.92, 1.02, 1.07, 1.1, 1.08, 1.03}},
    {"bike", {0.45, 0.45, 0.7, 1.0, 1.3, 1.4, 1.2, 1.5, 1.45, 1.2, 0.85, 0.5}},
    {"even", {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0}},
    {"wildfire", {0.1, 0.2, 0.9, 2.2, 2.2, 1.9, 2.1, 1.2, 0.6, 0.3, 0.2, 0.1}},
    {"arson", {0.95, 0.85, 0.95, 1.1, 1.15, 1.05, 1.0, 1.15, 1.05, 0.95, 0.9, 0.9}},
    {"youth", {0.7, 0.75, 0.95, 1.05, 1.2, 1.25, 1.1, 1.3, 1.2, 1.0, 0.8, 0.7}},
    {"moped", {0.4, 0.4, 0.8, 1.3, 1.6, 1.5, 1.3, 1.5, 1.3, 0.9, 0.6, 0.4}},
    {"litter", {0.8, 0.8, 1.1, 1.2, 1.15, 1.05, 0.95, 1.0, 1.05, 1.05, 1.0, 0.85}},
    {"tips", {1.0, 0.95, 0.95, 0.92, 0.95, 0.95, 1.0, 1.0, 0.98, 1.08, 1.15, 1.07}},
    {"ALL_CRIMES_SE_1998",
     {0.9449, 0.9343, 0.9571, 0.9878, 1.0154, 1.0964, 1.0313, 1.0854, 1.1031, 1.0622, 0.9567,
      0.8236}},
};

// Solves the symmetric 3 × 3 system in place by elimination; false when it is singular.
bool Solve(std::array<std::array<double, 4>, 3>& rows) {
  for (size_t k = 0; k < 3; ++k) {
    if (!(std::abs(rows[k][k]) > 1e-12)) return false;
    for (size_t r = 0; r < 3; ++r) {
      if (r == k) continue;
      const double factor = rows[r][k] / rows[k][k];
      for (size_t c = k; c < 4; ++c) rows[r][c] -= factor * rows[k][c];
    }
  }
  for (size_t k = 0; k < 3; ++k) rows[k][3] /= rows[k][k];
  return true;
}

// Mean of the wave over a year; the modified Bessel function I0 of its amplitude, by its series.
double MeanOfWave(double cosine, double sine) {
  const double quarter = (cosine * cosine + sine * sine) / 4;
  double term = 1;
  double sum = 1;
  for (int k = 1; k < 40; ++k) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

}  // namespace

const MonthShape* FindMonthShape(absl::string_view name) {
  for (const Named& shape : kShapes) {
    if (shape.name == name) return &shape.months;
  }
  return nullptr;
}

double SeasonOf(const MonthShape& shape, absl::CivilDay monday) {
  const double mean = std::accumulate(shape.begin(), shape.end(), 0.0) / 12;
  // A week lies in one month, or in two.
  const absl::CivilDay sunday = monday + 6;
  const int of_second = monday.month() == sunday.month() ? 0 : sunday.day();
  double sum = 0;
  for (int day = 0; day < 7; ++day) {
    sum += shape[static_cast<size_t>((day < 7 - of_second ? monday : sunday).month() - 1)];
  }
  return sum / 7 / mean;
}

YearAngle AngleOf(absl::CivilDay monday) {
  const double weeks = (absl::GetYearDay(monday + 3) - 1) / 7.0;
  const double x = 2 * std::numbers::pi * weeks / kWeeksOfAYear;
  return {std::cos(x), std::sin(x)};
}

double Harmonic::At(YearAngle week) const {
  return std::exp(cosine * week.cosine + sine * week.sine) / mean;
}

std::optional<Harmonic> FitHarmonic(absl::Span<const int> counts,
                                    absl::Span<const YearAngle> angles) {
  double total = 0;
  int observed = 0;
  for (const int y : counts) {
    if (y == kMissing) continue;
    total += y;
    ++observed;
  }
  if (observed < kHarmonicWeeks || total < observed) return std::nullopt;

  std::array<double, 3> beta = {std::log(total / observed), 0, 0};
  for (int round = 0; round < 25; ++round) {
    // Newton's step: information × step = score. Dispersion cancels, so quasi-Poisson is Poisson.
    double sum = 0, cosine = 0, sine = 0, cosine2 = 0, mixed = 0, sine2 = 0;
    std::array<double, 3> score{};
    for (size_t u = 0; u < counts.size(); ++u) {
      if (counts[u] == kMissing) continue;
      const YearAngle z = angles[u];
      const double mu = std::exp(beta[0] + beta[1] * z.cosine + beta[2] * z.sine);
      sum += mu;
      cosine += mu * z.cosine;
      sine += mu * z.sine;
      cosine2 += mu * z.cosine * z.cosine;
      mixed += mu * z.cosine * z.sine;
      sine2 += mu * z.sine * z.sine;
      const double off = counts[u] - mu;
      score[0] += off;
      score[1] += off * z.cosine;
      score[2] += off * z.sine;
    }
    std::array<std::array<double, 4>, 3> rows = {{{sum, cosine, sine, score[0]},
                                                  {cosine, cosine2, mixed, score[1]},
                                                  {sine, mixed, sine2, score[2]}}};
    if (!Solve(rows)) return std::nullopt;
    double largest = 0;
    for (size_t k = 0; k < 3; ++k) {
      beta[k] += rows[k][3];
      largest = std::max(largest, std::abs(rows[k][3]));
    }
    if (!std::isfinite(largest)) return std::nullopt;
    if (largest < 1e-10) return Harmonic{beta[1], beta[2], MeanOfWave(beta[1], beta[2])};
  }
  return std::nullopt;
}

}  // namespace vaka::stats
