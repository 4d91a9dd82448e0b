#include "services/gateway/rate_limit.h"

#include <algorithm>

namespace vaka::gateway {

RateLimit::RateLimit(double per_second, double burst, size_t most_keys)
    : per_second_(per_second), burst_(burst), most_keys_(most_keys) {}

absl::Duration RateLimit::Take(absl::string_view key, absl::Time now) {
  absl::MutexLock lock(&mu_);
  auto it = buckets_.find(key);
  if (it == buckets_.end()) {
    if (buckets_.size() >= most_keys_) Forget(now);
    it = buckets_.try_emplace(std::string(key), Bucket{burst_, now}).first;
  }
  Bucket& bucket = it->second;
  bucket.tokens = Filled(bucket, now);
  bucket.at = std::max(bucket.at, now);
  if (bucket.tokens < 1) return UntilOne(bucket.tokens);
  bucket.tokens -= 1;
  return absl::ZeroDuration();
}

absl::Duration RateLimit::Wait(absl::string_view key, absl::Time now) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto it = buckets_.find(key);
  const double tokens = it == buckets_.end() ? burst_ : Filled(it->second, now);
  return tokens < 1 ? UntilOne(tokens) : absl::ZeroDuration();
}

double RateLimit::Filled(const Bucket& bucket, absl::Time now) const {
  const double passed = std::max(0.0, absl::ToDoubleSeconds(now - bucket.at));
  return std::min(burst_, bucket.tokens + passed * per_second_);
}

absl::Duration RateLimit::UntilOne(double tokens) const {
  return absl::Seconds((1 - tokens) / per_second_);
}

void RateLimit::Forget(absl::Time now) {
  absl::erase_if(buckets_, [&](const auto& entry) {
    mu_.AssertHeld();
    return Filled(entry.second, now) >= burst_;
  });
  if (buckets_.size() >= most_keys_) buckets_.clear();
}

}  // namespace vaka::gateway
