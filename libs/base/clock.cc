#include "libs/base/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace vaka {

absl::Time SystemClock::Now() const { return absl::Now(); }

bool SystemClock::SleepUntil(absl::Time deadline, std::stop_token stop) {
  std::mutex mu;
  std::condition_variable_any never;
  std::unique_lock lock(mu);
  // Waits on the steady clock: a step of the wall clock must neither lengthen nor end a wait.
  const auto until =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(deadline - absl::Now());
  never.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

FakeClock::FakeClock(absl::Time start) : now_(start) {}

absl::Time FakeClock::Now() const {
  std::lock_guard lock(mu_);
  return now_;
}

bool FakeClock::SleepUntil(absl::Time deadline, std::stop_token stop) {
  std::unique_lock lock(mu_);
  return moved_.wait(lock, stop, [&] { return now_ >= deadline; });
}

void FakeClock::Advance(absl::Duration by) {
  std::lock_guard lock(mu_);
  now_ += by;
  moved_.notify_all();
}

void FakeClock::Set(absl::Time now) {
  std::lock_guard lock(mu_);
  now_ = now;
  moved_.notify_all();
}

}  // namespace vaka
