#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "absl/time/time.h"

namespace vaka {

// The only source of time, and the only way to wait for it. Every class whose behaviour depends on
// time takes one. Thread-safe.
//
// Two hands: Now is the time of day, for what people and facts speak of (recorded_at, quiet hours,
// a token's end); somebody may set it forward or back. Steady only ever goes on, for how long
// something takes and may take: deadlines, intervals, ages. The two are not compared.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual absl::Time Now() const = 0;

  // Begins at about the time of day, and then counts what passes.
  virtual absl::Time Steady() const = 0;

  // Waits until Steady is `deadline` or until `stop` is requested. True: the deadline was reached;
  // false: stopped.
  virtual bool SleepUntil(absl::Time deadline, std::stop_token stop) = 0;

  bool SleepFor(absl::Duration duration, std::stop_token stop) {
    return SleepUntil(Steady() + duration, std::move(stop));
  }
};

// The machine's clock. Every one in the process has the same Steady.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
  absl::Time Steady() const override;
  bool SleepUntil(absl::Time deadline, std::stop_token stop) override;
};

// A clock that stands still until a test moves it. Waiters wake when it passes their deadline.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time start);

  absl::Time Now() const override;
  absl::Time Steady() const override;
  bool SleepUntil(absl::Time deadline, std::stop_token stop) override;

  // Time passes: both hands move.
  void Advance(absl::Duration by);
  // As Advance when `now` is to come; back, it is a Step.
  void Set(absl::Time now);
  // Somebody sets the time of day; none passes.
  void Step(absl::Duration by);

 private:
  mutable std::mutex mu_;
  std::condition_variable_any moved_;
  absl::Time steady_;
  absl::Duration stepped_;  // of the time of day against it
};

}  // namespace vaka
