#pragma once

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/log/log.h"

namespace vaka::bench {

// Appends to a log with a bound on those under way; what was not answered in time is sent again
// under its key. Thread-safe.
class Appends final {
 public:
  // So many facts in an append fill a log fast.
  static constexpr size_t kFacts = 500;

  // `log` outlives this object, and is asked until AwaitAll has returned.
  explicit Appends(log::Log& log) : log_(log) {}

  // Waits while too many are under way.
  void Add(log::AppendRequest request);
  // OK: everything that was added is on disk.
  absl::Status AwaitAll();

 private:
  void Send(log::AppendRequest request, int tries);

  log::Log& log_;
  absl::Mutex mu_;
  int open_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::bench
