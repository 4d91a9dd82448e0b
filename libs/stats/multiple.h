#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace vaka::stats {

// Benjamini–Hochberg: adjusted_(i) = min over j ≥ i of m p_(j) / j, at most 1, where p_(1) ≤ … ≤
// p_(m). `adjusted` has the length of `p`, in its order. `order` is scratch, kept by the caller so
// that repeated use does not allocate.
void BenjaminiHochberg(absl::Span<const double> p, absl::Span<double> adjusted,
                       std::vector<uint32_t>& order);

// How unusual a count is (METHODS §1.4), mildest first.
enum class Unusual {
  kUsual,  // as expected, or fewer: a quiet week is never flagged
  kWatch,  // p ≤ 0.05 and at least 2
  kFlag,   // p ≤ 0.01 and at least y_min
  kClear,  // adjusted p ≤ 0.10 and at least y_min
};

struct Thresholds {
  double watch = 0.05;
  double flag = 0.01;
  double clear = 0.10;  // of the adjusted p: the false discovery rate
  int watch_minimum = 2;
};

Unusual Judge(double p, double p_adjusted, int count, int flag_minimum,
              const Thresholds& thresholds);

}  // namespace vaka::stats
