#include "libs/base/clock.h"

#include <chrono>

#include "absl/time/clock.h"

namespace vaka {

absl::Time SystemClock::Now() const { return absl::Now(); }

absl::Time SystemClock::Steady() const {
  static const auto begin = std::chrono::steady_clock::now();
  static const absl::Time begun = absl::Now();
  return begun + absl::FromChrono(std::chrono::steady_clock::now() - begin);
}

bool SystemClock::SleepUntil(absl::Time deadline, std::stop_token stop) {
  std::mutex mu;
  std::condition_variable_any never;
  std::unique_lock lock(mu);
  const auto until =
      std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(deadline - Steady());
  never.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

FakeClock::FakeClock(absl::Time start) : steady_(start) {}

absl::Time FakeClock::Now() const {
  std::lock_guard lock(mu_);
  return steady_ + stepped_;
}

absl::Time FakeClock::Steady() const {
  std::lock_guard lock(mu_);
  return steady_;
}

bool FakeClock::SleepUntil(absl::Time deadline, std::stop_token stop) {
  std::unique_lock lock(mu_);
  return moved_.wait(lock, stop, [&] { return steady_ >= deadline; });
}

void FakeClock::Advance(absl::Duration by) {
  std::lock_guard lock(mu_);
  steady_ += by;
  moved_.notify_all();
}

void FakeClock::Set(absl::Time now) {
  std::lock_guard lock(mu_);
  const absl::Duration by = now - (steady_ + stepped_);
  if (by > absl::ZeroDuration()) {
    steady_ += by;
  } else {
    stepped_ += by;
  }
  moved_.notify_all();
}

void FakeClock::Step(absl::Duration by) {
  std::lock_guard lock(mu_);
  stepped_ += by;
}

}  // namespace vaka
