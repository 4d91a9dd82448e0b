#include <algorithm>
#include <utility>

#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/fold/follower_impl.h"

namespace vaka::fold {
namespace {

// How long the thread listens before it looks after those who wait: the bus brings what they wait
// for, nearly always.
constexpr absl::Duration kListen = absl::Milliseconds(25);
// Messages taken before those who wait are looked after again.
constexpr int kBurst = 1000;
// Without a message, before a snapshot is written: it takes seconds of a long log, in which its
// facts wait.
constexpr absl::Duration kQuiet = absl::Milliseconds(200);

}  // namespace

void Follower::Impl::Loop(std::stop_token stop) {
  replay_.StopOn(stop);
  // What Start read to the head; readers are answered already.
  for (Track* track : Tracks()) replay_.SaveWhenDue(*track, /*quiet=*/true);
  while (!stop.stop_requested()) {
    const absl::Duration quiet = std::min(next_tend_, next_look_) - clock_.Steady();
    std::shared_ptr<const bus::Message> message =
        source_->Receive(std::max(quiet, absl::ZeroDuration()));
    const bool message_came = message != nullptr;
    const bool busy = came_.exchange(false) || message_came;
    for (int taken = 1; message != nullptr; ++taken) {
      Take(*message);
      if (taken == kBurst) break;
      message = source_->Receive(absl::ZeroDuration());
    }
    AnswerStrangers();
    const absl::Time now = clock_.Steady();
    if (message_came) last_message_ = now;
    if (now >= next_look_) {
      // All followers look at the same moments, so that the log is asked once for all of them.
      Look(LookBefore(now));
      next_look_ = LookBefore(clock_.Steady()) + options_.look;
    }
    if (busy) next_tend_ = std::min(next_tend_, now + kListen);
    if (!busy || now >= next_tend_) TendAll(now);
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
      if (waits) Attend(track);
    } else {
      stranger.reader(looked.ok() ? NoSuchMunicipality(stranger.kommun) : looked, nullptr, 0);
    }
  }
}

void Follower::Impl::Take(const bus::Message& message) {
  if (message.stream != options_.stream) return;
  Track& track = FindOrAdd(message.kommun);
  to_tend_.insert(&track);
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

void Follower::Impl::TendAll(absl::Time now) {
  {
    absl::MutexLock lock(&mu_);
    to_tend_.insert(waited_for_.begin(), waited_for_.end());
    waited_for_.clear();
  }
  absl::erase_if(to_tend_, [&](Track* track) { return !Tend(*track, now); });
  next_tend_ = to_tend_.empty() ? absl::InfiniteFuture() : now + kListen;
}

// True: somebody waits for it to come further, or a snapshot for a quiet moment.
bool Follower::Impl::Tend(Track& track, absl::Time now) {
  Followed& followed = *track.followed;
  if (followed.broken()) return false;
  // Who waits for a number has seen it acknowledged: its message may be lost.
  if (track.opened && followed.TakeWanted()) Tried(track, replay_.CatchUp(track));
  const bool waits = followed.Expire(now);
  const bool unsaved = replay_.SaveWhenDue(track, now - last_message_ >= kQuiet);
  return waits || unsaved;
}

absl::Time Follower::Impl::LookBefore(absl::Time now) const {
  return absl::UnixEpoch() + absl::Floor(now - absl::UnixEpoch(), options_.look);
}

void Follower::Impl::Look(absl::Time since) {
  const absl::StatusOr<std::shared_ptr<const log::Ends>> ends = log_.EndsSince(since);
  if (!ends.ok()) return Reached(ends.status());
  std::vector<Track*> tracks = Tracks();
  const auto first = std::find_if(tracks.begin(), tracks.end(), [&](const Track* track) {
    return track->followed->kommun() > look_after_;
  });
  std::rotate(tracks.begin(), first, tracks.end());
  look_after_.clear();
  absl::Status reached = absl::OkStatus();
  for (Track* track : tracks) {
    if (track->followed->broken()) continue;
    if (track->opened) {
      const absl::StatusOr<bool> confirmed = replay_.Confirm(*track, **ends);
      reached.Update(confirmed.status());
      if (!confirmed.ok() || *confirmed) continue;
    }
    const absl::Status status = LookAt(*track);
    if (status.ok() || absl::IsDataLoss(status)) continue;
    // When one log cannot be reached, asking for the others would hold up the bus; the next look
    // begins behind it.
    look_after_ = track->followed->kommun();
    return Reached(status);
  }
  Reached(reached);
  for (const auto& [kommun, end] : (*ends)->of) OpenNew(kommun);
}

absl::Status Follower::Impl::LookAt(Track& track) {
  to_tend_.insert(&track);
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
  for (const std::string& kommun : kommuns) OpenNew(kommun);
  return absl::OkStatus();
}

void Follower::Impl::OpenNew(const std::string& kommun) {
  if (Find(kommun) != nullptr) return;
  Track& track = FindOrAdd(kommun);
  to_tend_.insert(&track);
  Tried(track, replay_.Open(track));
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

}  // namespace vaka::fold
