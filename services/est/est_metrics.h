#pragma once

#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace prometheus {
class Registry;
}

namespace vaka::est {

// What est counts and times. Thread-safe.
class Metrics {
 public:
  enum class Step { kFreeze, kPublish };
  enum class Outcome { kDone, kElsewhere, kFailed };  // elsewhere: a person or a replica was first

  // `registry` outlives it.
  explicit Metrics(prometheus::Registry& registry);
  ~Metrics();

  void CountStep(Step step, Outcome outcome);

  // Times from its making to its end.
  class Timed {
   public:
    explicit Timed(Metrics& metrics);
    ~Timed();
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

   private:
    Metrics& metrics_;
    const int64_t started_;  // nanoseconds of the processor's clock: a duration, not a time
  };
  // The answer of a week's picture.
  Timed TimePicture() { return Timed(*this); }

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::est
