#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/time/time.h"

namespace vaka::sim {

// What is to happen, by its time; at equal times in the order in which it was asked for, so that a
// run is the same every time. Time passes only from one thing to the next. Not thread-safe.
class Events final {
 public:
  using What = std::function<void()>;

  explicit Events(absl::Time start) : now_(start) {}

  absl::Time now() const { return now_; }

  // A time that has passed is now.
  void At(absl::Time when, What what);
  void After(absl::Duration wait, What what) { At(now_ + wait, std::move(what)); }

  // Does what comes before `end`, and what that brings about; then it is `end`.
  void RunUntil(absl::Time end);

 private:
  struct Entry {
    absl::Time at;
    uint64_t order;
    What what;
  };
  static bool Later(const Entry& a, const Entry& b) {
    return a.at > b.at || (a.at == b.at && a.order > b.order);
  }

  absl::Time now_;
  uint64_t orders_ = 0;
  std::vector<Entry> heap_;  // the next one first
};

}  // namespace vaka::sim
