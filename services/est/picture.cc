#include "services/est/picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace vaka::est {
namespace {

constexpr int kBaselineWeeks = 52;
constexpr int kGuard = 2;
constexpr int kLeastWeeks = 5;      // observed in the baseline; fewer: no flag
constexpr int kSeasonWeeks = 156;   // history that a season is fitted to
constexpr int kDrift = 4;           // weeks of the sum that "rising" asks about
constexpr int kDefaultMinimum = 3;  // y_min
// Of a municipality's tests: the last week's, the current one's, and one that somebody looks back
// at.
constexpr size_t kKeptWeeks = 3;
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

using Place = std::pair<absl::string_view, absl::string_view>;  // district, category

Place PlaceOf(const CellTally& tally) { return {tally.district, tally.category}; }

// Indices of the configured items in the order of their ids; of equal ids the first.
template <typename Items>
std::vector<size_t> ById(const Items& items) {
  const auto id = [&items](size_t i) -> const std::string& {
    return items.Get(static_cast<int>(i)).id();
  };
  std::vector<size_t> order(static_cast<size_t>(items.size()));
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return id(a) < id(b); });
  const auto same = [&](size_t a, size_t b) { return id(a) == id(b); };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  return order;
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

void TestCache::Clear() {
  absl::MutexLock lock(&mu_);
  weeks_.clear();
}

bool TestCache::Find(int week, size_t category, Basis basis, absl::Span<CellTest> out) const {
  absl::MutexLock lock(&mu_);
  const auto found = weeks_.find(week);
  if (found == weeks_.end() || category >= found->second.size()) return false;
  const Kept& kept = found->second[category];
  if (kept.tests.empty() || kept.basis != basis) return false;
  std::copy(kept.tests.begin(), kept.tests.end(), out.begin());
  return true;
}

void TestCache::Put(int week, size_t category, Basis basis, absl::Span<const CellTest> tests) {
  absl::MutexLock lock(&mu_);
  std::vector<Kept>& categories = weeks_[week];
  if (category >= categories.size()) categories.resize(category + 1);
  categories[category] = {basis, {tests.begin(), tests.end()}};
  if (weeks_.size() <= kKeptWeeks) return;
  const auto oldest = weeks_.begin();
  weeks_.erase(oldest->first == week ? std::next(oldest) : oldest);
}

PictureMaker::PictureMaker(const registry::v1::MunicipalityConfig& config, const Counts& counts,
                           TestCache& kept)
    : config_(config),
      counts_(counts),
      kept_(kept),
      districts_(static_cast<size_t>(config.districts_size())) {}

v1::Picture PictureMaker::Make(IsoWeek week) {
  const int number = WeekNumber(week);
  SetWeeks(number);
  const size_t categories = static_cast<size_t>(config_.categories_size());
  tested_.assign(categories * districts_, CellTest{});
  for (size_t c = 0; c < categories; ++c) TestCategory(c);
  Adjust();

  const std::vector<CellTally> tallies = counts_.TallyOf(number);
  v1::Picture picture;
  AddCells(tallies, picture);
  AddSums(tallies, picture);
  double chance = 0;
  for (const CellTest& test : tested_) chance += test.chance;
  picture.set_chance_flags(Round(chance));
  picture.set_method(kMethod);
  return picture;
}

// By district and category: the configured ones, and between them what was counted elsewhere.
void PictureMaker::AddCells(const std::vector<CellTally>& tallies, v1::Picture& picture) {
  picture.mutable_cells()->Reserve(static_cast<int>(tallies.size()));
  auto tally = tallies.begin();
  const auto add_elsewhere = [&] {
    v1::Cell& cell = *picture.add_cells();
    cell.set_district(std::string(tally->district));
    cell.set_category(std::string(tally->category));
    cell.set_flag(v1::FLAG_LEVEL_NOT_FLAGGED);
    cell.set_level(2);
    SetAgencies(*tally++, cell);
  };
  const std::vector<size_t> categories = ById(config_.categories());
  for (const size_t d : ById(config_.districts())) {
    for (const size_t c : categories) {
      const Place place(config_.districts(static_cast<int>(d)).id(),
                        config_.categories(static_cast<int>(c)).id());
      while (tally != tallies.end() && PlaceOf(*tally) < place) add_elsewhere();
      const CellTest& test = tested(d, c);
      const Verdict verdict = VerdictOf(c, test);
      if (test.count == 0 && !IsFlag(verdict.flag) && !verdict.rising) continue;
      v1::Cell& cell = *picture.add_cells();
      SetCell(d, c, test, verdict, cell);
      if (tally != tallies.end() && PlaceOf(*tally) == place) SetAgencies(*tally++, cell);
    }
  }
  while (tally != tallies.end()) add_elsewhere();
}

