#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::fault {

// The time of day of processes that run with its environment; see time_of_day_shim.cc. Thread-safe.
class MachineClock final {
 public:
  MachineClock();
  ~MachineClock();
  MachineClock(const MachineClock&) = delete;
  MachineClock& operator=(const MachineClock&) = delete;

  // NAME=value; what such a process starts has it too.
  std::vector<std::string> environment() const;

  // All of them are `ahead` of the true time from now on; negative: behind.
  void Set(absl::Duration ahead);

 private:
  redis::TempFolder folder_;
  std::atomic<int64_t>* ahead_ = nullptr;  // nanoseconds, shared with the processes
};

}  // namespace vaka::fault
