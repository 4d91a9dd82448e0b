#include "libs/sim/events.h"

#include <algorithm>
#include <utility>

namespace vaka::sim {

void Events::At(absl::Time when, What what) {
  heap_.push_back({std::max(when, now_), orders_++, std::move(what)});
  std::push_heap(heap_.begin(), heap_.end(), Later);
}

void Events::RunUntil(absl::Time end) {
  while (!heap_.empty() && heap_.front().at < end) {
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    Entry entry = std::move(heap_.back());
    heap_.pop_back();
    now_ = entry.at;
    entry.what();
  }
  now_ = std::max(now_, end);
}

}  // namespace vaka::sim
