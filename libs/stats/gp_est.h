#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "libs/stats/negative_binomial.h"

namespace vaka::stats {

inline constexpr int32_t kMissing = -1;  // the source did not report; never the same as 0

// Counts of one category: `areas` × `weeks`, row after row, the oldest week first.
struct Panel {
  int areas = 0;
  int weeks = 0;
  absl::Span<const int32_t> counts;  // [area * weeks + week], kMissing allowed
  absl::Span<const double> sizes;    // of the areas, mean 1; empty: all 1
  absl::Span<const double> season;   // factor of each week, mean 1; empty: all 1

  int32_t at(int area, int week) const {
    return counts[static_cast<size_t>(area) * static_cast<size_t>(weeks) +
                  static_cast<size_t>(week)];
  }
  double size_of(int area) const { return sizes.empty() ? 1.0 : sizes[static_cast<size_t>(area)]; }
  double season_of(int week) const {
    return season.empty() ? 1.0 : season[static_cast<size_t>(week)];
  }
};

// Columns [begin, end) of a panel.
struct Columns {
  int begin = 0;
  int end = 0;
};

// The `weeks` weeks that end `guard` weeks before `week`, clipped at the panel's start. With less
// than 26 weeks before `week` a guard costs more than it saves and is left out (METHODS §1.2).
Columns BaselineOf(int week, int guard, int weeks = 52);
inline int GuardFor(int week, int guard = 2) { return week < 26 ? 0 : guard; }

// The weekly picture's model: area rates share a Gamma prior, counts are Poisson with an
// overdispersion that the category's areas have in common (METHODS §1.2; Marshall 1991 for the
// prior's moments). Fit takes a baseline; Predict gives what is to be expected of other weeks.
// Keeps its scratch between fits, so that a week's categories are fitted without allocating.
// Not thread-safe. Ownership: borrows nothing after a call.
class GpEst {
 public:
  struct Params {
    double b_min = 4;
    double b_max = 52;  // weeks of prior
    double phi_max = 5;
    double winsor = 0;  // e.g. 0.995: baseline counts are capped at this quantile; 0: not
  };
  struct Area {
    int weeks = 0;        // observed in the baseline
    double sum = 0;       // S
    double exposure = 0;  // E
    double shape = 0;     // A, of the discounted posterior
    double rate = 0;      // B
  };

  explicit GpEst(const Params& params) : params_(params) {}

  // REQUIRES: 0 ≤ begin ≤ end ≤ weeks; counts, sizes and season as long as the panel says; sizes
  // and season above 0.
  void Fit(const Panel& panel, Columns baseline);

  double a() const { return a_; }
  double b() const { return b_; }
  double phi() const { return phi_; }
  const Area& area(int i) const { return areas_[static_cast<size_t>(i)]; }

  // Of an area's counts over weeks whose size × season sums to `exposure`.
  // A NaN mean cannot come out: an area without baseline has the prior alone; a single area without
  // one has mean 0.
  NegativeBinomial Predict(int area, double exposure) const;

 private:
  void Sum(const Panel& panel, Columns baseline);
  void FitPrior();
  void FitDispersion(const Panel& panel, Columns baseline);
  void Discount();
  void Cap(const Panel& panel, Columns baseline);
  double Rate(int area) const;  // (a + S) / (b + E), 0 when nothing was observed

  Params params_;
  double a_ = 0;
  double b_ = 0;
  double phi_ = 1;
  std::vector<Area> areas_;
  std::vector<int32_t> capped_;  // the baseline after winsorizing
};

}  // namespace vaka::stats
