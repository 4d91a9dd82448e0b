#include "libs/fold/follower.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/fold/followed.h"
#include "libs/fold/replay.h"

namespace vaka::fold {
namespace {

// How long the thread listens before it looks after those who wait: the bus brings what they wait
// for, nearly always.
constexpr absl::Duration kListen = absl::Milliseconds(25);
// Messages taken before those who wait are looked after again.
constexpr int kBurst = 1000;

absl::Status NoSuch(absl::string_view kommun) {
  return absl::NotFoundError(absl::StrCat("kommun: no municipality ", kommun));
}

}  // namespace

class Follower::Impl {
 public:
  Impl(FollowerOptions options, Make make, log::Log& log, std::unique_ptr<bus::Source> source,
       Clock& clock)
      : options_(std::move(options)),
        make_(std::move(make)),
        log_(log),
        clock_(clock),
        source_(std::move(source)),
        replay_(options_, make_, log_, clock_) {}

  void OnApplied(Applied applied) { replay_.OnApplied(std::move(applied)); }
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

  void Attend();
  void Loop(std::stop_token stop);
  void AnswerStrangers();
  void Take(const bus::Message& message);
  bool Tend(Track& track, absl::Time now);
  void Look();
  absl::Status LookAt(Track& track);
  absl::Status LookForNew();
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
  bool running_ ABSL_GUARDED_BY(mu_) = false;  // there is a thread that answers strangers
  std::atomic<bool> came_ = false;             // somebody, to wait

  // The follower's thread's alone; Start's before there is one.
  const std::unique_ptr<bus::Source> source_;
  Replay replay_;
  absl::Time next_look_;
  absl::Time next_tend_;
  std::string look_after_;  // where the next look begins, so that one log cannot hide the others
  bool reachable_ = true;   // the log answered last time

  std::jthread thread_;
};

absl::Status Follower::Impl::Start() {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, log_.Municipalities());
  for (const std::string& kommun : kommuns) {
    VAKA_RETURN_IF_ERROR(replay_.Open(FindOrAdd(kommun)));
  }
  next_look_ = next_tend_ = clock_.Steady() + options_.look;
  {
    absl::MutexLock lock(&mu_);
    running_ = true;
  }
  thread_ = std::jthread([this](std::stop_token stop) { Loop(std::move(stop)); });
  return absl::OkStatus();
}

void Follower::Impl::Stop() {
  const bool ran = thread_.joinable();
  if (ran) {
    thread_.request_stop();
    source_->Wake();
    thread_.join();
  }
  std::vector<Stranger> strangers;
  {
    absl::MutexLock lock(&mu_);
    running_ = false;
    strangers.swap(strangers_);
  }
  const absl::Status stopping = absl::UnavailableError("stopping");
  for (Stranger& stranger : strangers) stranger.reader(stopping, nullptr, 0);
  const std::vector<Track*> tracks = Tracks();
  for (Track* track : tracks) track->followed->Close(stopping);
  if (!ran) return;
  for (Track* track : tracks) {
    if (track->followed->broken() || track->followed->position() == track->saved) continue;
    // When the log does not take one it takes none; the next start reads more of it instead.
    if (!replay_.Save(*track).ok()) return;
  }
}

void Follower::Impl::When(const std::string& kommun, uint64_t at_least, absl::Time deadline,
                          Reader reader) {
  if (Track* track = Find(kommun)) {
    if (track->followed->When(at_least, deadline, clock_.Steady(), std::move(reader))) Attend();
    return;
  }
  {
    absl::MutexLock lock(&mu_);
    if (running_) {
      strangers_.push_back({kommun, at_least, deadline, std::move(reader)});
      return Attend();
    }
  }
  reader(NoSuch(kommun), nullptr, 0);
}

void Follower::Impl::Attend() {
  came_ = true;
  source_->Wake();
}

void Follower::Impl::Adopt(const std::string& kommun) {
  std::unique_ptr<Track> track = replay_.NewTrack(kommun);
  track->opened = true;
  track->followed->Ready();
  absl::MutexLock lock(&mu_);
  tracks_.try_emplace(kommun, std::move(track));
}

std::vector<std::string> Follower::Impl::Municipalities() const {
  absl::ReaderMutexLock lock(&mu_);
  std::vector<std::string> kommuns;
  kommuns.reserve(tracks_.size());
  for (const auto& [kommun, track] : tracks_) kommuns.push_back(kommun);
  return kommuns;
}