void PictureMaker::AddSums(const std::vector<CellTally>& tallies, v1::Picture& picture) const {
  absl::flat_hash_map<absl::string_view, bool> insecurity;  // category → is the indicator's
  for (const registry::v1::Category& category : config_.categories()) {
    insecurity[category.id()] = category.insecurity();
  }
  int total = 0;
  int felt = 0;
  for (const CellTally& tally : tallies) {
    const auto indicator = insecurity.find(tally.category);
    const bool perceived = indicator != insecurity.end() && indicator->second;
    if (!perceived) total += tally.count;
    felt += perceived ? tally.count : tally.insecurity;
  }
  picture.set_total(static_cast<uint32_t>(total));
  picture.set_insecurity(static_cast<uint32_t>(felt));
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
    mondays_[u] = u == 0 ? MondayOf(WeekOfNumber(first_)) : mondays_[u - 1] + 7;
    angles_[u] = stats::AngleOf(mondays_[u]);
  }
  names_.clear();
  for (const registry::v1::District& district : config_.districts()) {
    names_.push_back(counts_.NameOf(district.id()));
  }
  panel_.resize(districts_ * weeks);
  totals_.resize(weeks);
  factors_.clear();
}

void PictureMaker::Gather(const registry::v1::Category& category) {
  const size_t weeks = static_cast<size_t>(weeks_);
  std::fill(totals_.begin(), totals_.end(), 0);
  const uint32_t name = counts_.NameOf(category.id());
  for (size_t d = 0; d < districts_; ++d) {
    const absl::Span<int32_t> row = absl::MakeSpan(panel_).subspan(d * weeks, weeks);
    counts_.Series(names_[d], name, first_, row);
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
  // Of the weeks before no baseline asks.
  const int begin = std::max(0, weeks_ - 1 - kGuard - kDrift - kBaselineWeeks);
  for (size_t u = static_cast<size_t>(begin); u < season_.size(); ++u) {
    season_[u] = stats::Shrunk(season_[u], *fitted, angles_[u]);
  }
}

void PictureMaker::TestCategory(size_t c) {
  if (districts_ == 0) return;
  const int week = first_ + weeks_ - 1;
  const uint32_t name = counts_.NameOf(config_.categories(static_cast<int>(c)).id());
  const TestCache::Basis basis{counts_.weeks_revision(), counts_.RevisionOf(name)};
  const absl::Span<CellTest> tests = absl::MakeSpan(tested_).subspan(c * districts_, districts_);
  if (kept_.Find(week, c, basis, tests)) return;
  TestAnew(c);
  kept_.Put(week, c, basis, tests);
}

void PictureMaker::TestAnew(size_t c) {
  const registry::v1::Category& category = config_.categories(static_cast<int>(c));
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
    CellTest& test = tested(d, c);
    test.count = std::max(0, panel.at(static_cast<int>(d), last));
    test.four_weeks = sum(d, weeks_);
    test.four_before = sum(d, weeks_ - kDrift);
    test.testable =
        est_.area(static_cast<int>(d)).weeks >= kLeastWeeks && !category.police_activity();
    if (!test.testable) continue;
    test.law = est_.Predict(static_cast<int>(d), season_[static_cast<size_t>(last)]);
    test.low = static_cast<uint32_t>(test.law.Quantile(0.05));
    test.high = static_cast<uint32_t>(test.law.Quantile(0.99));
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
    CellTest& test = tested(d, c);
    if (!test.testable || est_.area(static_cast<int>(d)).weeks < kLeastWeeks) continue;
    test.p_four_weeks = est_.Predict(static_cast<int>(d), season).Tail(test.four_weeks);
  }
}

void PictureMaker::Adjust() {
  std::vector<double> p;
  for (const CellTest& test : tested_) {
    if (test.testable) p.push_back(test.p);
  }
  std::vector<double> adjusted(p.size());
  stats::BenjaminiHochberg(p, absl::MakeSpan(adjusted), order_);
  auto next = adjusted.begin();
  for (CellTest& test : tested_) {
    if (test.testable) test.p_adjusted = *next++;
  }
}

PictureMaker::Verdict PictureMaker::VerdictOf(size_t c, const CellTest& test) const {
  const registry::v1::Category& category = config_.categories(static_cast<int>(c));
  if (!test.testable) {
    return {category.police_activity() ? v1::FLAG_LEVEL_NOT_FLAGGED : v1::FLAG_LEVEL_TOO_SHORT};
  }
  const int minimum = MinimumOf(category);
  return {
      .flag = ToFlag(stats::Judge(test.p, test.p_adjusted, test.count, minimum, kThresholds)),
      .rising = test.p_four_weeks <= kThresholds.flag && test.four_weeks >= minimum,
  };
}

void PictureMaker::SetCell(size_t d, size_t c, const CellTest& test, const Verdict& verdict,
                           v1::Cell& cell) const {
  cell.set_district(config_.districts(static_cast<int>(d)).id());
  cell.set_category(config_.categories(static_cast<int>(c)).id());
  cell.set_count(static_cast<uint32_t>(test.count));
  cell.set_change_4_weeks(test.four_weeks - test.four_before);
  cell.set_flag(verdict.flag);
  cell.set_level(LevelOf(verdict.flag, verdict.rising, test.count, test.law.mean));
  if (!test.testable) return;
  cell.set_expected(Round(test.law.mean));
  cell.set_low(test.low);
  cell.set_high(test.high);
  cell.set_p(Round(test.p));
  cell.set_p_adjusted(Round(test.p_adjusted));
  cell.set_p_4_weeks(Round(test.p_four_weeks));
  cell.set_rising(verdict.rising);
}

}  // namespace vaka::est
