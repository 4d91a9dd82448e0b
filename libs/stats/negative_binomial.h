#pragma once

namespace vaka::stats {

// Negative binomial counts by mean and size: variance mean + mean²/size. An infinite size is the
// Poisson distribution. A mean of 0 is the count 0. Pure; needs no special functions: the terms are
// built by f(j+1) = f(j) (j+k)/(j+1) (1-prob) from f(0) = prob^k (METHODS §1.2, step 7).
struct NegativeBinomial {
  double mean = 0;  // ≥ 0
  double size = 0;  // > 0

  // P(Y ≥ y); 1 for y ≤ 0.
  double Tail(int y) const;

  // Smallest u with P(Y ≤ u) ≥ q. REQUIRES: 0 < q < 1.
  int Quantile(double q) const;

  // Smallest u ≥ `at_least` with P(Y ≥ u) ≤ alpha, and that probability.
  struct Critical {
    int count = 0;
    double p = 0;
  };
  Critical CriticalCount(double alpha, int at_least) const;
};

}  // namespace vaka::stats
