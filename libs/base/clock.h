#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "absl/time/time.h"

namespace vaka {

// The only source of time, and the only way to wait for it. Every class whose behaviour depends on
// time takes one. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;

  // Waits until `deadline` or until `stop` is requested. True: the deadline was reached; false:
  // stopped.
  virtual bool SleepUntil(absl::Time deadline, std::stop_token stop) = 0;

  bool SleepFor(absl::Duration duration, std::stop_token stop) {
    return SleepUntil(Now() + duration, std::move(stop));
  }
};

// The machine's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  bool SleepUntil(absl::Time deadline, std::stop_token stop) override;
};

// A clock that stands still until a test moves it. Waiters wake when it passes their deadline.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time start);

  absl::Time Now() const override;
  bool SleepUntil(absl::Time deadline, std::stop_token stop) override;

  void Advance(absl::Duration by);
  void Set(absl::Time now);

 private:
  mutable std::mutex mu_;
  std::condition_variable_any moved_;
  absl::Time now_;
};

}  // namespace vaka
