#pragma once

#include <atomic>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace vaka::rpc {

// How many calls of one kind may be under way, so that those let in are answered soon however many
// more there are. By Little's law what is under way is rate times time: while no more is let in
// than the rate at which calls are answered, times `target`, each takes about `target`. The rate is
// learned from the answers. As long as nobody is refused, `burst` may be under way whatever the
// rate. Thread-safe.
class Admission final {
 public:
  struct Limits {
    int few = 8;  // always let in: less would leave processors idle
    int burst = 64;
    int most = 2048;
    absl::Duration target = absl::Milliseconds(20);
  };

  // `now`: of a clock that only goes on.
  Admission(Limits limits, absl::Time now);

  // True: one more is under way, and Leave or Drop follows. False: too many are.
  bool Enter();
  // One was answered.
  void Leave(absl::Time now) ABSL_LOCKS_EXCLUDED(mu_);
  // One was turned away for another reason, which says nothing about the work.
  void Drop() { under_way_.fetch_sub(1); }

  int bound() const { return bound_; }

 private:
  const Limits limits_;
  std::atomic<int> under_way_{0};
  std::atomic<int> bound_;
  std::atomic<bool> refused_{false};  // since the window began

  absl::Mutex mu_;
  absl::Time since_ ABSL_GUARDED_BY(mu_);
  int answered_ ABSL_GUARDED_BY(mu_) = 0;  // since then
  double per_second_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vaka::rpc
