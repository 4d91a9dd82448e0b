#pragma once

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
  // `timeout` is of each command. `client` and `clock` outlive this.
  Snapshots(redis::Client& client, absl::Duration timeout, Clock& clock)
      : client_(client), timeout_(timeout), clock_(clock) {}

  // The function that makes pieces a snapshot; for redis::Client::UseLibrary.
  static std::string Library();

  // See Log::LoadSnapshot. Nothing also for one whose form is of another version of this program.
  absl::StatusOr<std::optional<Snapshot>> Load(const std::string& kommun, const std::string& fold);
  // The one before stays until the whole new one is there. ABORTED: another process saved
  // meanwhile.
  absl::Status Save(const std::string& kommun, const std::string& fold, const Snapshot& snapshot);

 private:
  absl::StatusOr<redis::Reply> Call(const std::string& key, redis::Argv argv);

  redis::Client& client_;
  const absl::Duration timeout_;
  Clock& clock_;
};

}  // namespace vaka::log
