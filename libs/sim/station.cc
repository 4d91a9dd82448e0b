#include "libs/sim/station.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace vaka::sim {

Tally::Window& Tally::At(absl::Time when) {
  absl::Duration rest;
  const int64_t place = absl::IDivDuration(when - start, window, &rest);
  if (static_cast<size_t>(place) >= windows.size()) windows.resize(static_cast<size_t>(place) + 1);
  return windows[static_cast<size_t>(place)];
}

Station::Station(Events& events, StationOptions options, Tally& tally)
    : events_(events),
      options_(options),
      tally_(tally),
      counted_(events.now()),
      window_end_(events.now()) {
  tally_.servers += options_.servers;
}

bool Station::Offer(absl::Duration work, Done done) {
  Settle();
  ++tally_.arrived;
  const bool full = queue_.size() + served_ >= options_.most;
  if (full || (options_.admit != nullptr && !options_.admit())) {
    ++tally_.refused;
    ++tally_.At(events_.now()).refused;
    return false;
  }
  ++tally_.inside;
  queue_.push_back({events_.now(), work, std::move(done)});
  Begin();
  Tally::Window& window = tally_.At(events_.now());
  window.longest = std::max<uint64_t>(window.longest, queue_.size());
  tally_.longest = std::max<uint64_t>(tally_.longest, queue_.size());
  return true;
}

void Station::Begin() {
  while (busy_ < options_.servers && !queue_.empty()) {
    ++busy_;
    // Shared with the event, which must be copyable.
    auto taken = std::make_shared<std::vector<Job>>();
    absl::Duration length = options_.a_batch;
    while (!queue_.empty() && taken->size() < options_.batch) {
      tally_.waits.Add(events_.now() - queue_.front().arrived);
      length += queue_.front().work;
      taken->push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    served_ += taken->size();
    events_.After(length, [this, taken] {
      Settle();
      --busy_;
      served_ -= taken->size();
      tally_.done += taken->size();
      tally_.inside -= taken->size();
      Begin();
      for (Job& job : *taken) {
        if (job.done) job.done();
      }
    });
  }
}

void Station::Settle() {
  const absl::Time now = events_.now();
  while (counted_ < now) {
    if (counted_ >= window_end_) {
      absl::Duration begun;
      absl::IDivDuration(counted_ - tally_.start, tally_.window, &begun);
      window_end_ = counted_ + (tally_.window - begun);
    }
    const absl::Time end = std::min(now, window_end_);
    if (const absl::Duration passed = end - counted_; busy_ > 0) {
      Tally::Window& window = tally_.At(counted_);
      window.busy += passed * busy_;
      window.longest = std::max<uint64_t>(window.longest, queue_.size());
      tally_.busy += passed * busy_;
      tally_.waited += passed * static_cast<int64_t>(queue_.size());
    }
    counted_ = end;
  }
}

}  // namespace vaka::sim
