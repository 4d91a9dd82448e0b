#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "absl/time/time.h"

namespace vaka {

// Wakes a loop that waits for work or for a moment. The moment is counted by the machine's steady
// clock: absl::Mutex waits until a time of day, and a clock that is set back an hour would hold the
// loop up for an hour. Thread-safe; several may wait.
class Bell final {
 public:
  void Ring();

  // How often it was rung: at once when that is not `heard`, else after the next ring, or after
  // `at_most`.
  uint64_t Await(uint64_t heard, absl::Duration at_most);

 private:
  std::mutex mu_;
  std::condition_variable rung_;
  uint64_t rings_ = 0;  // guarded by mu_
};

}  // namespace vaka
