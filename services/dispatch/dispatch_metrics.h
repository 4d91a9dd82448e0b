#pragma once

#include <memory>

namespace prometheus {
class Registry;
}

namespace vaka::dispatch {

// What dispatch counts. Thread-safe.
class Metrics {
 public:
  // `registry` outlives it.
  explicit Metrics(prometheus::Registry& registry);
  ~Metrics();

  void CountTimeout();  // an incident sent to the car was not answered
  void CountMissedCheckIn();
  void CountWatchFailure();  // the watch could not read or record; it tries again

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::dispatch
