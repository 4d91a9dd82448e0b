#pragma once

#include <deque>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/bell.h"
#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "libs/log/stats.h"
#include "libs/redis/client.h"

namespace vaka::log {

struct CommitterOptions {
  // Bounds of the queue; what is on its way to Redis counts.
  size_t queue_appends = 10000;
  size_t queue_bytes = size_t{64} << 20;
  // Of one round; keeps the answers of the first from waiting for too many others.
  size_t batch_appends = 1000;
  size_t batch_bytes = size_t{4} << 20;
  // How long an append is sent again before its answer is UNAVAILABLE.
  absl::Duration append_limit = absl::Seconds(10);
  // How long one round waits for Redis.
  absl::Duration round_limit = absl::Seconds(5);
  // Appends are OK only when so many replicas have them as well.
  int replicas = 0;
  // What is known of why the store does not answer, for the message of an UNAVAILABLE; may be
  // empty, and null. Thread-safe.
  std::function<std::string()> trouble = nullptr;
};

// Group commit: one thread takes all appends that wait, sends them in one write, those of one log
// in one call, and answers each by its reply, so that Redis's fsync is paid once a batch. What was
// not answered is sent again; Redis recognises it by its key, and what then proves to be this
// append's own writing is answered and published as if the first answer had come. Thread-safe;
// OnCommitted and `done` run on its thread without a lock.
class Committer final {
 public:
  // All outlive it.
  Committer(redis::Client& client, Clock& clock, const CommitterOptions& options,
            const OnCommitted& on_committed, Counters& counters);
  // Sends what waits once more, answers the rest with UNAVAILABLE, and joins.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // REQUIRES: Check(request) is OK. A full queue answers at once, on this thread.
  void Append(AppendRequest request, AppendDone done) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Item {
    AppendRequest request;
    AppendDone done;
    size_t bytes = 0;
    absl::Time expires;
    int sends = 0;
    absl::Status trouble = absl::OkStatus();  // of the last attempt
  };
  // How the last round went, which says how long to wait before the next.
  enum class Trouble { kNone, kSome, kConnection };

  void Run();
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return stopping_ || !queue_.empty(); }
  // Adds to `work` what waits, after a pause when the last round had trouble. False: stopping.
  bool Gather(Trouble trouble, absl::Duration pause, std::vector<Item>* work)
      ABSL_LOCKS_EXCLUDED(mu_);
  // One round. Leaves in `work` what has to be sent again.
  Trouble Commit(std::vector<Item>* work);
  void DropExpired(std::vector<Item>* work);
  std::string WhyAway() const;  // " (…)", or nothing
  absl::Status Register(const std::vector<Item>& work);
  static std::vector<std::vector<size_t>> GroupByLog(const std::vector<Item>& work);
  // Answers those of `work` that one call carried. False: they are to be sent again, and in
  // `again`.
  bool Settle(const std::vector<size_t>& group, const absl::StatusOr<redis::Reply>& reply,
              std::vector<Item>& work, std::vector<Item>* again);
  void CheckRepeated(const Item& item, absl::StatusOr<Appended>& answer);
  // Tells on_committed_ of what one call wrote; takes the facts out of the requests.
  void Tell(const std::vector<size_t>& group, const std::vector<absl::StatusOr<Appended>>& answers,
            std::vector<Item>& work) const;
  void Answer(Item& item, absl::StatusOr<Appended> answer);
  // Whether the entries that an earlier append with this key wrote are this item's own.
  bool IsOwn(const Item& item, const Appended& appended);

  // Constant after construction.
  redis::Client& client_;
  Clock& clock_;
  const CommitterOptions& options_;
  const OnCommitted& on_committed_;
  Counters& counters_;

  // The thread's own.
  std::set<std::string> registered_;  // municipalities known to be in the set of all
  uint64_t heard_ = 0;                // of work_bell_

  // A pause must not depend on the time of day, as a timeout of absl::Mutex does.
  Bell work_bell_;
  Bell stop_bell_;

  mutable absl::Mutex mu_;
  std::deque<Item> queue_ ABSL_GUARDED_BY(mu_);
  size_t held_ ABSL_GUARDED_BY(mu_) = 0;  // appends not answered, queued or on their way
  size_t held_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::thread thread_;
};

}  // namespace vaka::log
