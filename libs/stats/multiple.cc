#include "libs/stats/multiple.h"

#include <algorithm>
#include <numeric>

namespace vaka::stats {

void BenjaminiHochberg(absl::Span<const double> p, absl::Span<double> adjusted,
                       std::vector<uint32_t>& order) {
  order.resize(p.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&p](uint32_t a, uint32_t b) { return p[a] > p[b]; });
  const double m = static_cast<double>(p.size());
  double least = 1;
  double rank = m;
  for (const uint32_t i : order) {
    least = std::min(least, m * p[i] / rank);
    adjusted[i] = least;
    rank -= 1;
  }
}

Unusual Judge(double p, double p_adjusted, int count, int flag_minimum,
              const Thresholds& thresholds) {
  if (count >= flag_minimum && p_adjusted <= thresholds.clear) return Unusual::kClear;
  if (count >= flag_minimum && p <= thresholds.flag) return Unusual::kFlag;
  if (count >= thresholds.watch_minimum && p <= thresholds.watch) return Unusual::kWatch;
  return Unusual::kUsual;
}

}  // namespace vaka::stats
