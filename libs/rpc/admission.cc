#include "libs/rpc/admission.h"

#include <algorithm>

namespace vaka::rpc {
namespace {

// Long enough to count over, short enough to follow a change within a second.
constexpr absl::Duration kWindow = absl::Milliseconds(250);
constexpr double kWeight = 0.5;  // of the newest window

}  // namespace

Admission::Admission(Limits limits, absl::Time now)
    : limits_(limits), bound_(std::min(limits.burst, limits.most)), since_(now) {}

bool Admission::Enter() {
  if (under_way_.fetch_add(1) < bound_) return true;
  under_way_.fetch_sub(1);
  refused_ = true;
  return false;
}

void Admission::Leave(absl::Time now) {
  under_way_.fetch_sub(1);
  absl::MutexLock lock(&mu_);
  ++answered_;
  const absl::Duration passed = now - since_;
  if (passed < kWindow) return;
  per_second_ += kWeight * (answered_ / absl::ToDoubleSeconds(passed) - per_second_);
  answered_ = 0;
  since_ = now;
  const double within_target = per_second_ * absl::ToDoubleSeconds(limits_.target);
  const int least = refused_.exchange(false) ? limits_.few : limits_.burst;
  bound_ = std::min(limits_.most, std::max(least, static_cast<int>(within_target)));
}

}  // namespace vaka::rpc