std::vector<Progress> Follower::Impl::ProgressOfAll() const {
  std::vector<Progress> all;
  for (const Track* track : Tracks()) all.push_back(track->followed->progress());
  return all;
}

absl::Duration Follower::Impl::AgeOf(const std::string& kommun) const {
  const Track* track = Find(kommun);
  if (track == nullptr) return absl::InfiniteDuration();
  return std::max(clock_.Steady() - track->followed->progress().checked, absl::ZeroDuration());
}

absl::StatusOr<std::pair<uint64_t, std::string>> Follower::Impl::StateHash(
    const std::string& kommun) const {
  const Track* track = Find(kommun);
  if (track == nullptr) return NoSuch(kommun);
  return track->followed->StateHash();
}

Track* Follower::Impl::Find(const std::string& kommun) const {
  absl::ReaderMutexLock lock(&mu_);
  const auto found = tracks_.find(kommun);
  return found == tracks_.end() ? nullptr : found->second.get();
}

Track& Follower::Impl::FindOrAdd(const std::string& kommun) {
  if (Track* track = Find(kommun)) return *track;
  std::unique_ptr<Track> track = replay_.NewTrack(kommun);
  absl::MutexLock lock(&mu_);
  return *tracks_.try_emplace(kommun, std::move(track)).first->second;
}

std::vector<Track*> Follower::Impl::Tracks() const {
  absl::ReaderMutexLock lock(&mu_);
  std::vector<Track*> tracks;
  tracks.reserve(tracks_.size());
  for (const auto& [kommun, track] : tracks_) tracks.push_back(track.get());
  return tracks;
}

void Follower::Impl::Loop(std::stop_token stop) {
  replay_.StopOn(stop);
  while (!stop.stop_requested()) {
    const absl::Duration quiet = std::min(next_tend_, next_look_) - clock_.Steady();
    std::shared_ptr<const bus::Message> message =
        source_->Receive(std::max(quiet, absl::ZeroDuration()));
    const bool busy = came_.exchange(false) || message != nullptr;
    for (int taken = 1; message != nullptr; ++taken) {
      Take(*message);
      if (taken == kBurst) break;
      message = source_->Receive(absl::ZeroDuration());
    }
    AnswerStrangers();
    const absl::Time now = clock_.Steady();
    if (busy) next_tend_ = std::min(next_tend_, now + kListen);
    if (!busy || now >= next_tend_) {
      bool waits = false;
      for (Track* track : Tracks()) waits |= Tend(*track, now);
      next_tend_ = waits ? now + kListen : absl::InfiniteFuture();
    }
    if (now >= next_look_) {
      Look();
      next_look_ = now + options_.look;
    }
  }
}

// Somebody may know of a municipality before its first message is here; so the log is asked before
// anybody is told that there is none.
void Follower::Impl::AnswerStrangers() {
  std::vector<Stranger> strangers;
  {
    absl::MutexLock lock(&mu_);
    strangers.swap(strangers_);
  }
  if (strangers.empty()) return;
  const absl::Status looked = LookForNew();
  Reached(looked);
  for (Stranger& stranger : strangers) {
    if (Track* track = Find(stranger.kommun)) {
      const bool waits = track->followed->When(stranger.at_least, stranger.deadline,
                                               clock_.Steady(), std::move(stranger.reader));
      if (waits) came_ = true;
    } else {
      stranger.reader(looked.ok() ? NoSuch(stranger.kommun) : looked, nullptr, 0);
    }
  }
}

void Follower::Impl::Take(const bus::Message& message) {
  if (message.stream != options_.stream) return;
  Track& track = FindOrAdd(message.kommun);
  Followed& followed = *track.followed;
  if (followed.broken()) return;
  if (!track.opened) return Tried(track, replay_.Open(track));
  const uint64_t position = followed.position();
  if (message.seq <= position) {
    followed.CountDuplicate();
    // Not the fact that was taken in there: the log tells which is right.
    if (message.seq == position && track.last.has_value() && Crc32c(message.bytes) != *track.last) {
      Tried(track, replay_.CatchUp(track));
    }
    return;
  }
  if (message.seq == position + 1) {
    replay_.TakeMessage(track, message);
    followed.SawHead(message.seq, clock_.Steady());
    return;
  }
  followed.CountGap();
  Tried(track, replay_.CatchUp(track));
}

