#include "libs/fold/followed.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"

namespace vaka::fold {

Followed::Followed(std::string kommun, std::unique_ptr<Fold> fold)
    : kommun_(std::move(kommun)),
      fold_(std::move(fold)),
      encoded_(dynamic_cast<EncodedFold*>(fold_.get())) {
  progress_.kommun = kommun_;
  progress_.checked = absl::InfinitePast();
}

bool Followed::When(uint64_t at_least, absl::Time deadline, absl::Time now,
                    Follower::Reader reader) {
  {
    absl::ReaderMutexLock lock(&mu_);
    if (broken_.ok() && Reached(at_least)) {
      reader(absl::OkStatus(), fold_.get(), position_);
      return false;
    }
  }
  absl::Status refused;
  {
    absl::MutexLock lock(&mu_);
    if (!broken_.ok()) {
      refused = broken_;
    } else if (Reached(at_least)) {  // it came between the two locks
      reader(absl::OkStatus(), fold_.get(), position_);
      return false;
    } else if (!closed_.ok()) {
      refused = closed_;
    } else if (deadline <= now) {
      refused = absl::DeadlineExceededError(
          absl::StrCat("at_least: ", at_least, " is not reached, the position is ", position_));
    } else {
      waiters_.push_back({at_least, deadline, std::move(reader), /*wanted=*/true});
      return true;
    }
  }
  reader(refused, nullptr, 0);
  return false;
}

Progress Followed::progress() const {
  absl::ReaderMutexLock lock(&mu_);
  Progress progress = progress_;
  progress.position = position_;
  return progress;
}

uint64_t Followed::position() const {
  absl::ReaderMutexLock lock(&mu_);
  return position_;
}

bool Followed::broken() const {
  absl::ReaderMutexLock lock(&mu_);
  return !broken_.ok();
}

std::string Followed::Serialize(uint64_t* position) const {
  absl::ReaderMutexLock lock(&mu_);
  *position = position_;
  return fold_->Serialize();
}

absl::StatusOr<std::pair<uint64_t, std::string>> Followed::StateHash() const {
  absl::ReaderMutexLock lock(&mu_);
  if (!broken_.ok()) return broken_;
  return std::pair(position_, Hex(Hash256(fold_->Serialize())));
}

void Followed::Reset(std::unique_ptr<Fold> fold, uint64_t position) {
  absl::MutexLock lock(&mu_);
  fold_ = std::move(fold);
  encoded_ = dynamic_cast<EncodedFold*>(fold_.get());
  position_ = position;
}

void Followed::Ready() {
  std::vector<Waiter> reached;
  {
    absl::MutexLock lock(&mu_);
    ready_ = true;
    reached = TakeReached();
  }
  Answer(std::move(reached));
}

absl::Status Followed::Apply(const event::v1::Event& event) {
  absl::Status status;
  std::vector<Waiter> reached;
  {
    absl::MutexLock lock(&mu_);
    status = fold_->Apply(event);
    reached = MoveTo(event.seq());
  }
  Answer(std::move(reached));
  return status;
}

bool Followed::ApplyEncoded(uint64_t seq, absl::string_view bytes) {
  std::vector<Waiter> reached;
  {
    absl::MutexLock lock(&mu_);
    if (encoded_ == nullptr || !encoded_->ApplyEncoded(kommun_, seq, bytes)) return false;
    reached = MoveTo(seq);
  }
  Answer(std::move(reached));
  return true;
}

void Followed::Skip(uint64_t seq) {
  std::vector<Waiter> reached;
  {
    absl::MutexLock lock(&mu_);
    reached = MoveTo(seq);
  }
  Answer(std::move(reached));
}

void Followed::SawHead(uint64_t head, absl::Time now) {
  absl::MutexLock lock(&mu_);
  progress_.head = head;
  if (position_ == head) progress_.checked = std::max(progress_.checked, now);
}

void Followed::CountGap() {
  absl::MutexLock lock(&mu_);
  ++progress_.gaps;
}

void Followed::CountDuplicate() {
  absl::MutexLock lock(&mu_);
  ++progress_.duplicates;
}

void Followed::CountParked() {
  absl::MutexLock lock(&mu_);
  ++progress_.parked;
}

void Followed::CountIgnoredSnapshot() {
  absl::MutexLock lock(&mu_);
  ++progress_.ignored_snapshots;
}

void Followed::Break(absl::Status why) {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mu_);
    broken_ = why;
    progress_.lost = true;
    waiters.swap(waiters_);
  }
  Refuse(std::move(waiters), why);
}

void Followed::Close(absl::Status why) {
  std::vector<Waiter> waiters;
  {
    absl::MutexLock lock(&mu_);
    closed_ = why;
    waiters.swap(waiters_);
  }
  Refuse(std::move(waiters), why);
}

bool Followed::Expire(absl::Time now) {
  std::vector<Waiter> late;
  uint64_t position = 0;
  bool waits = false;
  {
    absl::MutexLock lock(&mu_);
    position = position_;
    const auto first_late = std::stable_partition(
        waiters_.begin(), waiters_.end(), [&](const Waiter& w) { return w.deadline > now; });
    std::move(first_late, waiters_.end(), std::back_inserter(late));
    waiters_.erase(first_late, waiters_.end());
    waits = !waiters_.empty();
  }
  for (Waiter& waiter : late) {
    waiter.reader(
        absl::DeadlineExceededError(absl::StrCat("at_least: ", waiter.at_least,
                                                 " is not reached, the position is ", position)),
        nullptr, 0);
  }
  return waits;
}

bool Followed::TakeWanted() {
  absl::MutexLock lock(&mu_);
  bool wanted = false;
  for (Waiter& waiter : waiters_) wanted |= std::exchange(waiter.wanted, false);
  return wanted;
}

std::vector<Followed::Waiter> Followed::MoveTo(uint64_t seq) {
  position_ = seq;
  progress_.head = std::max(progress_.head, position_);
  return TakeReached();
}

std::vector<Followed::Waiter> Followed::TakeReached() {
  std::vector<Waiter> reached;
  if (waiters_.empty()) return reached;  // nearly always
  const auto first_reached =
      std::stable_partition(waiters_.begin(), waiters_.end(), [this](const Waiter& w) {
        mu_.AssertReaderHeld();
        return !Reached(w.at_least);
      });
  std::move(first_reached, waiters_.end(), std::back_inserter(reached));
  waiters_.erase(first_reached, waiters_.end());
  return reached;
}

void Followed::Answer(std::vector<Waiter> waiters) {
  if (waiters.empty()) return;
  absl::ReaderMutexLock lock(&mu_);
  for (Waiter& waiter : waiters) waiter.reader(absl::OkStatus(), fold_.get(), position_);
}

void Followed::Refuse(std::vector<Waiter> waiters, const absl::Status& why) {
  for (Waiter& waiter : waiters) waiter.reader(why, nullptr, 0);
}

}  // namespace vaka::fold
