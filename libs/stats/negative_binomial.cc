#include "libs/stats/negative_binomial.h"

#include <algorithm>
#include <cmath>

namespace vaka::stats {
namespace {

// Past this count a walk gives up: no count of a week comes near, and a mean that is not a number
// must not hang the fold.
constexpr int kMostCounts = 1'000'000;

// Walks the cumulative distribution from 0 upwards. Terms are kept relative to `scale_`, so that a
// large mean, whose f(0) is below the smallest double, still comes out right.
class Walk {
 public:
  explicit Walk(const NegativeBinomial& law) : size_(law.size) {
    if (std::isinf(law.size)) {
      log_scale_ = -law.mean;
      ratio_ = law.mean;
    } else {
      const double prob = law.size / (law.size + law.mean);
      log_scale_ = law.size * std::log(prob);
      ratio_ = law.mean / (law.size + law.mean);
    }
    scale_ = std::exp(log_scale_);
  }

  // P(Y ≤ the count walked to); at first 0.
  double cdf() const { return std::min(1.0, sum_ * scale_); }

  void Next() {
    const double j = count_++;
    term_ *= std::isinf(size_) ? ratio_ / (j + 1) : (j + size_) / (j + 1) * ratio_;
    sum_ += term_;
    if (sum_ > kLarge) {
      term_ /= kLarge;
      sum_ /= kLarge;
      log_scale_ += std::log(kLarge);
      scale_ = std::exp(log_scale_);
    }
  }

  int count() const { return count_; }

 private:
  static constexpr double kLarge = 1e200;

  double size_;
  double ratio_ = 0;
  double log_scale_ = 0;
  double scale_ = 1;
  double term_ = 1;
  double sum_ = 1;
  int count_ = 0;
};

}  // namespace

double NegativeBinomial::Tail(int y) const {
  if (y <= 0) return 1;
  if (!(mean > 0)) return 0;
  Walk walk(*this);
  while (walk.count() < y - 1) walk.Next();
  return std::max(0.0, 1 - walk.cdf());
}

int NegativeBinomial::Quantile(double q) const {
  if (!(mean > 0)) return 0;
  Walk walk(*this);
  while (walk.cdf() < q && walk.count() < kMostCounts) walk.Next();
  return walk.count();
}

NegativeBinomial::Critical NegativeBinomial::CriticalCount(double alpha, int at_least) const {
  if (!(mean > 0)) return {at_least, at_least <= 0 ? 1.0 : 0.0};
  Walk walk(*this);
  // P(Y ≥ u) = 1 - P(Y ≤ u-1), and the walk stands at u-1.
  while ((walk.count() + 1 < at_least || 1 - walk.cdf() > alpha) && walk.count() < kMostCounts) {
    walk.Next();
  }
  return {walk.count() + 1, std::max(0.0, 1 - walk.cdf())};
}

}  // namespace vaka::stats
