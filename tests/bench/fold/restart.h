#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/system/system.h"

namespace vaka::bench {

// `vaka run` with a municipality whose log is long: how long it takes from its start until it
// serves everything. Used by one thread.
class Restart final {
 public:
  absl::Status Fill(uint64_t facts);

  // Without the snapshots of any service: each folds the whole log, Redis reads its file.
  absl::StatusOr<absl::Duration> WithoutSnapshots();
  // With those that the stop before saved.
  absl::StatusOr<absl::Duration> WithSnapshots();
  // The same, with a Redis that runs already, as after a new version of the program.
  struct BesideRedis {
    absl::Duration redis;  // until that Redis had read its files
    absl::Duration ready;  // from then on
  };
  absl::StatusOr<BesideRedis> WithSnapshotsBesideRedis();

 private:
  std::unique_ptr<System> system_;
  bool runs_ = false;
};

}  // namespace vaka::bench
