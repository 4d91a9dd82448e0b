#pragma once

#include <cstdint>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// The middle one; zero of none.
absl::Duration Median(std::vector<absl::Duration> times);
// The p99 by rank.
absl::Duration P99(std::vector<absl::Duration> times);

// Somebody who works by the gateway, a call after the other with a pause between them: reads, and
// every fourth time a report. Runs from construction to destruction. Thread-safe.
class Honest final {
 public:
  struct Counts {
    std::vector<absl::Duration> reads;  // how long each took, of those answered
    uint64_t reports = 0;               // acknowledged
    std::vector<std::string> failures;  // what was not answered well, even when asked again
  };

  // The house outlives it.
  explicit Honest(House& house);

  // What happened since the last call of this.
  Counts Take() ABSL_LOCKS_EXCLUDED(mu_);
  // Waits for so many more reads; false: not in time.
  bool AwaitReads(size_t more, absl::Duration at_most = absl::Minutes(1)) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Work(Caller& caller, uint64_t round);

  House& house_;
  absl::Mutex mu_;
  Counts counts_ ABSL_GUARDED_BY(mu_);
  std::jthread thread_;  // last: uses the others
};

}  // namespace vaka::fault
