#include "libs/sim/waits.h"

#include <algorithm>
#include <cmath>

namespace vaka::sim {

void Waits::Add(absl::Duration wait) {
  ++count_;
  sum_ += wait;
  longest_ = std::max(longest_, wait);
  size_t place = 0;
  if (wait > absl::ZeroDuration()) {
    const double decades = std::log10(std::max(absl::ToDoubleMicroseconds(wait), 1.0));
    place = std::min<size_t>(1 + static_cast<size_t>(decades * kADecade), kClasses - 1);
  }
  ++classes_[place];
}

absl::Duration Waits::mean() const {
  return count_ == 0 ? absl::ZeroDuration() : sum_ / static_cast<double>(count_);
}

absl::Duration Waits::Quantile(double q) const {
  const auto rank = static_cast<uint64_t>(std::ceil(q * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < classes_.size(); ++i) {
    seen += classes_[i];
    if (seen < std::max<uint64_t>(rank, 1)) continue;
    if (i == 0) return absl::ZeroDuration();
    if (i == classes_.size() - 1) break;
    return std::min(longest_,
                    absl::Microseconds(std::pow(10.0, static_cast<double>(i) / kADecade)));
  }
  return longest_;
}

}  // namespace vaka::sim
