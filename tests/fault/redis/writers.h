#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/log/log.h"

namespace vaka::fault {

// What a log holds, compared with what its writers were told.
struct Tally {
  uint64_t acknowledged = 0;
  uint64_t unknown = 0;       // given up without an answer
  uint64_t unknown_done = 0;  // of those: in the log
  uint64_t lost = 0;          // acknowledged, and not in the log at the numbers answered
  uint64_t doubled = 0;       // in the log twice
  uint64_t foreign = 0;       // in the log, and nobody sent it
  uint64_t holes = 0;
  uint64_t damaged = 0;

  // Nothing that was promised is broken.
  bool ok() const { return lost + doubled + foreign + holes + damaged == 0; }
};
std::ostream& operator<<(std::ostream& out, const Tally& tally);

struct WritersOptions {
  std::string kommun = "0127";
  int threads = 4;
  int facts = 2;  // an append, at most
  // How long one append is sent again with its key before its outcome stays unknown.
  absl::Duration patience = absl::Minutes(1);
};

// Clients that append to a log as fast as they are answered, on a thread each: every fact is
// unique, and an append of unknown outcome is repeated with its key, as the house's clients do.
// Thread-safe. The log outlives it.
class Writers final {
 public:
  // Several logs are used in turn: the clients of several processes.
  Writers(std::vector<log::Log*> logs, WritersOptions options);
  ~Writers();  // as Stop

  // Nothing new is begun; returns when what was begun is answered or given up.
  void Stop();

  // Waits until so many more are acknowledged; false: not within a minute.
  bool AwaitAcknowledged(uint64_t more);
  uint64_t acknowledged() const { return acknowledged_; }
  // Answers that were neither OK nor one that says to try again.
  std::vector<absl::Status> strange() const;
  // The last UNAVAILABLE.
  absl::Status last_trouble() const;

  // Compares what they know with the log now, as `log` reads it. REQUIRES: stopped.
  Tally Compare(log::Log& log) const;

 private:
  struct Known {
    std::vector<std::string> facts;
    bool acknowledged = false;
    log::Appended numbers;
  };

  void Write(int thread);
  void AppendOnce(log::Log& log, const std::string& key, int facts);

  // Constant after construction.
  const std::vector<log::Log*> logs_;
  const WritersOptions options_;

  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> acknowledged_{0};

  mutable absl::Mutex mu_;
  std::map<std::string, Known> known_ ABSL_GUARDED_BY(mu_);  // by key
  std::vector<absl::Status> strange_ ABSL_GUARDED_BY(mu_);
  absl::Status last_trouble_ ABSL_GUARDED_BY(mu_);

  std::vector<std::jthread> threads_;
};

}  // namespace vaka::fault
