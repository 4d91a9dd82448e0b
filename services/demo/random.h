#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace vaka::demo {

// splitmix64 and the few distributions that the demo needs, written out because std::*_distribution
// differs between standard libraries: a seed means the same numbers everywhere. Not thread-safe; a
// copy is an independent stream.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // One stream for one purpose: two purposes never disturb each other's numbers.
  static Random For(uint64_t seed, absl::string_view purpose);

  uint64_t Next();
  double Uniform();  // [0, 1)
  double Uniform(double low, double high);
  size_t Below(size_t n);  // [0, n); REQUIRES: n > 0
  bool Chance(double p) { return Uniform() < p; }
  double Normal();  // Box–Muller, cosine branch only
  double Exponential(double mean);
  double Lognormal(double median, double sigma);
  double Gamma(double shape, double mean);  // Marsaglia–Tsang
  uint32_t Poisson(double mean);            // inversion; above 30 as a sum of halves
  // Counts with mean `mean` and variance `phi * mean`: a Poisson mixed over a Gamma.
  uint32_t Overdispersed(double mean, double phi);
  // Index drawn with the given weights. REQUIRES: a positive sum.
  size_t Weighted(const std::vector<double>& weights);

 private:
  uint64_t state_;
};

}  // namespace vaka::demo