// True: somebody waits for it to come further.
bool Follower::Impl::Tend(Track& track, absl::Time now) {
  Followed& followed = *track.followed;
  if (followed.broken()) return false;
  // Who waits for a number has seen it acknowledged: its message may be lost.
  if (track.opened && followed.TakeWanted()) Tried(track, replay_.CatchUp(track));
  const bool waits = followed.Expire(now);
  replay_.SaveWhenDue(track);
  return waits;
}

void Follower::Impl::Look() {
  std::vector<Track*> tracks = Tracks();
  const auto first = std::find_if(tracks.begin(), tracks.end(), [&](const Track* track) {
    return track->followed->kommun() > look_after_;
  });
  std::rotate(tracks.begin(), first, tracks.end());
  look_after_.clear();
  for (Track* track : tracks) {
    if (track->followed->broken()) continue;
    const absl::Status status = LookAt(*track);
    if (status.ok() || absl::IsDataLoss(status)) continue;
    // When one log cannot be reached, asking for the others would hold up the bus; the next look
    // begins behind it.
    look_after_ = track->followed->kommun();
    return Reached(status);
  }
  Reached(LookForNew());
}

absl::Status Follower::Impl::LookAt(Track& track) {
  absl::Status status;
  if (!track.opened) {
    status = replay_.Open(track);
  } else {
    const uint64_t position = track.followed->position();
    status = replay_.CatchUp(track);
    if (track.followed->position() > position) track.followed->CountGap();
  }
  Tried(track, status);
  return status;
}

absl::Status Follower::Impl::LookForNew() {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, log_.Municipalities());
  for (const std::string& kommun : kommuns) {
    if (Find(kommun) != nullptr) continue;
    Track& track = FindOrAdd(kommun);
    Tried(track, replay_.Open(track));
  }
  return absl::OkStatus();
}

// What follows from reading a municipality's log: its loss ends the following; anything else is
// tried again.
void Follower::Impl::Tried(Track& track, const absl::Status& status) {
  if (absl::IsDataLoss(status)) {
    LogError(options_.name, status.message());
    track.followed->Break(status);
  } else {
    Reached(status);
  }
}

// Logs when the log goes away and when it is back, once each.
void Follower::Impl::Reached(const absl::Status& status) {
  if (absl::IsCancelled(status) || status.ok() == reachable_) return;
  reachable_ = status.ok();
  if (reachable_) {
    LogInfo(options_.name, "the log answers again");
  } else {
    LogWarning(options_.name, "cannot read the log, going on from memory: ", status.ToString());
  }
}

Follower::Follower(FollowerOptions options, Make make, log::Log& log,
                   std::unique_ptr<bus::Source> source, Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(make), log, std::move(source),
                                   clock)) {}

Follower::~Follower() { impl_->Stop(); }

void Follower::OnApplied(Applied applied) { impl_->OnApplied(std::move(applied)); }
absl::Status Follower::Start() { return impl_->Start(); }
void Follower::Stop() { impl_->Stop(); }

void Follower::When(const std::string& kommun, uint64_t at_least, absl::Time deadline,
                    Reader reader) {
  impl_->When(kommun, at_least, deadline, std::move(reader));
}

absl::Status Follower::Read(const std::string& kommun, uint64_t at_least, absl::Time deadline,
                            const std::function<void(const Fold&, uint64_t position)>& reader) {
  absl::Notification done;
  absl::Status result;
  When(kommun, at_least, deadline,
       [&](const absl::Status& status, const Fold* fold, uint64_t position) {
         result = status;
         if (status.ok()) reader(*fold, position);
         done.Notify();
       });
  done.WaitForNotification();
  return result;
}

void Follower::Adopt(const std::string& kommun) { impl_->Adopt(kommun); }
std::vector<std::string> Follower::Municipalities() const { return impl_->Municipalities(); }
std::vector<Progress> Follower::ProgressOfAll() const { return impl_->ProgressOfAll(); }
absl::Duration Follower::AgeOf(const std::string& kommun) const { return impl_->AgeOf(kommun); }
const std::string& Follower::name() const { return impl_->name(); }
log::Stream Follower::stream() const { return impl_->stream(); }

uint32_t Follower::schema() const { return impl_->schema(); }

absl::StatusOr<std::pair<uint64_t, std::string>> Follower::StateHash(
    const std::string& kommun) const {
  return impl_->StateHash(kommun);
}

}  // namespace vaka::fold
