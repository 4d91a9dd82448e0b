#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::fault {

// What the machine owed a test that shares it with others: asks the log's head all the time, and
// counts how much longer than it should a round took, for want of a processor or of the disk. That
// much later than promised anything may be without breaking a promise. Thread-safe.
class Witness final {
 public:
  // `round` asks the log once; it is called on a thread of its own.
  Witness(Clock& clock, std::function<void()> round);

  // Owed between two moments of Clock::Steady.
  absl::Duration OwedBetween(absl::Time from, absl::Time to) const;

 private:
  struct Late {
    absl::Time from;
    absl::Time to;
  };

  void Run(std::stop_token stop);

  Clock& clock_;
  const std::function<void()> round_;

  mutable absl::Mutex mu_;
  std::vector<Late> late_ ABSL_GUARDED_BY(mu_);

  std::jthread thread_;
};

// How old what each follower knew was, fact by fact: from the moment in which somebody was told
// that the fact stands until the follower had taken it in. Thread-safe.
class Staleness final {
 public:
  Staleness(Clock& clock, const Witness& witness) : clock_(clock), witness_(witness) {}

  // The fact stands; called on the log's thread.
  void Stands(uint64_t seq);
  // From now on the follower promises; what stood before is not counted.
  void Joins(const std::string& follower);
  void Takes(const std::string& follower, uint64_t seq);

  // The worst of a follower, less what the machine owed meanwhile; and by the clock on the wall.
  // A fact that was not taken in counts until now.
  struct Worst {
    absl::Duration owed_off;
    absl::Duration wall;
    uint64_t facts = 0;  // counted
  };
  Worst Of(const std::string& follower) const;

 private:
  Clock& clock_;
  const Witness& witness_;

  mutable absl::Mutex mu_;
  std::map<uint64_t, absl::Time> stood_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, absl::Time> joined_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::map<uint64_t, absl::Time>> taken_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::fault
