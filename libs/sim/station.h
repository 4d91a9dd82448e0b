#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/sim/events.h"
#include "libs/sim/waits.h"

namespace vaka::sim {

// What one or several stations of a kind came to, as a whole and by windows of equal length.
struct Tally {
  struct Window {
    absl::Duration busy;   // of all servers together
    uint64_t longest = 0;  // most that waited at one station at a time
    uint64_t refused = 0;
  };

  Tally(absl::Time from, absl::Duration a_window) : start(from), window(a_window) {}
  Window& At(absl::Time when);

  absl::Time start;
  absl::Duration window;
  int servers = 0;
  uint64_t arrived = 0;
  uint64_t refused = 0;
  uint64_t done = 0;
  uint64_t inside = 0;    // waiting or served
  uint64_t longest = 0;   // most that waited at one station at a time
  absl::Duration busy;    // of all servers together
  absl::Duration waited;  // sum over time of how many waited: by Little's law that of all waits
  Waits waits;            // of those whose service has begun
  std::vector<Window> windows;
};

struct StationOptions {
  int servers = 1;
  // Inside at the same time, those in service too; more are refused.
  uint64_t most = std::numeric_limits<uint64_t>::max();
  // A server takes so many at once …
  uint64_t batch = 1;
  // … and needs this long for them, whatever they are, besides the work of each.
  absl::Duration a_batch = absl::ZeroDuration();
  // Asked of each who comes and finds room; false: refused. May be null.
  std::function<bool()> admit = nullptr;
};

// Where work is done one after the other, first come, first served. Servers that are free begin at
// once; a server that takes several is done with all of them at the same time. Not thread-safe.
class Station final {
 public:
  using Done = std::function<void()>;

  // All outlive the station; `tally` may be of several.
  Station(Events& events, StationOptions options, Tally& tally);
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  // One who needs `work`; `done` runs when it is done. False: refused, and `done` never runs.
  bool Offer(absl::Duration work, Done done);

  uint64_t waiting() const { return queue_.size(); }

  // Counts time up to now; call it once at the end.
  void Settle();

 private:
  struct Job {
    absl::Time arrived;
    absl::Duration work;
    Done done;
  };

  void Begin();

  Events& events_;
  const StationOptions options_;
  Tally& tally_;
  std::deque<Job> queue_;
  int busy_ = 0;
  uint64_t served_ = 0;
  absl::Time counted_;     // up to here
  absl::Time window_end_;  // of the window that holds `counted_`
};

}  // namespace vaka::sim
