#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace vaka::intake {

// A few threads for what may wait on the vault's store, so that neither gRPC's nor the follower's
// do. What is queued is bounded by the calls in flight, which the gate bounds. Thread-safe.
class Worker final {
 public:
  explicit Worker(int threads);
  ~Worker();  // stops

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Runs `task` once, on one of the threads. After Stop: on the caller's, so that no call is ever
  // left without an answer.
  void Post(std::function<void()> task);

  // Carries out what is queued and joins. Idempotent.
  void Stop();

 private:
  void Loop();

  absl::Mutex mu_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::vector<std::jthread> threads_;
};

}  // namespace vaka::intake
