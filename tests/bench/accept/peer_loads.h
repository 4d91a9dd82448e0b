#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/client.h"
#include "tests/bench/accept/load.h"
#include "tests/bench/peers/peers.h"

namespace vaka::bench {

// Entries of kEntryBytes given to a peer until it says that it has them, by one connection for
// `length`. Each Run begins with an empty store of entries, and leaves none behind. An object is
// used by one thread; its peer outlives it.

// XADD, `under_way` in each write. One at a time, each answer is timed.
class RedisLoad final {
 public:
  explicit RedisLoad(RedisPeer& peer) : client_(peer.NewClient()) {}
  absl::StatusOr<Load> Run(size_t under_way, absl::Duration length);

 private:
  SystemClock clock_;
  const std::unique_ptr<redis::Client> client_;
};

// Persistent messages to a quorum queue, with at most `under_way` of them not yet confirmed.
absl::StatusOr<Load> RabbitLoad(const RabbitPeer& peer, size_t under_way, absl::Duration length);

// Messages to a stream in a file, with at most `under_way` of them not yet acknowledged.
absl::StatusOr<Load> NatsLoad(const NatsPeer& peer, size_t under_way, absl::Duration length);

// Rows inserted by a prepared statement, `rows` of them a statement and commit.
absl::StatusOr<Load> PostgresLoad(const PostgresPeer& peer, size_t rows, absl::Duration length);

}  // namespace vaka::bench
