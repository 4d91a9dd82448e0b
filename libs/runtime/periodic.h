#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::runtime {

// Background work: runs `run` at Start and then one interval after each run ended. Runs never
// overlap, so `run` needs no lock against itself. Thread-safe, except that Start and Stop are
// called by one thread. A run slower than the interval is logged.
class Periodic final {
 public:
  // `run` gets the one `now` of its unit of work. It outlives this object, as does `clock`.
  Periodic(std::string name, Clock& clock, absl::Duration interval,
           std::function<void(absl::Time now)> run);
  ~Periodic();  // as Stop

  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  // REQUIRES: not started before.
  void Start();

  // Waits for a run that is under way; afterwards none runs on the thread. REQUIRES: not called by
  // `run`. Does nothing the second time, or when it was never started.
  void Stop();

  // One run, now, on the caller's thread, whether started or not.
  void RunOnce();

 private:
  void Loop(std::stop_token stop);

  // Constant after construction.
  const std::string name_;
  Clock& clock_;
  const absl::Duration interval_;
  const std::function<void(absl::Time)> run_;

  std::mutex running_;  // held while run_ runs; guards nothing else
  std::jthread thread_;
};

}  // namespace vaka::runtime
