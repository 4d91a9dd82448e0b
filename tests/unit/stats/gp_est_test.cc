#include "libs/stats/gp_est.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "libs/stats/multiple.h"
#include "tests/unit/stats/csv.h"

namespace vaka::stats {
namespace {

// The reference panel: 12 areas × 208 weeks.
struct OwnPanel {
  static constexpr int kAreas = 12;
  static constexpr int kWeeks = 208;
  std::vector<int32_t> counts = std::vector<int32_t>(kAreas * kWeeks, kMissing);
  std::vector<double> sizes = std::vector<double>(kAreas, 0);
  std::vector<double> season = std::vector<double>(kWeeks, 0);

  OwnPanel() {
    for (auto& row : ReadCsv("own_panel_12x208.csv")) {
      const size_t area = std::stoul(row["area"]) - 1;
      const size_t week = std::stoul(row["week"]) - 1;
      sizes[area] = Number(row["h"]);
      season[week] = Number(row["s"]);
      if (!row["count"].empty() && row["count"] != "NA") {
        counts[area * kWeeks + week] = std::stoi(row["count"]);
      }
    }
  }
  Panel panel() const { return {kAreas, kWeeks, counts, sizes, season}; }
};

struct Config {
  int weeks = 52;
  int guard = 2;
  bool season = true;
  bool sizes = true;
  bool alone = false;  // each area by itself
  double phi_max = 5;
  double winsor = 0;
};

const std::map<std::string, Config>& Configs() {
  static const auto* configs = new std::map<std::string, Config>{
      {"default", {}},
      {"short26", {.weeks = 26}},
      {"short8", {.weeks = 8, .guard = 0, .season = false}},
      {"noseason", {.season = false}},
      {"jeffreys26",
       {.weeks = 26, .guard = 0, .season = false, .sizes = false, .alone = true, .phi_max = 1}},
      {"winsor", {.winsor = 0.995}},
  };
  return *configs;
}

// One area's fit and prediction as the reference has them.
struct Result {
  int observed = 0;
  GpEst::Area area;
  double a = 0, b = 0, phi = 0, mu = 0, size = 0, p = 1, p_bh = 1;
  int upper = 0;
};

std::vector<Result> TestAll(const OwnPanel& own, const Config& config, int week) {
  std::vector<Result> results;
  GpEst est({.phi_max = config.phi_max, .winsor = config.winsor});
  const Columns baseline = BaselineOf(week, config.guard, config.weeks);
  Panel panel = own.panel();
  if (!config.season) panel.season = {};
  if (!config.sizes) panel.sizes = {};
  if (!config.alone) est.Fit(panel, baseline);
  for (int i = 0; i < OwnPanel::kAreas; ++i) {
    int row = i;
    if (config.alone) {
      est.Fit({1,
               panel.weeks,
               absl::MakeSpan(own.counts)
                   .subspan(static_cast<size_t>(i * panel.weeks), static_cast<size_t>(panel.weeks)),
               {},
               {}},
              baseline);
      row = 0;
    }
    const NegativeBinomial law = est.Predict(row, panel.size_of(i) * panel.season_of(week));
    const int observed = panel.at(i, week);
    results.push_back({observed, est.area(row), est.a(), est.b(), est.phi(), law.mean, law.size,
                       law.Tail(observed), 1, law.Quantile(0.99)});
  }
  std::vector<double> p;  // of the areas that reported: the others are not tested
  for (const Result& result : results) {
    if (result.observed != kMissing) p.push_back(result.p);
  }
  std::vector<double> adjusted(p.size());
  std::vector<uint32_t> order;
  BenjaminiHochberg(p, absl::MakeSpan(adjusted), order);
  auto next = adjusted.begin();
  for (Result& result : results) {
    if (result.observed != kMissing) result.p_bh = *next++;
  }
  return results;
}

TEST(GpEstTest, AgreesWithTheReferenceInEveryConfiguration) {
  const OwnPanel own;
  std::map<std::pair<std::string, int>, std::vector<Result>> tested;
  int rows = 0;
  for (auto& row : ReadCsv("gp_est_expected.csv")) {
    const std::pair<std::string, int> which = {row["config"], std::stoi(row["t"])};
    SCOPED_TRACE(which.first + " t=" + row["t"] + " area=" + row["area"]);
    ASSERT_TRUE(Configs().contains(which.first));
    if (!tested.contains(which)) {
      tested[which] = TestAll(own, Configs().at(which.first), which.second - 1);
    }
    const Result& result = tested[which][std::stoul(row["area"]) - 1];
    if (row["observed"].empty() || row["observed"] == "NA") {
      EXPECT_EQ(result.observed, kMissing);
      continue;
    }
    ++rows;
    EXPECT_EQ(result.observed, std::stoi(row["observed"]));
    EXPECT_NEAR(result.area.sum, Number(row["S"]), 1e-9);
    EXPECT_NEAR(result.area.exposure, Number(row["E"]), 1e-9);
    EXPECT_NEAR(result.a, Number(row["a"]), 1e-9);
    EXPECT_NEAR(result.b, Number(row["b"]), 1e-9);
    EXPECT_NEAR(result.phi, Number(row["phi"]), 1e-9);
    EXPECT_NEAR(result.area.shape, Number(row["A"]), 1e-9);
    EXPECT_NEAR(result.area.rate, Number(row["B"]), 1e-9);
    EXPECT_NEAR(result.mu, Number(row["mu"]), 1e-9);
    EXPECT_NEAR(result.size, Number(row["size"]), 1e-9);
    EXPECT_NEAR(result.p, Number(row["pvalue"]), 1e-9);
    EXPECT_NEAR(result.p_bh, Number(row["p_bh"]), 1e-9);
    EXPECT_EQ(result.upper, std::stoi(row["upper99"]));
  }
  EXPECT_GT(rows, 700);
}

// --- METHODS §1.5 -------------------------------------------------------------------------------

// Four areas × 20 weeks, the same count everywhere.
std::vector<int32_t> Level(int32_t count) { return std::vector<int32_t>(4 * 20, count); }
Panel PanelOf(const std::vector<int32_t>& counts) { return {4, 20, counts, {}, {}}; }

TEST(GpEstTest, AnAreaWithoutHistoryBorrowsFromTheOthers) {
  std::vector<int32_t> counts = Level(1);
  for (size_t week = 0; week < 20; ++week) counts[week] = kMissing;
  GpEst est({});
  est.Fit(PanelOf(counts), {0, 18});
  EXPECT_EQ(est.area(0).weeks, 0);
  const NegativeBinomial law = est.Predict(0, 1);
  EXPECT_NEAR(law.mean, 1, 0.05);
  EXPECT_GT(law.Tail(1), 0.4);
  EXPECT_EQ(law.Tail(0), 1);
}

TEST(GpEstTest, ALargerCountIsNeverLessUnusual) {
  const std::vector<int32_t> counts = Level(2);
  GpEst est({});
  est.Fit(PanelOf(counts), {0, 18});
  const NegativeBinomial law = est.Predict(1, 1);
  for (int y = 0; y < 30; ++y) EXPECT_GE(law.Tail(y), law.Tail(y + 1)) << y;
}

TEST(GpEstTest, AnEventOfItsOwnRaisesWhatAnAreaExpects) {
  std::vector<int32_t> counts = Level(1);
  GpEst before({.b_min = 8, .b_max = 8, .phi_max = 1});
  before.Fit(PanelOf(counts), {0, 18});
  counts[5] += 1;
  GpEst after({.b_min = 8, .b_max = 8, .phi_max = 1});
  after.Fit(PanelOf(counts), {0, 18});
  EXPECT_GT(after.Predict(0, 1).mean, before.Predict(0, 1).mean);
}

TEST(GpEstTest, AMissingWeekIsNotAQuietOne) {
  std::vector<int32_t> missing = Level(2);
  std::vector<int32_t> quiet = Level(2);
  for (size_t week = 4; week < 10; ++week) {
    missing[week] = kMissing;
    quiet[week] = 0;
  }
  GpEst est({});
  est.Fit(PanelOf(missing), {0, 18});
  const double with_missing = est.Predict(0, 1).mean;
  EXPECT_NEAR(with_missing, 2, 0.05);
  est.Fit(PanelOf(quiet), {0, 18});
  EXPECT_LT(est.Predict(0, 1).mean, with_missing - 0.2);
}

TEST(GpEstTest, ACategoryThatNeverHappenedIsFinite) {
  const std::vector<int32_t> counts = Level(0);
  GpEst est({});
  est.Fit(PanelOf(counts), {0, 18});
  EXPECT_DOUBLE_EQ(est.a(), 0.5 * est.b() / 52);
  const NegativeBinomial law = est.Predict(0, 1);
  EXPECT_GT(law.mean, 0);
  EXPECT_TRUE(std::isfinite(law.mean));
  EXPECT_LT(law.Tail(3), 0.01);
}

TEST(GpEstTest, OneAreaAloneHasJeffreysPrior) {
  const std::vector<int32_t> counts = {1, 0, 2, 1, 0, 3, 1, 0, 1, 2};
  GpEst est({.phi_max = 1});
  est.Fit({1, 10, counts, {}, {}}, {0, 9});
  EXPECT_EQ(est.a(), 0.5);
  EXPECT_EQ(est.b(), 0);
  EXPECT_NEAR(est.Predict(0, 1).mean, 9.5 / 9, 1e-12);
}

TEST(GpEstTest, AnEmptyBaselineGivesNoNumbersThatAreNone) {
  const std::vector<int32_t> counts = {kMissing, kMissing, kMissing};
  GpEst est({});
  est.Fit({1, 3, counts, {}, {}}, {0, 2});
  EXPECT_EQ(est.Predict(0, 1).mean, 0);
  EXPECT_EQ(est.Predict(0, 1).Tail(1), 0);
  const std::vector<int32_t> two(6, kMissing);
  est.Fit({2, 3, two, {}, {}}, {0, 0});
  EXPECT_TRUE(std::isfinite(est.Predict(1, 1).mean));
}

TEST(GpEstTest, TheGuardIsLeftOutWhileHistoryIsShort) {
  EXPECT_EQ(GuardFor(25), 0);
  EXPECT_EQ(GuardFor(26), 2);
  EXPECT_EQ(BaselineOf(60, 2).begin, 6);
  EXPECT_EQ(BaselineOf(60, 2).end, 58);
  EXPECT_EQ(BaselineOf(10, 0).begin, 0);
  EXPECT_EQ(BaselineOf(1, 2).end, 0);
}

}  // namespace
}  // namespace vaka::stats
