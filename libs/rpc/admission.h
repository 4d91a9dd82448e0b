#pragma once

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace vaka::rpc {

// How many calls of one kind may be under way, so that those let in are answered soon however many
// more there are. By Little's law what is under way is rate times time: while no more is let in
// than the rate at which calls are answered, times twice what an answer usually takes, each takes
// about that. Rate and time are learned from the answers; the usual is that of times in which
// nobody was refused, for a fixed one would starve a slow machine and let a fast one queue. As long
// as few are refused, `burst` may be under way whatever the rate: people come in bursts.
// Thread-safe.
class Admission final {
 public:
  struct Limits {
    int few = 8;  // always let in: less would leave processors idle
    int burst = 64;
    int most = 2048;
    // Bounds of what an answer may take.
    absl::Duration least_time = absl::Milliseconds(20);
    absl::Duration most_time = absl::Milliseconds(100);
  };

  // `now`: of a clock that only goes on.
  Admission(Limits limits, absl::Time now);

  // True: one more is under way, and Leave or Drop follows. False: too many are.
  bool Enter();
  // One was answered, so long after it entered.
  void Leave(absl::Time now, absl::Duration took) ABSL_LOCKS_EXCLUDED(mu_);
  // One was turned away for another reason, which says nothing about the work.
  void Drop() { under_way_.fetch_sub(1); }

  int bound() const { return bound_; }

 private:
  const Limits limits_;
  std::atomic<int> under_way_{0};
  std::atomic<int> bound_;
  std::atomic<int> refused_{0};  // since the window began

  absl::Mutex mu_;
  absl::Time since_ ABSL_GUARDED_BY(mu_);
  int answered_ ABSL_GUARDED_BY(mu_) = 0;        // since then
  absl::Duration took_ ABSL_GUARDED_BY(mu_);     // all of these together
  double per_second_ ABSL_GUARDED_BY(mu_) = 0;   // smoothed
  absl::Duration usually_ ABSL_GUARDED_BY(mu_);  // smoothed
};

}  // namespace vaka::rpc
