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

}  // namespace

void Follower::Impl::Loop(std::stop_token stop) {
  replay_.StopOn(stop);
  // What Start read to the head; readers are answered already.
  for (Track* track : Tracks()) replay_.SaveWhenDue(*track);
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
      stranger.reader(looked.ok() ? NoSuchMunicipality(stranger.kommun) : looked, nullptr, 0);
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

}  // namespace vaka::fold
