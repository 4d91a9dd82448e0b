#pragma once

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// How long a report takes that is let in, as people see it who have a machine of their own: a crowd
// that sends all this machine can send waits for its processors and would measure that. A few
// threads, before the others where the machine allows it, each one report after the other over a
// connection of its own; in the house's history. Works from construction to destruction.
class Probe final {
 public:
  Probe(House& house, const std::string& name);

  // Of the reports accepted since `from`: the median of each second's p99. Zero of none.
  absl::Duration P99Since(absl::Time from) const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  void Work(const std::string& name, const std::stop_token& stop);

  House& house_;
  mutable absl::Mutex mu_;
  // When each was answered, of Clock::Steady, and how long it took.
  std::vector<std::pair<absl::Time, absl::Duration>> accepted_ ABSL_GUARDED_BY(mu_);
  std::vector<std::jthread> threads_;  // last: use the others
};

}  // namespace vaka::fault
