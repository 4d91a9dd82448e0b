#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/log/redis_log.h"
#include "tests/fault/bus/staleness.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// How far a house's folds are behind its logs, as an operator can see it: the heads in the store,
// and the positions that each process shows among its metrics, looked at all the time. A look sees
// what stood a few hundredths of a second before. Thread-safe; threads of its own.
class HouseStaleness final {
 public:
  // From now on. The house outlives it.
  explicit HouseStaleness(House& house);
  ~HouseStaleness();

  // The process does not run, or only now runs again: what it missed meanwhile is no breach. Begin
  // before it is stopped.
  void Excuse(const std::string& process);
  void Expect(const std::string& process);

  struct Worst {
    absl::Duration owed_off;
    absl::Duration wall;
    std::string whose;   // process and fold of the former
    uint64_t looks = 0;  // that saw a position
  };
  Worst worst() const;

 private:
  void Run(std::stop_token stop);
  void NoteHeads();
  void LookAt(const HouseProcess& process);
  void Judge(const std::string& process, const std::string& fold, uint64_t position,
             absl::Time seen);

  House& house_;
  Clock& clock_;
  const std::unique_ptr<redis::Client> redis_;
  const std::unique_ptr<log::RedisLog> log_;

  mutable absl::Mutex mu_;
  // Each head with when it was first seen, in order.
  std::vector<std::pair<uint64_t, absl::Time>> heads_[2] ABSL_GUARDED_BY(mu_);
  std::map<std::string, absl::Time> since_ ABSL_GUARDED_BY(mu_);  // by process: promises from then
  Worst worst_ ABSL_GUARDED_BY(mu_);

  Witness witness_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace vaka::fault
