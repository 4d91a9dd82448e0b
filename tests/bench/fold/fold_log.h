#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/log/redis_log.h"
#include "services/est/est.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::bench {

// The log of fold/facts.h in a Redis of its own, and the ways of reading it that are compared. Used
// by one thread.
class FoldLog final {
 public:
  // Appends the facts through the product's log.
  absl::Status Fill(uint64_t reports);
  uint64_t facts() const { return facts_; }

  // XRANGE by the product's client, in pieces as the product reads them, and nothing done with the
  // answers. Facts a second.
  absl::StatusOr<double> Xrange();
  // est's state made from the log as a service makes it that has no snapshot, until it answers:
  // read, checked, decoded, folded. The snapshot is saved afterwards. Facts a second.
  absl::StatusOr<double> Rebuild();
  // The same from entries that are in memory already, without snapshots. Facts a second of
  // processor time.
  absl::StatusOr<double> FoldAlone();

 private:
  // OK: every fact was taken in, none put aside.
  absl::Status Check(uint64_t position, uint64_t parked) const;

  SystemClock clock_;
  redis::TestRedis redis_;
  std::unique_ptr<redis::Client> client_ = redis_.NewClient();
  std::unique_ptr<log::RedisLog> log_;
  std::vector<log::Entry> entries_;  // the whole log, once FoldAlone needed it
  uint64_t facts_ = 0;
};

}  // namespace vaka::bench
