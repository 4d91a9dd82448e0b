#include "libs/runtime/periodic.h"

#include <utility>

#include "libs/base/log_line.h"

namespace vaka::runtime {

Periodic::Periodic(std::string name, Clock& clock, absl::Duration interval,
                   std::function<void(absl::Time now)> run)
    : name_(std::move(name)), clock_(clock), interval_(interval), run_(std::move(run)) {}

Periodic::~Periodic() { Stop(); }

void Periodic::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Loop(std::move(stop)); });
}

void Periodic::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Periodic::RunOnce() {
  std::lock_guard lock(running_);
  const absl::Time begin = clock_.Steady();
  run_(clock_.Now());
  const absl::Duration took = clock_.Steady() - begin;
  if (took > interval_) {
    LogWarning(name_, "a run took ", absl::FormatDuration(took), ", longer than its interval of ",
               absl::FormatDuration(interval_));
  }
}

void Periodic::Loop(std::stop_token stop) {
  do {
    RunOnce();
  } while (clock_.SleepFor(interval_, stop));
}

}  // namespace vaka::runtime
