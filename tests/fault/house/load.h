#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

struct LoadOptions {
  std::string name = "load";  // unique among the house's loads
  int reporters = 3;          // threads that report, correct, withdraw
  int answerers = 1;  // threads that acknowledge and pass on, by the links of caught messages
  int patrols = 1;    // threads that take a shift from open to debriefed; at most the town's crews
  int readers = 1;    // threads that read their own writes and each other's
  // Time between two actions of one thread; zero: as fast as they are answered.
  absl::Duration pause = absl::Milliseconds(50);
  double alerting = 0.3;   // share of reports that alert
  double corrected = 0.1;  // share of reports that are corrected afterwards
  double withdrawn = 0.05;
  uint64_t seed = 1;
};

struct LoadCounts {
  uint64_t commands = 0;      // begun
  uint64_t acknowledged = 0;  // answered OK
  uint64_t refused = 0;       // answered for certain with an error
  uint64_t unknown = 0;       // given up
  uint64_t reads = 0;
  uint64_t stale = 0;   // answered with less than `at_least`: must stay 0
  uint64_t failed = 0;  // reads not answered
  absl::Duration p50;   // of the answered try of commands
  absl::Duration p99;
  absl::Duration longest;
};

// Steady work on a house by many clients, each on a thread of its own: reports of which some alert
// and some are corrected or withdrawn, answers by the links in caught messages, the patrol's day,
// reads. A command of unknown outcome is repeated with its key until it is answered. Everything is
// in the house's history. Thread-safe.
class Load final {
 public:
  // The house outlives it, and has its town.
  Load(House& house, LoadOptions options);
  ~Load();  // as Stop

  void Start();
  // Nothing new is begun; returns when what was begun is answered. Resume goes on.
  void Pause();
  void Resume();
  // Ends for good: what is not answered within `at_most` is given up and stays unknown.
  void Stop(absl::Duration at_most = absl::Seconds(30));

  LoadCounts counts() const;
  // Waits until `more` further commands are acknowledged; false: not in time. Tests wait with this
  // for "the load goes on".
  bool AwaitAcknowledged(uint64_t more, absl::Duration at_most = absl::Seconds(60));
  // Times in the counts are of what was answered after this: for comparing calm with storm.
  void ResetTimes();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::fault
