#pragma once

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace vaka::gateway {

// A token bucket per key (an address, a municipality): `burst` at once, `per_second` in the long
// run. Bounded: of more than `most_keys` keys, those whose bucket is full are forgotten, and when
// there are none such, all. Thread-safe.
class RateLimit {
 public:
  RateLimit(double per_second, double burst, size_t most_keys = 65536);

  // Zero: taken. Else nothing was taken, and one is there again after this long.
  absl::Duration Take(absl::string_view key, absl::Time now);

  // As Take, taking nothing.
  absl::Duration Wait(absl::string_view key, absl::Time now) const;

 private:
  struct Bucket {
    double tokens = 0;
    absl::Time at;
  };

  double Filled(const Bucket& bucket, absl::Time now) const;
  absl::Duration UntilOne(double tokens) const;
  void Forget(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const double per_second_;
  const double burst_;
  const size_t most_keys_;

  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string, Bucket> buckets_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::gateway
