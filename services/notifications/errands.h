#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace vaka::notifications {

// A few threads that run what must wait for Redis, so that no gRPC thread does. Thread-safe.
class Errands final {
 public:
  Errands(int threads, size_t most_waiting);
  // As Stop.
  ~Errands();

  // RESOURCE_EXHAUSTED: too much waits; UNAVAILABLE: stopping. `errand` then does not run.
  absl::Status Post(std::function<void()> errand);

  // Runs what was posted, then ends the threads.
  void Stop();

 private:
  void Work();

  const size_t most_waiting_;
  absl::Mutex mu_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace vaka::notifications
