#include "libs/stats/gp_est.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vaka::stats {

Columns BaselineOf(int week, int guard, int weeks) {
  return {std::max(0, week - guard - weeks), std::max(0, week - guard)};
}

void GpEst::Fit(const Panel& panel, Columns baseline) {
  Sum(panel, baseline);
  FitPrior();
  FitDispersion(panel, baseline);
  if (params_.winsor > 0) {
    Cap(panel, baseline);
    const Panel capped{panel.areas, panel.weeks, capped_, panel.sizes, panel.season};
    Sum(capped, baseline);
    FitPrior();
    FitDispersion(capped, baseline);
  }
  Discount();
}

void GpEst::Sum(const Panel& panel, Columns baseline) {
  areas_.assign(static_cast<size_t>(panel.areas), Area{});
  double whole = 0;  // season of an area that misses no week: the same for all of them
  for (int u = baseline.begin; u < baseline.end; ++u) whole += panel.season_of(u);
  for (int i = 0; i < panel.areas; ++i) {
    Area& area = areas_[static_cast<size_t>(i)];
    int64_t counted = 0;
    for (int u = baseline.begin; u < baseline.end; ++u) {
      const int32_t y = panel.at(i, u);
      if (y == kMissing) continue;
      ++area.weeks;
      counted += y;
    }
    area.sum = static_cast<double>(counted);
    double season = whole;
    if (area.weeks < baseline.end - baseline.begin) {
      season = 0;
      for (int u = baseline.begin; u < baseline.end; ++u) {
        if (panel.at(i, u) != kMissing) season += panel.season_of(u);
      }
    }
    area.exposure = panel.size_of(i) * season;
  }
}

void GpEst::FitPrior() {
  if (areas_.size() == 1) {  // nothing to share: Jeffreys
    a_ = 0.5;
    b_ = 0;
    return;
  }
  double sum = 0;
  double exposure = 0;
  double observed_areas = 0;
  for (const Area& area : areas_) {
    sum += area.sum;
    exposure += area.exposure;
    if (area.exposure > 0) observed_areas += 1;
  }
  const double m = exposure > 0 ? sum / exposure : 0;
  if (!(m > 0)) {
    b_ = params_.b_max;
    a_ = 0.5 * b_ / params_.b_max;
    return;
  }
  double spread = 0;
  for (const Area& area : areas_) {
    if (!(area.exposure > 0)) continue;
    const double off = area.sum / area.exposure - m;
    spread += area.exposure * off * off;
  }
  const double v = spread / exposure - m / (exposure / observed_areas);
  b_ = v > 0 ? std::clamp(m / v, params_.b_min, params_.b_max) : params_.b_max;
  a_ = m * b_;
}

double GpEst::Rate(int i) const {
  const Area& area = areas_[static_cast<size_t>(i)];
  const double below = b_ + area.exposure;
  return below > 0 ? (a_ + area.sum) / below : 0;
}

void GpEst::FitDispersion(const Panel& panel, Columns baseline) {
  double chi_square = 0;
  int cells = 0;
  int observed_areas = 0;
  for (int i = 0; i < panel.areas; ++i) {
    if (areas_[static_cast<size_t>(i)].weeks == 0) continue;
    ++observed_areas;
    const double base = panel.size_of(i) * Rate(i);
    for (int u = baseline.begin; u < baseline.end; ++u) {
      const int32_t y = panel.at(i, u);
      if (y == kMissing) continue;
      const double mu = base * panel.season_of(u);
      chi_square += y == 0 ? mu : (y - mu) * (y - mu) / mu;  // most cells are 0
      ++cells;
    }
  }
  phi_ = std::clamp(chi_square / std::max(1, cells - observed_areas), 1.0, params_.phi_max);
}

void GpEst::Cap(const Panel& panel, Columns baseline) {
  capped_.assign(panel.counts.begin(), panel.counts.end());
  for (int i = 0; i < panel.areas; ++i) {
    const double base = panel.size_of(i) * Rate(i);
    for (int u = baseline.begin; u < baseline.end; ++u) {
      const double mu = base * panel.season_of(u);
      int32_t& y = capped_[static_cast<size_t>(i) * static_cast<size_t>(panel.weeks) +
                           static_cast<size_t>(u)];
      // A quantile above the mean is never below it, so that small counts need no walk.
      if (y == kMissing || y <= mu) continue;
      const double size = phi_ > 1 ? mu / (phi_ - 1) : std::numeric_limits<double>::infinity();
      y = std::min(y, NegativeBinomial{mu, size}.Quantile(params_.winsor));
    }
  }
}

void GpEst::Discount() {
  for (Area& area : areas_) {
    area.shape = a_ + area.sum / phi_;
    area.rate = b_ + area.exposure / phi_;
  }
}

NegativeBinomial GpEst::Predict(int i, double exposure) const {
  const Area& area = areas_[static_cast<size_t>(i)];
  if (!(area.rate > 0) || !(exposure > 0)) return {0, 1};
  const double mu = exposure * area.shape / area.rate;
  return {mu, mu / ((phi_ - 1) + mu / area.shape)};
}

}  // namespace vaka::stats
