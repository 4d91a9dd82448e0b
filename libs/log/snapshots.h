#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "libs/redis/client.h"

namespace vaka::log {

// Folds' snapshots in Redis: one hash a fold, that holds a head and the state in compressed pieces
// (zstd). Redis does one thing at a time, and a state may be hundreds of megabytes: each piece is
// written by itself, so that appends go between them, and a last call makes them the snapshot and
// drops the one before, in one step. What a save leaves that does not come to its end goes with the
// next. Thread-safe.
class Snapshots final {
 public:
  // All of a snapshot but its pieces.
  struct Head {
    std::string id;  // of the pieces
    uint32_t schema = 0;
    uint64_t position = 0;
    size_t size = 0;    // of the state, bytes
    size_t pieces = 0;  // how many
    std::string sum;    // Checksum of the state
  };

  // `timeout` is of each command. `client` and `clock` outlive this.
  Snapshots(redis::Client& client, absl::Duration timeout, Clock& clock)
      : client_(client), timeout_(timeout), clock_(clock) {}

  // The function that makes pieces a snapshot; for redis::Client::UseLibrary.
  static std::string Library();

  // See Log::LoadSnapshot; one that another process replaces meanwhile is read anew. Nothing also
  // for one whose form is of another version of this program.
  absl::StatusOr<std::optional<Snapshot>> Load(const std::string& kommun, const std::string& fold);
  // The one before stays until the whole new one is there. ABORTED: another process saved
  // meanwhile.
  absl::Status Save(const std::string& kommun, const std::string& fold, const Snapshot& snapshot);

 private:
  // Nothing: there is none. DATA_LOSS: it is damaged.
  absl::StatusOr<std::optional<Head>> ReadHead(const std::string& key);
  // DATA_LOSS: a piece is damaged, or gone.
  absl::StatusOr<std::string> ReadState(const std::string& key, const Head& head);
  absl::StatusOr<redis::Reply> Call(const std::string& key, redis::Argv argv);

  redis::Client& client_;
  const absl::Duration timeout_;
  Clock& clock_;
};

}  // namespace vaka::log
