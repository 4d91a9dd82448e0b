#include "tests/fault/bus/staleness.h"

#include <algorithm>

namespace vaka::fault {
namespace {

constexpr absl::Duration kEvery = absl::Milliseconds(10);
// What a round may take on a machine that is not short of anything.
constexpr absl::Duration kFair = absl::Milliseconds(40);

}  // namespace

Witness::Witness(Clock& clock, std::function<void()> round)
    : clock_(clock),
      round_(std::move(round)),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

void Witness::Run(std::stop_token stop) {
  absl::Time begin = clock_.Steady();
  while (clock_.SleepFor(kEvery, stop)) {
    round_();
    const absl::Time end = clock_.Steady();
    if (end - begin > kFair) {
      absl::MutexLock lock(&mu_);
      late_.push_back({begin + kFair, end});
    }
    begin = end;
  }
}

absl::Duration Witness::OwedBetween(absl::Time from, absl::Time to) const {
  absl::MutexLock lock(&mu_);
  absl::Duration owed;
  for (const Late& late : late_) {
    const absl::Duration shared = std::min(late.to, to) - std::max(late.from, from);
    owed += std::max(shared, absl::ZeroDuration());
  }
  return owed;
}

void Staleness::Stands(uint64_t seq) {
  const absl::Time now = clock_.Steady();
  absl::MutexLock lock(&mu_);
  stood_.emplace(seq, now);
}

void Staleness::Joins(const std::string& follower) {
  const absl::Time now = clock_.Steady();
  absl::MutexLock lock(&mu_);
  joined_[follower] = now;
}

void Staleness::Takes(const std::string& follower, uint64_t seq) {
  const absl::Time now = clock_.Steady();
  absl::MutexLock lock(&mu_);
  taken_[follower].emplace(seq, now);
}

Staleness::Worst Staleness::Of(const std::string& follower) const {
  const absl::Time now = clock_.Steady();
  absl::MutexLock lock(&mu_);
  Worst worst;
  const auto joined = joined_.find(follower);
  const auto taken = taken_.find(follower);
  for (const auto& [seq, stood] : stood_) {
    if (joined == joined_.end() || stood < joined->second) continue;
    absl::Time until = now;
    if (taken != taken_.end()) {
      const auto at = taken->second.find(seq);
      if (at != taken->second.end()) until = at->second;
    }
    ++worst.facts;
    worst.wall = std::max(worst.wall, until - stood);
    // Only what may be too late is worth the sum.
    if (until - stood <= worst.owed_off) continue;
    worst.owed_off = std::max(worst.owed_off, until - stood - witness_.OwedBetween(stood, until));
  }
  return worst;
}

}  // namespace vaka::fault
