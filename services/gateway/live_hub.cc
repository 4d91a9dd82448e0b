#include "services/gateway/live_hub.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "services/gateway/live_feed.h"

namespace vaka::gateway {
namespace {

// Facts that one step reads from the log for one stream: enough to be quick, few enough that
// another stream's turn comes soon.
constexpr size_t kHistoryStep = 256;

// Part of the ring that deliveries may fill before they are shown.
constexpr size_t kPartUnshown = 4;

}  // namespace

std::vector<std::shared_ptr<LiveStream>> LiveStream::Feed::TakeWaiting() {
  std::vector<std::shared_ptr<LiveStream>> woken;
  size_t kept = 0;
  for (size_t i = 0; i < streams.size(); ++i) {
    std::shared_ptr<LiveStream> stream = streams[i].lock();
    if (stream == nullptr) continue;
    if (kept != i) streams[kept] = std::move(streams[i]);
    ++kept;
    if (!stream->waiting_ && !stream->Overtaken()) continue;
    stream->waiting_ = false;
    woken.push_back(std::move(stream));
  }
  streams.resize(kept);
  return woken;
}

LiveHub::LiveHub(log::Log& log, Clock& clock, Metrics& metrics, Limits limits)
    : log_(log), clock_(clock), metrics_(metrics), limits_(limits) {}

LiveHub::~LiveHub() { Stop(); }

void LiveHub::Seed(const std::string& kommun, uint64_t position, HomeBurglaries burglaries) {
  const std::shared_ptr<Feed> feed = FindOrAdd(kommun, position);
  absl::MutexLock lock(&feed->mu);
  if (feed->config_seq > position) return;
  feed->burglaries = std::make_shared<const HomeBurglaries>(std::move(burglaries));
}

void LiveHub::GoLive() {
  absl::MutexLock lock(&mu_);
  live_ = true;
}

void LiveHub::OnFact(const event::v1::Event& event) {
  const std::shared_ptr<Feed> feed = FindOrAdd(event.kommun(), event.seq() - 1);
  bool live = false;
  {
    absl::MutexLock lock(&mu_);
    live = live_;
  }
  std::shared_ptr<const HomeBurglaries> burglaries;
  {
    absl::MutexLock lock(&feed->mu);
    if (event.has_municipality_configured()) {
      feed->burglaries = std::make_shared<const HomeBurglaries>(
          HomeBurglariesOf(event.municipality_configured().config()));
      feed->config_seq = event.seq();
    }
    // While nobody watches, nothing is kept: who comes for what was before reads the log.
    if (!live || !feed->IsWatched()) {
      feed->position = feed->begin_after = std::max(feed->position, event.seq());
      feed->ring.clear();
      if (live) metrics_.LiveFact();
      return;
    }
    burglaries = feed->burglaries;
  }
  auto item = std::make_shared<const LiveItem>(LiveItem::Kind::kFact, event, *burglaries);
  Streams woken;
  {
    absl::MutexLock lock(&feed->mu);
    if (event.seq() <= feed->position) return;
    feed->position = event.seq();
    feed->ring.push_back(std::move(item));
    if (feed->ring.size() > limits_.ring) {
      feed->begin_after = feed->ring.front()->seq();
      feed->ring.pop_front();
    }
    woken = feed->TakeWaiting();
  }
  metrics_.LiveFact();
  Wake(woken);
}

void LiveHub::OnDelivery(const event::v1::Event& event) {
  const std::shared_ptr<Feed> feed = Find(event.kommun());
  if (feed == nullptr) return;  // nobody can watch a municipality without facts
  {
    absl::MutexLock lock(&feed->mu);
    if (!feed->IsWatched()) {
      feed->deliveries_begin = feed->deliveries_shown = feed->deliveries_end() + 1;
      feed->deliveries.clear();
      metrics_.LiveFact();
      return;
    }
  }
  auto item = std::make_shared<const LiveItem>(LiveItem::Kind::kDelivery, event, HomeBurglaries());
  bool many = false;
  {
    absl::MutexLock lock(&feed->mu);
    feed->deliveries.push_back(std::move(item));
    if (feed->deliveries.size() > limits_.ring) {
      feed->deliveries.pop_front();
      ++feed->deliveries_begin;
    }
    many = feed->deliveries_end() - feed->deliveries_shown > limits_.ring / kPartUnshown;
  }
  metrics_.LiveFact();
  if (many) Show(*feed);
}

void LiveHub::ShowDeliveries() {
  for (const std::shared_ptr<Feed>& feed : Feeds()) Show(*feed);
}

void LiveHub::Show(Feed& feed) {
  Streams woken;
  {
    absl::MutexLock lock(&feed.mu);
    if (feed.deliveries_shown == feed.deliveries_end()) return;
    feed.deliveries_shown = feed.deliveries_end();
    woken = feed.TakeWaiting();
  }
  Wake(woken);
}

void LiveHub::Beat() {
  for (const std::shared_ptr<Feed>& feed : Feeds()) {
    Streams woken;
    {
      absl::MutexLock lock(&feed->mu);
      feed->beat = std::make_shared<const LiveItem>(feed->position, clock_.Now());
      for (const std::weak_ptr<LiveStream>& weak : feed->streams) {
        if (const auto stream = weak.lock()) stream->beat_due_ = true;
      }
      woken = feed->TakeWaiting();
    }
    Wake(woken);
  }
}

void LiveHub::Start() {
  history_ = std::thread([this] { HistoryLoop(); });
}

void LiveHub::Stop() {
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
  }
  if (history_.joinable()) history_.join();
  for (const std::shared_ptr<Feed>& feed : Feeds()) {
    Streams all;
    {
      absl::MutexLock lock(&feed->mu);
      for (const std::weak_ptr<LiveStream>& weak : feed->streams) {
        std::shared_ptr<LiveStream> stream = weak.lock();
        if (stream == nullptr) continue;
        stream->place_ = LiveStream::Place::kOver;
        stream->over_ = Unavailable("the gateway is stopping", absl::Seconds(1));
        all.push_back(std::move(stream));
      }
    }
    Wake(all);
  }
}

