#pragma once

#include <array>
#include <cstdint>

#include "absl/time/time.h"

namespace vaka::sim {

// How long many waited: mean, longest, and quantiles that are at most 5 % too long, in a few
// kilobytes however many there are. Not thread-safe.
class Waits final {
 public:
  // REQUIRES: wait ≥ 0.
  void Add(absl::Duration wait);

  uint64_t count() const { return count_; }
  absl::Duration mean() const;
  absl::Duration longest() const { return longest_; }
  // So long or shorter waited the share `q` of all, 0 < q ≤ 1. Zero when there are none.
  absl::Duration Quantile(double q) const;

 private:
  // Class 0 is no wait at all; class i ends at 1 µs × 10^(i / kADecade). The last has no end.
  static constexpr int kADecade = 48;
  static constexpr int kClasses = 12 * kADecade;

  std::array<uint64_t, kClasses> classes_{};
  uint64_t count_ = 0;
  absl::Duration sum_;
  absl::Duration longest_;
};

}  // namespace vaka::sim
