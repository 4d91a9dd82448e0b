#pragma once

#include <stop_token>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::notifications {

// At most so many messages a second to one provider, evenly; shared by its workers. Thread-safe.
class RateLimit final {
 public:
  // `per_second` 0: no limit.
  RateLimit(double per_second, Clock& clock)
      : step_(per_second > 0 ? absl::Seconds(1 / per_second) : absl::ZeroDuration()),
        clock_(clock) {}

  // Waits for the caller's turn; false: stopped.
  bool Await(std::stop_token stop) {
    if (step_ == absl::ZeroDuration()) return true;
    absl::Time turn;
    {
      absl::MutexLock lock(&mu_);
      turn = std::max(next_, clock_.Now());
      next_ = turn + step_;
    }
    return clock_.SleepUntil(turn, std::move(stop));
  }

 private:
  const absl::Duration step_;
  Clock& clock_;
  absl::Mutex mu_;
  absl::Time next_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace vaka::notifications
