#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/log/committer.h"
#include "libs/log/log.h"
#include "libs/log/snapshots.h"
#include "libs/log/stats.h"
#include "libs/redis/client.h"

namespace vaka::log {

struct RedisLogOptions {
  CommitterOptions commit = {};
  absl::Duration read_timeout = absl::Seconds(5);
  OnCommitted on_committed = nullptr;
};

// The log in Redis, one server or a cluster. Appends go in Redis Function calls (see
// AppendLibrary); reads are plain commands. Each node has a Committer, so that a node that is away
// holds up only its own municipalities. Thread-safe.
//
// Durable as far as Redis is: with `appendfsync always` an OK means on disk.
class RedisLog final : public Log {
 public:
  // Loads the functions on every master. UNAVAILABLE: Redis cannot be reached; try again.
  // `client` and `clock` outlive the log.
  static absl::StatusOr<std::unique_ptr<RedisLog>> Open(redis::Client& client,
                                                        RedisLogOptions options, Clock& clock);
  // Sends what waits once more, and answers the rest with UNAVAILABLE.
  ~RedisLog() override;

  void Append(AppendRequest request, AppendDone done) override;
  absl::StatusOr<std::optional<Appended>> Seen(const std::string& kommun, Stream stream,
                                               const std::string& idempotency_key) override;
  absl::StatusOr<std::vector<Entry>> Read(const std::string& kommun, Stream stream, uint64_t after,
                                          size_t limit) override;
  absl::StatusOr<uint64_t> Head(const std::string& kommun, Stream stream) override;
  absl::StatusOr<std::shared_ptr<const Ends>> EndsSince(absl::Time since) override;
  // Of all that an append was tried for.
  absl::StatusOr<std::vector<std::string>> Municipalities() override;
  absl::StatusOr<std::optional<Snapshot>> LoadSnapshot(const std::string& kommun,
                                                       const std::string& fold) override;
  absl::Status SaveSnapshot(const std::string& kommun, const std::string& fold,
                            const Snapshot& snapshot) override;
  // Keeps about the last ten thousand.
  absl::Status Park(const std::string& kommun, Stream stream, const Entry& entry,
                    const std::string& fold, const std::string& reason) override;
  absl::StatusOr<std::vector<std::string>> SubjectKeys(
      const std::string& kommun, const std::vector<std::string>& subjects) override;
  absl::Status EraseSubjectKey(const std::string& kommun, const std::string& subject) override;

  Stats stats() const;

 private:
  RedisLog(redis::Client& client, RedisLogOptions options, Clock& clock);

  Committer& CommitterOf(const std::string& kommun, Stream stream) ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<redis::Reply> Call(const std::string& key, redis::Argv argv);
  absl::StatusOr<std::shared_ptr<const Ends>> AskEnds(absl::Time now);

  // Constant after construction.
  redis::Client& client_;
  const RedisLogOptions options_;
  Clock& clock_;

  Snapshots snapshots_;
  Counters counters_;

  // The last answer of EndsSince; held while it is asked for.
  absl::Mutex ends_mu_;
  absl::Time ends_asked_ ABSL_GUARDED_BY(ends_mu_) = absl::InfinitePast();
  absl::StatusOr<std::shared_ptr<const Ends>> ends_ ABSL_GUARDED_BY(ends_mu_);

  absl::Mutex mu_;
  // By node; one of a node that has left stays idle. Last, so that its threads end first.
  std::map<std::string, std::unique_ptr<Committer>> committers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::log