absl::StatusOr<std::shared_ptr<LiveStream>> LiveHub::Open(const std::string& kommun, uint64_t after,
                                                          Viewer viewer,
                                                          std::function<void()> wake) {
  const std::shared_ptr<Feed> feed = Find(kommun);
  if (feed == nullptr) {
    return absl::NotFoundError(absl::StrCat("kommun: no municipality ", kommun));
  }
  {
    absl::MutexLock lock(&mu_);
    if (stopped_) return Unavailable("the gateway is stopping", absl::Seconds(1));
    if (streams_ >= limits_.streams) {
      metrics_.Refused(Refusal::kStreams);
      return Overloaded(absl::StrCat(streams_, " live streams are open"), absl::Seconds(10));
    }
    ++streams_;
  }
  metrics_.StreamOpened();
  const std::shared_ptr<LiveStream> stream(
      new LiveStream(*this, feed, after, std::move(viewer), std::move(wake)));
  absl::MutexLock lock(&feed->mu);
  feed->streams.push_back(stream);
  return stream;
}

bool LiveHub::RunOnce() {
  std::shared_ptr<LiveStream> stream;
  {
    absl::MutexLock lock(&mu_);
    if (asking_.empty()) return false;
    stream = asking_.front().lock();
    asking_.pop_front();
  }
  if (stream != nullptr) Serve(*stream);
  return true;
}

void LiveHub::HistoryLoop() {
  while (true) {
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(this, &LiveHub::HistoryWanted));
      if (stopped_) return;
    }
    RunOnce();
  }
}

