#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "libs/base/week.h"
#include "libs/stats/gp_est.h"
#include "libs/stats/multiple.h"
#include "libs/stats/season.h"
#include "services/est/counts.h"
#include "vaka/est/v1/types.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::est {

inline constexpr char kMethod[] = "gp-est/1";

// The computed level of a cell, 1–5 (1–2 green, 3 yellow, 4 orange, 5 red):
//   5 clearly unusual; 4 unusual; 3 worth watching, or a rising sum of four weeks;
//   2 more than expected but usual, or a count that cannot be judged; 1 no more than expected.
uint32_t LevelOf(v1::FlagLevel flag, bool rising, int count, double expected);

// What the test says of one configured cell.
struct CellTest {
  int count = 0;
  int four_weeks = 0;
  int four_before = 0;
  stats::NegativeBinomial law;
  uint32_t low = 0;  // what is usual: the law's quantiles 0.05 and 0.99
  uint32_t high = 0;
  double p = 1;
  double p_adjusted = 1;  // of all cells together
  double p_four_weeks = 1;
  double chance = 0;  // of a flag when nothing is the matter
  bool testable = false;
};

// Tests of the pictures that were asked for last, a category each, until a count changes that they
// rest on. About 60 kB a week of 600 cells. Thread-safe.
class TestCache final {
 public:
  // What a category's tests rest on, besides the config.
  struct Basis {
    uint64_t weeks = 0;     // Counts::weeks_revision
    uint64_t category = 0;  // Counts::RevisionOf

    bool operator==(const Basis&) const = default;
  };

  // After the config has changed.
  void Clear() ABSL_LOCKS_EXCLUDED(mu_);
  // The tests of each district into `out`; false: there are none on this basis.
  bool Find(int week, size_t category, Basis basis, absl::Span<CellTest> out) const
      ABSL_LOCKS_EXCLUDED(mu_);
  void Put(int week, size_t category, Basis basis, absl::Span<const CellTest> tests)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Kept {
    Basis basis;
    std::vector<CellTest> tests;  // by district; empty: none
  };

  mutable absl::Mutex mu_;
  std::map<int, std::vector<Kept>> weeks_ ABSL_GUARDED_BY(mu_);  // by category
};

// Computes a week's picture: what is said of each district and category, and of the week as a
// whole. Deterministic: probabilities are rounded far below what is shown, so that machines whose
// exp() differ in the last bit give equal pictures.
//
// Tested are all configured districts × categories that do not follow police activity, once there
// are five weeks of history. A week in which nobody in the municipality reported anything is
// missing; otherwise a cell's count is that of all agencies, and an agency's silence shows as
// completeness, not in the counts. District sizes are taken as equal: the prior's spread holds what
// differs between them. Lives for one picture; not thread-safe; borrows its arguments.
class PictureMaker {
 public:
  // `kept` is of this config and these counts alone.
  PictureMaker(const registry::v1::MunicipalityConfig& config, const Counts& counts,
               TestCache& kept);

  // Cells, total, insecurity, chance_flags, method; not completeness, judgements and envelope.
  v1::Picture Make(IsoWeek week);

 private:
  struct Verdict {
    v1::FlagLevel flag = v1::FLAG_LEVEL_UNSPECIFIED;
    bool rising = false;
  };

  void SetWeeks(int week);
  void Gather(const registry::v1::Category& category);
  const std::vector<double>& FactorsOf(const stats::MonthShape* shape);
  void SetSeason(const registry::v1::Category& category);
  void TestCategory(size_t category);  // or finds what was kept
  void TestAnew(size_t category);
  void Adjust();
  void AddCells(const std::vector<CellTally>& tallies, v1::Picture& picture);
  void AddSums(const std::vector<CellTally>& tallies, v1::Picture& picture) const;
  Verdict VerdictOf(size_t category, const CellTest& tested) const;
  void SetCell(size_t district, size_t category, const CellTest& tested, const Verdict& verdict,
               v1::Cell& cell) const;
  CellTest& tested(size_t district, size_t category) {
    return tested_[category * districts_ + district];
  }

  const registry::v1::MunicipalityConfig& config_;
  const Counts& counts_;
  TestCache& kept_;
  const size_t districts_;

  // The weeks of the panel: the last is the picture's.
  int first_ = 0;  // number of the first
  int weeks_ = 0;
  std::vector<uint8_t> observed_;                                    // by week
  std::vector<stats::YearAngle> angles_;                             // by week
  std::vector<absl::CivilDay> mondays_;                              // by week
  std::map<const stats::MonthShape*, std::vector<double>> factors_;  // by week; as needed

  // Of the category at hand.
  std::vector<uint32_t> names_;  // of the districts, as the counts number them
  std::vector<int32_t> panel_;   // districts × weeks
  std::vector<int32_t> totals_;  // by week
  std::vector<double> season_;   // by week
  stats::GpEst est_{{}};

  std::vector<CellTest> tested_;  // categories × districts
  std::vector<uint32_t> order_;
};

}  // namespace vaka::est
