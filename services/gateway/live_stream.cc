#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/gateway/live_feed.h"
#include "services/gateway/live_hub.h"

namespace vaka::gateway {

using Items = std::vector<std::shared_ptr<const LiveItem>>;

namespace {

// Place in `ring` of the first item after `cursor`.
size_t FirstAfter(const std::deque<std::shared_ptr<const LiveItem>>& ring, uint64_t cursor) {
  const auto it = std::upper_bound(
      ring.begin(), ring.end(), cursor,
      [](uint64_t seq, const std::shared_ptr<const LiveItem>& item) { return seq < item->seq(); });
  return static_cast<size_t>(it - ring.begin());
}

}  // namespace

LiveStream::LiveStream(LiveHub& hub, std::shared_ptr<Feed> feed, uint64_t after, Viewer viewer,
                       std::function<void()> wake)
    : hub_(hub),
      feed_(std::move(feed)),
      viewer_(std::move(viewer)),
      wake_(std::move(wake)),
      cursor_(after) {
  absl::MutexLock lock(&feed_->mu);
  delivery_ = feed_->deliveries_shown;
  if (after == 0) cursor_ = feed_->position;
  if (cursor_ > feed_->position || cursor_ < feed_->begin_after) place_ = Place::kOlder;
}

LiveStream::~LiveStream() { hub_.Left(); }

bool LiveStream::overtaken() const {
  absl::MutexLock lock(&feed_->mu);
  return Overtaken();
}

bool LiveStream::Overtaken() const {
  feed_->mu.AssertReaderHeld();
  return place_ == Place::kLive && caught_up_ && cursor_ < feed_->begin_after;
}

absl::StatusOr<LiveStream::Taken> LiveStream::Next(size_t most) {
  Taken taken;
  Items& items = taken.items;
  bool ask = false;
  {
    absl::MutexLock lock(&feed_->mu);
    if (Overtaken()) {
      place_ = Place::kOver;
      over_ = absl::ResourceExhaustedError(
          absl::StrCat("the reader is too slow: facts after ", cursor_, " are gone; resume there"));
    }
    if (place_ == Place::kOver) return over_;
    waiting_ = false;
    while (!history_.empty() && items.size() < most) {
      items.push_back(std::move(history_.front()));
      history_.pop_front();
    }
    // A stream that still catches up reads on in the log where the ring has gone on meanwhile.
    if (place_ == Place::kLive && cursor_ < feed_->begin_after) place_ = Place::kOlder;
    if (items.empty() && place_ == Place::kLive) waiting_ = TakeLive(most, items);
    if (items.empty() && place_ == Place::kOlder) {
      place_ = Place::kAsked;
      ask = true;
    }
    waiting_ = waiting_ || items.empty();
    taken.more = !waiting_;
  }
  if (ask) hub_.AskHistory(weak_from_this());
  return taken;
}

bool LiveStream::TakeLive(size_t most, Items& items) {
  Feed& feed = *feed_;
  feed.mu.AssertHeld();
  size_t at = FirstAfter(feed.ring, cursor_);
  for (; at < feed.ring.size() && items.size() < most; ++at) {
    cursor_ = feed.ring[at]->seq();
    if (feed.ring[at]->VisibleTo(viewer_)) items.push_back(feed.ring[at]);
  }
  const bool at_head = at >= feed.ring.size();
  if (at_head) {
    cursor_ = std::max(cursor_, feed.position);
    caught_up_ = true;
  }
  // Deliveries that the ring dropped before this stream came to them are passed over.
  delivery_ = std::max(delivery_, feed.deliveries_begin);
  for (; delivery_ < feed.deliveries_shown && items.size() < most; ++delivery_) {
    const auto& item = feed.deliveries[delivery_ - feed.deliveries_begin];
    if (item->VisibleTo(viewer_)) items.push_back(item);
  }
  // A beat says that nothing is missing up to here: only true for a stream that is at the head.
  const bool all = at_head && delivery_ >= feed.deliveries_shown;
  if (!beat_due_) return all;
  if (!at_head || items.size() >= most) return false;
  if (feed.beat == nullptr || feed.beat->seq() != feed.position) {
    feed.beat = std::make_shared<LiveItem>(feed.position, hub_.clock_.Now());
  }
  items.push_back(feed.beat);
  beat_due_ = false;
  return all;
}

}  // namespace vaka::gateway
