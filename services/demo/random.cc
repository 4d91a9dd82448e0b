#include "services/demo/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace vaka::demo {

Random Random::For(uint64_t seed, absl::string_view purpose) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits
  for (const char c : purpose) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return Random(Random(seed ^ hash).Next());
}

uint64_t Random::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

double Random::Uniform(double low, double high) { return low + (high - low) * Uniform(); }

size_t Random::Below(size_t n) { return static_cast<size_t>(Uniform() * static_cast<double>(n)); }

double Random::Normal() {
  const double u = 1.0 - Uniform();
  const double v = Uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

double Random::Exponential(double mean) { return -mean * std::log(1.0 - Uniform()); }

double Random::Lognormal(double median, double sigma) {
  return median * std::exp(sigma * Normal());
}

double Random::Gamma(double shape, double mean) {
  if (shape < 1.0) {
    const double boost = std::pow(1.0 - Uniform(), 1.0 / shape);
    // Gamma(a) = Gamma(a + 1) · U^(1/a); the mean of the inner draw is set so that the product has
    // `mean`.
    return boost * Gamma(shape + 1.0, mean * (shape + 1.0) / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = Normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1.0 - Uniform()) < 0.5 * x * x + d - d * v + d * std::log(v))
      return d * v * mean / shape;
  }
}

uint32_t Random::Poisson(double mean) {
  if (mean <= 0) return 0;
  if (mean > 30) return Poisson(mean / 2) + Poisson(mean / 2);
  double p = std::exp(-mean);
  double cumulative = p;
  const double u = Uniform();
  uint32_t k = 0;
  while (u > cumulative && k < 1000) {
    ++k;
    p *= mean / k;
    cumulative += p;
  }
  return k;
}

uint32_t Random::Overdispersed(double mean, double phi) {
  if (mean <= 0) return 0;
  if (phi <= 1.0) return Poisson(mean);
  return Poisson(Gamma(mean / (phi - 1.0), mean));
}

size_t Random::Weighted(const std::vector<double>& weights) {
  double left = Uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  for (size_t i = 0; i < weights.size(); ++i) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.size() - 1;
}

}  // namespace vaka::demo
