#include "services/notifications/pace.h"

#include <algorithm>
#include <utility>

namespace vaka::notifications {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);  // that a caller waits for an open door
constexpr absl::Duration kLook = absl::Milliseconds(50);
constexpr absl::Duration kLongestAsked = absl::Hours(1);
constexpr absl::Duration kFirstAway = absl::Milliseconds(250);
constexpr absl::Duration kLongestAway = absl::Seconds(30);
constexpr absl::Duration kSlow = absl::Milliseconds(50);  // the first step of a slowed provider
constexpr absl::Duration kSlowest = absl::Seconds(5);
constexpr absl::Duration kFast = absl::Milliseconds(1);  // below this a slowed one is as before
constexpr double kFaster = 0.8;

}  // namespace

Pace::Turn::Turn(Turn&& other) noexcept
    : kind_(other.kind_),
      wait_(other.wait_),
      error_(std::move(other.error_)),
      pace_(std::exchange(other.pace_, nullptr)),
      given_(other.given_) {}

Pace::Turn::~Turn() {
  if (pace_ != nullptr) pace_->GiveBack();
}

void Pace::Turn::Took(const Reception& reception) {
  std::exchange(pace_, nullptr)->Took(given_, reception);
}

Pace::Pace(double per_second, Clock& clock)
    : base_step_(per_second > 0 ? absl::Seconds(1 / per_second) : absl::ZeroDuration()),
      clock_(clock),
      step_(base_step_) {}

Pace::Turn Pace::Await(std::stop_token stop) {
  const absl::Time asked = clock_.Steady();
  for (;;) {
    Turn turn(Turn::Kind::kStopped);
    const absl::Duration wait = TryGo(turn);
    if (wait <= absl::ZeroDuration()) return turn;
    const bool closed = turn.kind() == Turn::Kind::kClosed;
    if (closed && clock_.Steady() + wait > asked + kPatience) return turn;
    if (!clock_.SleepFor(wait, stop)) return Turn(Turn::Kind::kStopped);
  }
}

absl::Duration Pace::TryGo(Turn& turn) {
  absl::MutexLock lock(&mu_);
  const absl::Time now = clock_.Steady();
  const bool testing = away_ > 0 && calls_ > 0;
  if (closed_until_ > now || testing) {
    turn.kind_ = Turn::Kind::kClosed;
    turn.wait_ = std::max(closed_until_ - now, kLook);
    turn.error_ = error_;
    return turn.wait_;
  }
  if (next_ > now) return next_ - now;
  next_ = now + step_;
  ++calls_;
  turn.kind_ = Turn::Kind::kGo;
  turn.pace_ = this;
  turn.given_ = now;
  return absl::ZeroDuration();
}

void Pace::GiveBack() {
  absl::MutexLock lock(&mu_);
  --calls_;
  next_ -= step_;
}

void Pace::Took(absl::Time given, const Reception& reception) {
  absl::MutexLock lock(&mu_);
  const absl::Time now = clock_.Steady();
  --calls_;
  if (reception.kind == Reception::Kind::kAnswered) {
    away_ = 0;
    step_ *= kFaster;
    if (step_ < std::max(base_step_, kFast)) step_ = base_step_;
    return;
  }
  error_ = reception.error;
  // Calls that were under way together are one piece of news.
  const bool news = given >= slowed_;
  absl::Duration wait = std::clamp(reception.wait, kFirstAway, kLongestAsked);
  if (reception.kind == Reception::Kind::kAway) {
    if (news) ++away_;
    wait = kFirstAway;
    for (int i = 1; i < away_ && wait < kLongestAway; ++i) wait *= 2;
    wait = std::min(wait, kLongestAway);
  } else {
    away_ = 0;
    if (news) step_ = std::clamp(step_ * 2, kSlow, std::max(kSlowest, base_step_));
  }
  if (news) slowed_ = now;
  closed_until_ = std::max(closed_until_, now + wait);
}

}  // namespace vaka::notifications
