#include "services/est/picture.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

namespace vaka::est {
namespace {

constexpr int kBaselineWeeks = 52;
constexpr int kGuard = 2;
constexpr int kLeastWeeks = 5;      // observed in the baseline; fewer: no flag
constexpr int kSeasonWeeks = 156;   // history that a season is fitted to
constexpr int kDrift = 4;           // weeks of the sum that "rising" asks about
constexpr int kDefaultMinimum = 3;  // y_min
constexpr stats::Thresholds kThresholds;

double Round(double value) { return std::round(value * 1e9) / 1e9; }

v1::FlagLevel ToFlag(stats::Unusual unusual) {
  switch (unusual) {
    case stats::Unusual::kUsual:
      return v1::FLAG_LEVEL_USUAL;
    case stats::Unusual::kWatch:
      return v1::FLAG_LEVEL_WATCH;
    case stats::Unusual::kFlag:
      return v1::FLAG_LEVEL_UNUSUAL;
    case stats::Unusual::kClear:
      return v1::FLAG_LEVEL_CLEAR;
  }
  return v1::FLAG_LEVEL_UNSPECIFIED;
}

int MinimumOf(const registry::v1::Category& category) {
  return category.flag_minimum() == 0 ? kDefaultMinimum : static_cast<int>(category.flag_minimum());
}

bool IsFlag(v1::FlagLevel flag) {
  return flag == v1::FLAG_LEVEL_WATCH || flag == v1::FLAG_LEVEL_UNUSUAL ||
         flag == v1::FLAG_LEVEL_CLEAR;
}

void SetAgencies(const CellTally& tally, v1::Cell& cell) {
  cell.set_count(static_cast<uint32_t>(tally.count));
  for (const AgencyTally& agency : tally.agencies) {
    v1::AgencyCount& by = *cell.add_by_agency();
    by.set_agency(std::string(agency.agency));
    by.set_count(static_cast<uint32_t>(agency.count));
  }
}

}  // namespace

uint32_t LevelOf(v1::FlagLevel flag, bool rising, int count, double expected) {
  if (flag == v1::FLAG_LEVEL_CLEAR) return 5;
  if (flag == v1::FLAG_LEVEL_UNUSUAL) return 4;
  if (flag == v1::FLAG_LEVEL_WATCH || rising) return 3;
  if (count == 0) return 1;
  return flag == v1::FLAG_LEVEL_USUAL && count <= expected ? 1 : 2;
}

PictureMaker::PictureMaker(const registry::v1::MunicipalityConfig& config, const Counts& counts)
    : config_(config), counts_(counts), districts_(static_cast<size_t>(config.districts_size())) {}

v1::Picture PictureMaker::Make(IsoWeek week) {
  const int number = WeekNumber(week);
  SetWeeks(number);
  const size_t categories = static_cast<size_t>(config_.categories_size());
  tested_.assign(categories * districts_, Tested{});
  for (size_t c = 0; c < categories; ++c) TestCategory(c);
  Adjust();

  // Cells by district and category: the configured ones, then what was counted elsewhere.
  std::map<std::pair<absl::string_view, absl::string_view>, v1::Cell> cells;
  std::map<absl::string_view, bool> insecurity;  // category → is the indicator's
  for (size_t c = 0; c < categories; ++c) {
    const registry::v1::Category& category = config_.categories(static_cast<int>(c));
    insecurity[category.id()] = category.insecurity();
    for (size_t d = 0; d < districts_; ++d) {
      const Tested& test = tested(d, c);
      v1::Cell cell = CellOf(d, c, test);
      if (test.count == 0 && !IsFlag(cell.flag()) && !cell.rising()) continue;
      cells.emplace(std::pair(absl::string_view(config_.districts(static_cast<int>(d)).id()),
                              absl::string_view(category.id())),
                    std::move(cell));
    }
  }
  v1::Picture picture;
  int total = 0;
  int felt = 0;
  for (const CellTally& tally : counts_.TallyOf(number)) {
    v1::Cell& cell = cells[{tally.district, tally.category}];
    if (cell.category().empty()) {
      cell.set_district(std::string(tally.district));
      cell.set_category(std::string(tally.category));
      cell.set_flag(v1::FLAG_LEVEL_NOT_FLAGGED);
      cell.set_level(2);
    }
    SetAgencies(tally, cell);
    const auto indicator = insecurity.find(tally.category);
    const bool perceived = indicator != insecurity.end() && indicator->second;
    if (!perceived) total += tally.count;
    felt += perceived ? tally.count : tally.insecurity;
  }
  for (auto& [place, cell] : cells) *picture.add_cells() = std::move(cell);
  double chance = 0;
  for (const Tested& test : tested_) chance += test.chance;
  picture.set_chance_flags(Round(chance));
  picture.set_total(static_cast<uint32_t>(total));
  picture.set_insecurity(static_cast<uint32_t>(felt));
  picture.set_method(kMethod);
  return picture;
}

void PictureMaker::SetWeeks(int week) {
  first_ = std::max(counts_.FirstWeek(week), week - kSeasonWeeks);
  weeks_ = week - first_ + 1;
  const size_t weeks = static_cast<size_t>(weeks_);
  observed_.resize(weeks);
  angles_.resize(weeks);
  mondays_.resize(weeks);
  for (size_t u = 0; u < weeks; ++u) {
    const int number = first_ + static_cast<int>(u);
    observed_[u] = counts_.Observed(number) ? 1 : 0;
    mondays_[u] = MondayOf(WeekOfNumber(number));
    angles_[u] = stats::AngleOf(mondays_[u]);
  }
  panel_.resize(districts_ * weeks);
  totals_.resize(weeks);
  factors_.clear();
}

void PictureMaker::Gather(const registry::v1::Category& category) {
  const size_t weeks = static_cast<size_t>(weeks_);
  std::fill(totals_.begin(), totals_.end(), 0);
  for (size_t d = 0; d < districts_; ++d) {
    const absl::Span<int32_t> row = absl::MakeSpan(panel_).subspan(d * weeks, weeks);
    counts_.Series(config_.districts(static_cast<int>(d)).id(), category.id(), first_, row);
    for (size_t u = 0; u < weeks; ++u) {
      if (observed_[u] == 0) row[u] = stats::kMissing;
      totals_[u] = observed_[u] == 0 ? stats::kMissing : totals_[u] + row[u];
    }
  }
}

const std::vector<double>& PictureMaker::FactorsOf(const stats::MonthShape* shape) {
  std::vector<double>& factors = factors_[shape];
  if (factors.empty()) {
    for (const absl::CivilDay monday : mondays_) {
      factors.push_back(stats::SeasonOf(*shape, monday));
    }
  }
  return factors;
}

void PictureMaker::SetSeason(const registry::v1::Category& category) {
  const stats::MonthShape* shape = stats::FindMonthShape(category.month_shape());
  if (shape == nullptr) shape = stats::FindMonthShape("even");
  season_ = FactorsOf(shape);
  // The picture's own week is left out of what the season is learned from.
  const size_t history = static_cast<size_t>(weeks_ - 1);
  const std::optional<stats::Harmonic> fitted = stats::FitHarmonic(
      absl::MakeConstSpan(totals_).first(history), absl::MakeConstSpan(angles_).first(history));
  if (!fitted.has_value()) return;
  for (size_t u = 0; u < season_.size(); ++u) {
    season_[u] = stats::Shrunk(season_[u], *fitted, angles_[u]);
  }
}

void PictureMaker::TestCategory(size_t c) {
  const registry::v1::Category& category = config_.categories(static_cast<int>(c));
  if (districts_ == 0) return;
  Gather(category);
  SetSeason(category);
  const int last = weeks_ - 1;
  const stats::Panel panel{static_cast<int>(districts_), weeks_, panel_, {}, season_};
  const auto sum = [&](size_t d, int end) {
    int total = 0;
    for (int u = std::max(0, end - kDrift); u < end; ++u) {
      total += std::max(0, panel.at(static_cast<int>(d), u));
    }
    return total;
  };
  const int guard = stats::GuardFor(last, kGuard);
  est_.Fit(panel, stats::BaselineOf(last, guard, kBaselineWeeks));
  for (size_t d = 0; d < districts_; ++d) {
    Tested& test = tested(d, c);
    test.count = std::max(0, panel.at(static_cast<int>(d), last));
    test.four_weeks = sum(d, weeks_);
    test.four_before = sum(d, weeks_ - kDrift);
    test.testable =
        est_.area(static_cast<int>(d)).weeks >= kLeastWeeks && !category.police_activity();
    if (!test.testable) continue;
    test.law = est_.Predict(static_cast<int>(d), season_[static_cast<size_t>(last)]);
    test.p = test.law.Tail(test.count);
    test.chance = test.law.CriticalCount(kThresholds.flag, MinimumOf(category)).p;
  }
  if (last < kDrift) return;
  est_.Fit(panel, stats::BaselineOf(last, guard + kDrift, kBaselineWeeks));
  double season = 0;
  for (int u = weeks_ - kDrift; u < weeks_; ++u) {
    if (observed_[static_cast<size_t>(u)] != 0) season += season_[static_cast<size_t>(u)];
  }
  for (size_t d = 0; d < districts_; ++d) {
    Tested& test = tested(d, c);
    if (!test.testable || est_.area(static_cast<int>(d)).weeks < kLeastWeeks) continue;
    test.p_four_weeks = est_.Predict(static_cast<int>(d), season).Tail(test.four_weeks);
  }
}

void PictureMaker::Adjust() {
  std::vector<double> p;
  for (const Tested& test : tested_) {
    if (test.testable) p.push_back(test.p);
  }
  std::vector<double> adjusted(p.size());
  stats::BenjaminiHochberg(p, absl::MakeSpan(adjusted), order_);
  auto next = adjusted.begin();
  for (Tested& test : tested_) {
    if (test.testable) test.p_adjusted = *next++;
  }
}

v1::Cell PictureMaker::CellOf(size_t d, size_t c, const Tested& test) const {
  const registry::v1::Category& category = config_.categories(static_cast<int>(c));
  v1::Cell cell;
  cell.set_district(config_.districts(static_cast<int>(d)).id());
  cell.set_category(category.id());
  cell.set_count(static_cast<uint32_t>(test.count));
  cell.set_change_4_weeks(test.four_weeks - test.four_before);
  if (!test.testable) {
    cell.set_flag(category.police_activity() ? v1::FLAG_LEVEL_NOT_FLAGGED
                                             : v1::FLAG_LEVEL_TOO_SHORT);
    cell.set_level(LevelOf(cell.flag(), false, test.count, 0));
    return cell;
  }
  const int minimum = MinimumOf(category);
  const bool rising = test.p_four_weeks <= kThresholds.flag && test.four_weeks >= minimum;
  cell.set_flag(ToFlag(stats::Judge(test.p, test.p_adjusted, test.count, minimum, kThresholds)));
  cell.set_expected(Round(test.law.mean));
  cell.set_low(static_cast<uint32_t>(test.law.Quantile(0.05)));
  cell.set_high(static_cast<uint32_t>(test.law.Quantile(0.99)));
  cell.set_p(Round(test.p));
  cell.set_p_adjusted(Round(test.p_adjusted));
  cell.set_p_4_weeks(Round(test.p_four_weeks));
  cell.set_rising(rising);
  cell.set_level(LevelOf(cell.flag(), rising, test.count, test.law.mean));
  return cell;
}

}  // namespace vaka::est
