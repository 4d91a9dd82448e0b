#include "libs/runtime/lifecycle.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"

namespace vaka::runtime {
namespace {

constexpr absl::Duration kSlow = absl::Milliseconds(500);
constexpr absl::Duration kMoment = absl::Milliseconds(100);

}  // namespace

// One undo on its thread. `done` is requested when `result` is there to be read.
struct Lifecycle::Running {
  absl::Status result;
  std::stop_source done;
  std::jthread thread;  // last: joins before the others go
};

Lifecycle::Lifecycle(Clock& clock, absl::Duration step_limit, absl::Duration limit)
    : clock_(clock), step_limit_(step_limit), limit_(limit) {}

Lifecycle::~Lifecycle() { Stop().IgnoreError(); }  // each failure was logged

void Lifecycle::Push(std::string name, std::function<absl::Status()> undo) {
  undos_.push_back({std::move(name), std::move(undo)});
}

absl::Status Lifecycle::Stop() {
  const absl::Time all_until = clock_.Steady() + limit_;
  absl::Status first;
  absl::Status given_up;
  while (!undos_.empty()) {
    Undo undo = std::move(undos_.back());
    undos_.pop_back();
    const absl::Status status = RunBounded(std::move(undo), all_until);
    first.Update(status);
    if (absl::IsDeadlineExceeded(status)) given_up.Update(status);
  }
  // That a step still runs decides how main may leave, so it is said before any other failure.
  return given_up.ok() ? first : given_up;
}

absl::Status Lifecycle::RunBounded(Undo undo, absl::Time all_until) {
  const absl::Time begin = clock_.Steady();
  const absl::Time until = std::min(begin + step_limit_, std::max(all_until, begin + kMoment));
  auto running = std::make_unique<Running>();
  running->thread = std::jthread([&step = *running, run = std::move(undo.run)] {
    step.result = run();
    step.done.request_stop();
  });
  const bool late = clock_.SleepUntil(until, running->done.get_token());
  if (late && !running->done.stop_requested()) {
    given_up_.push_back(std::move(running));
    const auto status = absl::DeadlineExceededError(
        absl::StrCat("stop ", undo.name, ": not done after ", absl::FormatDuration(until - begin)));
    LogError("lifecycle", status.message(), "; going on without it");
    return status;
  }
  running->thread.join();
  if (const absl::Duration took = clock_.Steady() - begin; took > kSlow) {
    LogWarning("lifecycle", "stop ", undo.name, " took ", absl::FormatDuration(took));
  }
  if (running->result.ok()) return absl::OkStatus();
  LogError("lifecycle", "stop ", undo.name, ": ", running->result.ToString());
  // A step's own DEADLINE_EXCEEDED must not read as "given up".
  const absl::StatusCode code = absl::IsDeadlineExceeded(running->result)
                                    ? absl::StatusCode::kInternal
                                    : running->result.code();
  return absl::Status(code, absl::StrCat("stop ", undo.name, ": ", running->result.message()));
}

}  // namespace vaka::runtime
