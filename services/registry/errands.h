#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace vaka::registry {

// Threads for work that waits for the vault or the log, which neither a gRPC thread nor the
// follower's may do. Thread-safe. Bounded: what does not fit is refused at once.
class Errands final {
 public:
  Errands(int threads, size_t most_waiting);
  ~Errands();  // as Stop

  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  // OK: `work` runs once on one of the threads. RESOURCE_EXHAUSTED: too many wait, or stopped;
  // `work` never runs.
  absl::Status Post(std::function<void()> work);

  // Runs what was posted, takes nothing more, and joins.
  void Stop();

 private:
  void Loop();

  const size_t most_waiting_;
  absl::Mutex mu_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace vaka::registry
