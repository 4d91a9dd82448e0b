#pragma once

// Shared by live_hub.cc and live_stream.cc only.
#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "services/gateway/live_hub.h"

namespace vaka::gateway {

// One municipality's recent facts and who watches them.
struct LiveStream::Feed {
  explicit Feed(std::string kommun_of, uint64_t from)
      : kommun(std::move(kommun_of)), position(from), begin_after(from) {}

  const std::string kommun;

  mutable absl::Mutex mu;
  uint64_t position ABSL_GUARDED_BY(mu);     // the last fact that came
  uint64_t begin_after ABSL_GUARDED_BY(mu);  // the ring holds every fact after this one
  uint64_t config_seq ABSL_GUARDED_BY(mu) = 0;
  std::shared_ptr<const HomeBurglaries> burglaries ABSL_GUARDED_BY(mu) =
      std::make_shared<HomeBurglaries>();
  std::deque<std::shared_ptr<const LiveItem>> ring ABSL_GUARDED_BY(mu);
  uint64_t deliveries_begin ABSL_GUARDED_BY(mu) =
      0;  // number of the first in `deliveries`, less one
  std::deque<std::shared_ptr<const LiveItem>> deliveries ABSL_GUARDED_BY(mu);
  uint64_t deliveries_shown ABSL_GUARDED_BY(mu) = 0;  // number of the last that streams may take
  std::shared_ptr<const LiveItem> beat ABSL_GUARDED_BY(mu);
  std::vector<std::weak_ptr<LiveStream>> streams ABSL_GUARDED_BY(mu);

  uint64_t deliveries_end() const ABSL_SHARED_LOCKS_REQUIRED(mu) {
    return deliveries_begin + deliveries.size();
  }

  bool IsWatched() const ABSL_SHARED_LOCKS_REQUIRED(mu) {
    return std::any_of(streams.begin(), streams.end(), [](const auto& s) { return !s.expired(); });
  }

  // The streams that are to be woken: those that wait, and those that were overtaken. Takes them
  // out of waiting, and forgets those that are gone.
  std::vector<std::shared_ptr<LiveStream>> TakeWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu);
};

}  // namespace vaka::gateway
