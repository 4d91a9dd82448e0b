#include "libs/rpc/admission.h"

#include <algorithm>

namespace vaka::rpc {
namespace {

// Long enough to count over, short enough to follow a change within a second.
constexpr absl::Duration kWindow = absl::Milliseconds(250);
// Weights of the newest window. What is usual changes slowly.
constexpr double kOfRate = 0.5;
constexpr double kOfUsual = 0.1;
// Few are refused when so many times as many are answered: a burst was cut short, and no more.
constexpr int kFew = 2;

}  // namespace

Admission::Admission(Limits limits, absl::Time now)
    : limits_(limits), bound_(std::min(limits.burst, limits.most)), since_(now) {}

bool Admission::Enter() {
  if (under_way_.fetch_add(1) < bound_) return true;
  under_way_.fetch_sub(1);
  refused_.fetch_add(1);
  return false;
}

void Admission::Leave(absl::Time now, absl::Duration took) {
  under_way_.fetch_sub(1);
  absl::MutexLock lock(&mu_);
  ++answered_;
  took_ += took;
  const absl::Duration passed = now - since_;
  if (passed < kWindow) return;
  const int refused = refused_.exchange(0);
  const bool crowded = refused * kFew > answered_;
  per_second_ += kOfRate * (answered_ / absl::ToDoubleSeconds(passed) - per_second_);
  if (refused == 0) usually_ += kOfUsual * (took_ / answered_ - usually_);
  answered_ = 0;
  took_ = absl::ZeroDuration();
  since_ = now;
  const absl::Duration may_take = std::clamp(2 * usually_, limits_.least_time, limits_.most_time);
  const int in_time = static_cast<int>(per_second_ * absl::ToDoubleSeconds(may_take));
  bound_ = std::min(limits_.most, std::max(crowded ? limits_.few : limits_.burst, in_time));
}

}  // namespace vaka::rpc