void LiveHub::Serve(LiveStream& stream) {
  uint64_t cursor = 0;
  bool beyond = false;
  {
    absl::MutexLock lock(&stream.feed_->mu);
    cursor = stream.cursor_;
    beyond = cursor > stream.feed_->position;
  }
  const absl::Status status = beyond ? CheckHead(stream, cursor) : ReadHistory(stream, cursor);
  {
    absl::MutexLock lock(&stream.feed_->mu);
    stream.waiting_ = false;
    if (!status.ok()) {
      stream.place_ = LiveStream::Place::kOver;
      stream.over_ = status;
    }
  }
  stream.wake_();
}

absl::Status LiveHub::CheckHead(LiveStream& stream, uint64_t cursor) {
  VAKA_ASSIGN(const uint64_t head, log_.Head(stream.feed_->kommun, log::Stream::kFacts));
  if (cursor > head) {
    return absl::OutOfRangeError(
        absl::StrCat("after: ", cursor, " given, the last fact is ", head));
  }
  absl::MutexLock lock(&stream.feed_->mu);
  stream.place_ = LiveStream::Place::kLive;
  return absl::OkStatus();
}

absl::Status LiveHub::ReadHistory(LiveStream& stream, uint64_t cursor) {
  Feed& feed = *stream.feed_;
  VAKA_ASSIGN(const std::vector<log::Entry> entries,
              log_.Read(feed.kommun, log::Stream::kFacts, cursor, kHistoryStep));
  std::shared_ptr<const HomeBurglaries> burglaries;
  {
    absl::MutexLock lock(&feed.mu);
    burglaries = feed.burglaries;
  }
  LiveStream::Items items;
  for (const log::Entry& entry : entries) {
    event::v1::Event event;
    if (!entry.intact || !event.ParseFromString(entry.bytes)) continue;  // parked by the follower
    event.set_seq(entry.seq);
    auto item =
        std::make_shared<const LiveItem>(LiveItem::Kind::kFact, std::move(event), *burglaries);
    if (item->VisibleTo(stream.viewer_)) items.push_back(std::move(item));
  }
  metrics_.LiveHistory(entries.size());
  absl::MutexLock lock(&feed.mu);
  stream.history_.insert(stream.history_.end(), items.begin(), items.end());
  stream.cursor_ = entries.empty() ? feed.begin_after : entries.back().seq;
  stream.place_ =
      stream.cursor_ >= feed.begin_after ? LiveStream::Place::kLive : LiveStream::Place::kOlder;
  return absl::OkStatus();
}

void LiveHub::AskHistory(std::weak_ptr<LiveStream> stream) {
  absl::MutexLock lock(&mu_);
  asking_.push_back(std::move(stream));
}

void LiveHub::Wake(const Streams& streams) {
  for (const std::shared_ptr<LiveStream>& stream : streams) stream->wake_();
}

void LiveHub::Left() {
  metrics_.StreamClosed();
  absl::MutexLock lock(&mu_);
  --streams_;
}

std::vector<std::shared_ptr<LiveStream::Feed>> LiveHub::Feeds() const {
  absl::MutexLock lock(&mu_);
  std::vector<std::shared_ptr<Feed>> feeds;
  for (const auto& [kommun, feed] : feeds_) feeds.push_back(feed);
  return feeds;
}

std::shared_ptr<LiveStream::Feed> LiveHub::Find(const std::string& kommun) const {
  absl::MutexLock lock(&mu_);
  const auto it = feeds_.find(kommun);
  return it == feeds_.end() ? nullptr : it->second;
}

std::shared_ptr<LiveStream::Feed> LiveHub::FindOrAdd(const std::string& kommun, uint64_t position) {
  absl::MutexLock lock(&mu_);
  std::shared_ptr<Feed>& feed = feeds_[kommun];
  if (feed == nullptr) feed = std::make_shared<Feed>(kommun, position);
  return feed;
}

}  // namespace vaka::gateway
