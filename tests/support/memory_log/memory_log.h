#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/log/log.h"

namespace vaka::log {

// The log in memory, for tests: the semantics of Log, and hooks to make it misbehave. It remembers
// every key for as long as it lives. `done` and OnCommitted run inline, on the appender's thread,
// without a lock. Thread-safe.
class MemoryLog final : public Log {
 public:
  struct Parked {
    std::string kommun;
    Stream stream = Stream::kFacts;
    Entry entry;
    std::string fold;
    std::string reason;
  };

  // What happens to one append instead of its ordinary answer.
  enum class Fault {
    kLostBeforeWrite,  // UNAVAILABLE; nothing was written
    kLostAfterWrite,   // UNAVAILABLE; written, and OnCommitted not called
    kQueueFull,        // RESOURCE_EXHAUSTED; nothing was written
  };

  explicit MemoryLog(OnCommitted on_committed = nullptr);

  // REQUIRES: no append is under way.
  void SetOnCommitted(OnCommitted on_committed);

  void Append(AppendRequest request, AppendDone done) override;
  absl::StatusOr<std::optional<Appended>> Seen(const std::string& kommun, Stream stream,
                                               const std::string& idempotency_key) override;
  absl::StatusOr<std::vector<Entry>> Read(const std::string& kommun, Stream stream, uint64_t after,
                                          size_t limit) override;
  absl::StatusOr<uint64_t> Head(const std::string& kommun, Stream stream) override;
  // Asks each time.
  absl::StatusOr<std::shared_ptr<const Ends>> EndsSince(absl::Time since) override;
  absl::StatusOr<std::vector<std::string>> Municipalities() override;
  absl::StatusOr<std::optional<Snapshot>> LoadSnapshot(const std::string& kommun,
                                                       const std::string& fold) override;
  absl::Status SaveSnapshot(const std::string& kommun, const std::string& fold,
                            const Snapshot& snapshot) override;
  absl::Status Park(const std::string& kommun, Stream stream, const Entry& entry,
                    const std::string& fold, const std::string& reason) override;
  absl::StatusOr<std::vector<std::string>> SubjectKeys(
      const std::string& kommun, const std::vector<std::string>& subjects) override;
  absl::Status EraseSubjectKey(const std::string& kommun, const std::string& subject) override;

  // Append, waiting. For tests that only need facts in a log.
  absl::StatusOr<Appended> AppendNow(AppendRequest request);

  // The next append meets `fault`; several calls queue up.
  void FailNextAppend(Fault fault);
  // While set, everything but Append answers UNAVAILABLE.
  void FailReads(bool fail);
  // The entry reads as not intact, its first byte flipped. REQUIRES: it exists.
  void Damage(const std::string& kommun, Stream stream, uint64_t seq);
  // LoadSnapshot answers DATA_LOSS until the fold saves the next one.
  void DamageSnapshot(const std::string& kommun, const std::string& fold);
  // Called by LoadSnapshot, first: what another process does meanwhile. REQUIRES: nobody loads.
  void SetBeforeLoadSnapshot(std::function<void()> meanwhile) {
    before_load_snapshot_ = std::move(meanwhile);
  }
  // Forgets every entry after `head`, as a log that lost its tail.
  void LoseTail(const std::string& kommun, Stream stream, uint64_t head);

  std::vector<Parked> parked() const;
  uint64_t appends() const;  // that were written
  uint64_t snapshots_saved() const;
  int reads() const { return reads_; }  // calls of Read, of whatever log

 private:
  struct OneLog {
    std::vector<Entry> entries;
    std::map<std::string, Appended> by_key;
    std::map<std::string, uint64_t> touched;
  };
  struct Municipality {
    OneLog logs[2];
    std::map<std::string, Snapshot> snapshots;
    std::set<std::string> damaged_snapshots;
    std::map<std::string, std::string> keys;
  };

  absl::StatusOr<Appended> Write(const AppendRequest& request, bool* lost) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Readable() const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  const OneLog* Find(const std::string& kommun, Stream stream) const
      ABSL_SHARED_LOCKS_REQUIRED(mu_);

  std::atomic<int> reads_ = 0;

  // Constant while appends run.
  OnCommitted on_committed_;
  std::function<void()> before_load_snapshot_;

  mutable absl::Mutex mu_;
  std::map<std::string, Municipality> all_ ABSL_GUARDED_BY(mu_);
  std::vector<Parked> parked_ ABSL_GUARDED_BY(mu_);
  std::vector<Fault> faults_ ABSL_GUARDED_BY(mu_);
  bool fail_reads_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t appends_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t snapshots_saved_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace vaka::log
