#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/fold/encoded_fold.h"
#include "libs/fold/fold.h"
#include "libs/fold/follower.h"

namespace vaka::fold {

// One municipality of a Follower: its fold, how far it has come, and who waits for it to come
// further. No I/O. Any thread may read; what changes the fold is called by the follower's thread
// alone.
class Followed final {
 public:
  // Not ready: readers wait until Ready, so that they never see a half-read log.
  Followed(std::string kommun, std::unique_ptr<Fold> fold);

  Followed(const Followed&) = delete;
  Followed& operator=(const Followed&) = delete;

  const std::string& kommun() const { return kommun_; }

  // See Follower::When. True: the reader waits.
  bool When(uint64_t at_least, absl::Time deadline, absl::Time now, Follower::Reader reader);
  Progress progress() const;
  uint64_t position() const;
  bool broken() const;
  std::string Serialize(uint64_t* position) const;
  absl::StatusOr<std::pair<uint64_t, std::string>> StateHash() const;

  // Replaces the fold by one at `position`. For the follower only.
  void Reset(std::unique_ptr<Fold> fold, uint64_t position);

  // From now on readers are answered.
  void Ready();

  // Takes in the next fact and answers those who waited for it. The position moves also when the
  // fold refuses the fact; its error is returned. REQUIRES: event.seq() == position() + 1.
  absl::Status Apply(const event::v1::Event& event);

  // Apply, from the bytes, when the fold can and takes them; see EncodedFold. False: nothing has
  // changed. REQUIRES: seq == position() + 1.
  bool ApplyEncoded(uint64_t seq, absl::string_view bytes);

  // Moves past a fact that cannot be taken in. REQUIRES: seq == position() + 1.
  void Skip(uint64_t seq);

  // The log's head was seen at `head`; `now` counts as a check when the fold is there.
  void SawHead(uint64_t head, absl::Time now);
  void CountGap();
  void CountDuplicate();
  void CountParked();
  void CountIgnoredSnapshot();

  // Ends following for good: everybody, now and later, gets `why`.
  void Break(absl::Status why);
  // Nobody will move the position any more: those who wait get `why`, now and later.
  void Close(absl::Status why);
  // Answers DEADLINE_EXCEEDED to those whose time is up. True: somebody still waits.
  bool Expire(absl::Time now);
  // Whether somebody new waits for a fact that may have been lost on its way. True once a waiter.
  bool TakeWanted();

 private:
  struct Waiter {
    uint64_t at_least;
    absl::Time deadline;
    Follower::Reader reader;
    bool wanted;  // not yet looked for in the log
  };

  bool Reached(uint64_t at_least) const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return ready_ && position_ >= at_least;
  }
  // The position is `seq`, and who waited for it is to be answered.
  std::vector<Waiter> MoveTo(uint64_t seq) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::vector<Waiter> TakeReached() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Answer(std::vector<Waiter> waiters) ABSL_LOCKS_EXCLUDED(mu_);
  void Refuse(std::vector<Waiter> waiters, const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);

  const std::string kommun_;

  mutable absl::Mutex mu_;
  std::unique_ptr<Fold> fold_ ABSL_GUARDED_BY(mu_);
  EncodedFold* encoded_ ABSL_GUARDED_BY(mu_);  // fold_, if it is one too; else null
  Progress progress_ ABSL_GUARDED_BY(mu_);     // without `position`
  uint64_t position_ ABSL_GUARDED_BY(mu_) = 0;
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  absl::Status broken_ ABSL_GUARDED_BY(mu_);
  absl::Status closed_ ABSL_GUARDED_BY(mu_);
  std::vector<Waiter> waiters_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::fold
