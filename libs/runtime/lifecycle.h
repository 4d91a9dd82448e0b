#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::runtime {

// The order in which a process ends: whatever was started pushes its named undo at once, and Stop
// runs them last in, first out. Belongs to one thread.
class Lifecycle final {
 public:
  // `step_limit`: how long one undo may take before Stop goes on without it; `limit`: all of them
  // together, after which those that are left still get a moment each, for most need no more.
  explicit Lifecycle(Clock& clock, absl::Duration step_limit = absl::Seconds(3),
                     absl::Duration limit = absl::Seconds(4));

  // As Stop; then waits for steps that were given up, so that nothing is destroyed under them.
  ~Lifecycle();

  Lifecycle(const Lifecycle&) = delete;
  Lifecycle& operator=(const Lifecycle&) = delete;

  // Right after `name` was started. `undo` runs once, on a thread of its own.
  void Push(std::string name, std::function<absl::Status()> undo);

  // Runs every undo, whatever the others answered, and logs the slow ones. Returns the first
  // failure. DEADLINE_EXCEEDED when a step was given up: its thread still runs, so main must leave
  // by std::_Exit. Does nothing the second time.
  absl::Status Stop();

 private:
  struct Undo {
    std::string name;
    std::function<absl::Status()> run;
  };
  struct Running;

  absl::Status RunBounded(Undo undo, absl::Time all_until);

  // Constant after construction.
  Clock& clock_;
  const absl::Duration step_limit_;
  const absl::Duration limit_;

  std::vector<Undo> undos_;
  std::vector<std::unique_ptr<Running>> given_up_;
};

}  // namespace vaka::runtime
