#include "libs/fold/follower.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/notification.h"
#include "libs/base/status.h"
#include "libs/fold/follower_impl.h"

namespace vaka::fold {

absl::Status Follower::Impl::Restore() {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, log_.Municipalities());
  for (const std::string& kommun : kommuns) {
    VAKA_RETURN_IF_ERROR(replay_.Restore(FindOrAdd(kommun)));
  }
  return absl::OkStatus();
}

uint64_t Follower::Impl::PositionOf(const std::string& kommun) {
  return FindOrAdd(kommun).followed->position();
}

absl::Status Follower::Impl::TakeShared(const std::string& kommun, const DecodedPage& page) {
  return replay_.TakeShared(FindOrAdd(kommun), page);
}

absl::Status Follower::Impl::Start() {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, log_.Municipalities());
  for (const std::string& kommun : kommuns) {
    VAKA_RETURN_IF_ERROR(replay_.Open(FindOrAdd(kommun)));
  }
  next_look_ = next_tend_ = LookBefore(clock_.Steady()) + options_.look;
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
    if (track->followed->When(at_least, deadline, clock_.Steady(), std::move(reader)))
      Attend(track);
    return;
  }
  {
    absl::MutexLock lock(&mu_);
    if (running_) {
      strangers_.push_back({kommun, at_least, deadline, std::move(reader)});
      came_ = true;
      source_->Wake();
      return;
    }
  }
  reader(NoSuchMunicipality(kommun), nullptr, 0);
}

void Follower::Impl::Attend(Track* track) {
  {
    absl::MutexLock lock(&mu_);
    waited_for_.push_back(track);
  }
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
  if (track == nullptr) return NoSuchMunicipality(kommun);
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
