#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/fold/followed.h"
#include "libs/fold/follower.h"
#include "libs/fold/replay.h"

namespace vaka::fold {

// What a Follower is: follower.cc has what anybody calls, follower_loop.cc what its thread does.
class Follower::Impl {
 public:
  Impl(FollowerOptions options, Make make, log::Log& log, std::unique_ptr<bus::Source> source,
       Clock& clock)
      : options_(std::move(options)),
        make_(std::move(make)),
        log_(log),
        clock_(clock),
        source_(std::move(source)),
        replay_(options_, make_, log_, clock_) {
    source_->Only(options_.stream);
  }

  void OnApplied(Applied applied) { replay_.OnApplied(std::move(applied)); }
  // All that there is is restored from snapshots, nothing read from logs.
  absl::Status Restore();
  // How far the municipality has come.
  uint64_t PositionOf(const std::string& kommun);
  absl::Status TakeShared(const std::string& kommun, const DecodedPage& page);
  absl::Status Start();
  void Stop();
  void When(const std::string& kommun, uint64_t at_least, absl::Time deadline, Reader reader);
  void Adopt(const std::string& kommun);
  std::vector<std::string> Municipalities() const;
  std::vector<Progress> ProgressOfAll() const;
  absl::Duration AgeOf(const std::string& kommun) const;
  absl::StatusOr<std::pair<uint64_t, std::string>> StateHash(const std::string& kommun) const;
  const std::string& name() const { return options_.name; }
  log::Stream stream() const { return options_.stream; }
  uint32_t schema() const { return options_.schema; }
  log::Log& log() { return log_; }

 private:
  Track* Find(const std::string& kommun) const ABSL_LOCKS_EXCLUDED(mu_);
  Track& FindOrAdd(const std::string& kommun) ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<Track*> Tracks() const ABSL_LOCKS_EXCLUDED(mu_);

  // Somebody who asked for a municipality that is not followed.
  struct Stranger {
    std::string kommun;
    uint64_t at_least;
    absl::Time deadline;
    Reader reader;
  };

  // Somebody waits for the track to come further.
  void Attend(Track* track);
  void Loop(std::stop_token stop);
  void AnswerStrangers();
  void Take(const bus::Message& message);
  bool Tend(Track& track, absl::Time now);
  void TendAll(absl::Time now);
  // The last moment for a look, up to `now`.
  absl::Time LookBefore(absl::Time now) const;
  // Compares every position with its log's end, as it is at `since` or later.
  void Look(absl::Time since);
  absl::Status LookAt(Track& track);
  absl::Status LookForNew();
  void OpenNew(const std::string& kommun);
  void Tried(Track& track, const absl::Status& status);
  void Reached(const absl::Status& status);

  // Constant after Start.
  const FollowerOptions options_;
  const Make make_;
  log::Log& log_;
  Clock& clock_;

  mutable absl::Mutex mu_;
  std::map<std::string, std::unique_ptr<Track>> tracks_ ABSL_GUARDED_BY(mu_);
  std::vector<Stranger> strangers_ ABSL_GUARDED_BY(mu_);
  bool running_ ABSL_GUARDED_BY(mu_) = false;            // there is a thread that answers strangers
  std::vector<Track*> waited_for_ ABSL_GUARDED_BY(mu_);  // since tracks were last tended
  std::atomic<bool> came_ = false;                       // somebody, to wait

  // The follower's thread's alone; Start's before there is one.
  const std::unique_ptr<bus::Source> source_;
  Replay replay_;
  absl::Time next_look_;
  absl::Time next_tend_;
  absl::Time last_message_ = absl::InfinitePast();
  absl::flat_hash_set<Track*> to_tend_;  // took in facts, are waited for, or to be saved
  std::string look_after_;  // where the next look begins, so that one log cannot hide the others
  bool reachable_ = true;   // the log answered last time

  std::jthread thread_;
};

inline absl::Status NoSuchMunicipality(const std::string& kommun) {
  return absl::NotFoundError(absl::StrCat("kommun: no municipality ", kommun));
}

}  // namespace vaka::fold
