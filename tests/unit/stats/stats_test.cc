#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "libs/stats/gp_est.h"
#include "libs/stats/multiple.h"
#include "libs/stats/negative_binomial.h"
#include "libs/stats/season.h"
#include "tests/unit/stats/csv.h"

namespace vaka::stats {
namespace {

TEST(NegativeBinomialTest, AgreesWithTheReference) {
  auto rows = ReadCsv("nb_tail_unit.csv");
  ASSERT_EQ(rows.size(), 270U);
  for (auto& row : rows) {
    const double mu = Number(row["mu"]);
    const double size = mu / ((Number(row["phi"]) - 1) + mu / Number(row["A"]));
    SCOPED_TRACE("mu=" + row["mu"] + " phi=" + row["phi"] + " A=" + row["A"] + " y=" + row["y"]);
    EXPECT_NEAR(size, Number(row["size"]), 1e-10 * size);
    const NegativeBinomial law{mu, size};
    EXPECT_NEAR(law.Tail(std::stoi(row["y"])), Number(row["p_ge_y"]), 1e-12);
    EXPECT_EQ(law.Quantile(0.99), std::stoi(row["upper99"]));
    EXPECT_EQ(law.Quantile(0.95), std::stoi(row["upper95"]));
  }
}

TEST(NegativeBinomialTest, AnInfiniteSizeIsPoisson) {
  const NegativeBinomial law{2.5, std::numeric_limits<double>::infinity()};
  EXPECT_NEAR(law.Tail(1), 1 - std::exp(-2.5), 1e-15);
  EXPECT_NEAR(law.Tail(3), 1 - std::exp(-2.5) * (1 + 2.5 + 3.125), 1e-15);
}

TEST(NegativeBinomialTest, ALargeMeanDoesNotUnderflow) {
  const NegativeBinomial poisson{5000, std::numeric_limits<double>::infinity()};
  EXPECT_NEAR(poisson.Tail(5000), 0.5, 0.01);
  EXPECT_NEAR(poisson.Quantile(0.99), 5000 + 2.326 * std::sqrt(5000.0), 3);
  const NegativeBinomial wide{20000, 4000};
  EXPECT_NEAR(wide.Quantile(0.5), 20000, 20);
}

TEST(NegativeBinomialTest, TheCriticalCountIsTheFirstThatIsRareEnough) {
  const NegativeBinomial law{0.8, 3};
  const auto critical = law.CriticalCount(0.01, 3);
  EXPECT_LE(critical.p, 0.01);
  EXPECT_DOUBLE_EQ(critical.p, law.Tail(critical.count));
  EXPECT_GT(law.Tail(critical.count - 1), 0.01);
  // A rare category: already 3 is rarer than 1 in 100, and fewer than 3 is never flagged.
  const NegativeBinomial rare{0.02, 1};
  EXPECT_EQ(rare.CriticalCount(0.01, 3).count, 3);
  EXPECT_DOUBLE_EQ(rare.CriticalCount(0.01, 3).p, rare.Tail(3));
}

TEST(BenjaminiHochbergTest, AgreesWithTheReferenceAlsoForTies) {
  std::vector<double> p;
  std::vector<double> expected;
  for (auto& row : ReadCsv("bh_unit.csv")) {
    p.push_back(Number(row["p"]));
    expected.push_back(Number(row["p_bh"]));
  }
  ASSERT_EQ(p.size(), 10U);
  std::vector<double> adjusted(p.size());
  std::vector<uint32_t> order;
  BenjaminiHochberg(p, absl::MakeSpan(adjusted), order);
  for (size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-12) << i;
}

TEST(JudgeTest, NeedsBothARareCountAndEnoughOfThem) {
  const Thresholds thresholds;
  EXPECT_EQ(Judge(0.0001, 0.05, 6, 3, thresholds), Unusual::kClear);
  EXPECT_EQ(Judge(0.005, 0.4, 3, 3, thresholds), Unusual::kFlag);
  EXPECT_EQ(Judge(0.005, 0.05, 2, 3, thresholds), Unusual::kWatch);
  EXPECT_EQ(Judge(0.005, 0.05, 2, 2, thresholds), Unusual::kClear);
  EXPECT_EQ(Judge(0.0001, 0.05, 1, 3, thresholds), Unusual::kUsual);
  EXPECT_EQ(Judge(0.04, 0.9, 4, 3, thresholds), Unusual::kWatch);
  EXPECT_EQ(Judge(0.06, 0.9, 4, 3, thresholds), Unusual::kUsual);
  EXPECT_EQ(Judge(1, 1, 0, 3, thresholds), Unusual::kUsual);
}

TEST(SeasonTest, TheShapesOfTheTableHaveMeanOneOverAYear) {
  ASSERT_NE(FindMonthShape("villa"), nullptr);
  EXPECT_EQ(FindMonthShape("no such"), nullptr);
  const MonthShape& villa = *FindMonthShape("villa");
  double sum = 0;
  for (int week = 0; week < 52; ++week)
    sum += SeasonOf(villa, absl::CivilDay(2026, 1, 5) + 7 * week);
  EXPECT_NEAR(sum / 52, 1, 0.01);
  EXPECT_NEAR(SeasonOf(villa, absl::CivilDay(2026, 11, 9)), 1.35, 1e-12);
  // Five days of November, two of December.
  EXPECT_NEAR(SeasonOf(villa, absl::CivilDay(2026, 11, 26) - 3), 1.35, 1e-12);
  EXPECT_NEAR(SeasonOf(villa, absl::CivilDay(2027, 11, 29)), (2 * 1.35 + 5 * 1.23) / 7, 1e-12);
  // Week 53 of 2026 lies in December and January like any other.
  EXPECT_NEAR(SeasonOf(villa, absl::CivilDay(2026, 12, 28)), (4 * 1.23 + 3 * 1.08) / 7, 1e-12);
}

std::vector<YearAngle> Angles(absl::CivilDay monday, int weeks) {
  std::vector<YearAngle> angles;
  for (int week = 0; week < weeks; ++week) angles.push_back(AngleOf(monday + 7 * week));
  return angles;
}

TEST(SeasonTest, AFittedWaveIsFoundAgain) {
  const std::vector<YearAngle> angles = Angles(absl::CivilDay(2024, 1, 1), 156);
  const Harmonic truth{0.4, -0.3, 1};
  std::vector<int> counts;
  for (const YearAngle& angle : angles) {
    counts.push_back(static_cast<int>(std::lround(500 * truth.At(angle))));
  }
  counts[17] = kMissing;
  const auto fitted = FitHarmonic(counts, angles);
  ASSERT_TRUE(fitted.has_value());
  EXPECT_NEAR(fitted->cosine, 0.4, 0.005);
  EXPECT_NEAR(fitted->sine, -0.3, 0.005);
  double sum = 0;
  for (size_t week = 0; week < 104; ++week) sum += fitted->At(angles[week]);
  EXPECT_NEAR(sum / 104, 1, 0.01);
  EXPECT_NEAR(Shrunk(1, *fitted, angles[0]), (1 + fitted->At(angles[0])) / 2, 1e-12);
}

TEST(SeasonTest, TooLittleHistoryFitsNothing) {
  const std::vector<YearAngle> angles = Angles(absl::CivilDay(2024, 1, 1), 200);
  EXPECT_FALSE(FitHarmonic(std::vector<int>(103, 5), angles).has_value());
  EXPECT_TRUE(FitHarmonic(std::vector<int>(104, 5), angles).has_value());
  std::vector<int> rare(200, 0);
  rare[3] = 2;
  EXPECT_FALSE(FitHarmonic(rare, angles).has_value());
}

}  // namespace
}  // namespace vaka::stats
