#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/live_item.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::gateway {

class LiveHub;

// One viewer's place in a municipality's facts. Pulled: the adapter takes what there is and is
// woken when there is more, so nothing is queued per stream, however slow its reader. Thread-safe.
class LiveStream : public std::enable_shared_from_this<LiveStream> {
 public:
  ~LiveStream();  // leaves the hub

  // `more`: there is more now. Otherwise the wake function runs once there is.
  struct Taken {
    std::vector<std::shared_ptr<const LiveItem>> items;
    bool more = false;
  };

  // Up to `most` frames' items in order. OUT_OF_RANGE: began beyond the log's head.
  // RESOURCE_EXHAUSTED: the reader fell so far behind that the ring has gone on without it.
  // UNAVAILABLE: the log cannot be read. After an error the stream is over.
  absl::StatusOr<Taken> Next(size_t most);

  // True when the reader was overtaken; its adapter may be stuck in a write.
  bool overtaken() const;

 private:
  friend class LiveHub;
  struct Feed;
  using Items = std::vector<std::shared_ptr<const LiveItem>>;
  // kOlder: wants facts older than the ring, or the log's head looked up; kAsked: that is under
  // way.
  enum class Place { kLive, kOlder, kAsked, kOver };

  LiveStream(LiveHub& hub, std::shared_ptr<Feed> feed, uint64_t after, Viewer viewer,
             std::function<void()> wake);

  // REQUIRES: the feed's mutex.
  bool Overtaken() const;
  // True when nothing is left.
  bool TakeLive(size_t most, Items& items);

  LiveHub& hub_;
  const std::shared_ptr<Feed> feed_;
  const Viewer viewer_;
  const std::function<void()> wake_;

  // Guarded by the feed's mutex.
  Place place_ = Place::kLive;
  uint64_t cursor_;    // the last fact taken or passed over
  uint64_t delivery_;  // the last delivery, as the feed counts them
  bool waiting_ = false;
  bool caught_up_ = false;  // has been at the head; from then on it must keep up
  bool beat_due_ = true;    // one at once
  absl::Status over_;
  std::deque<std::shared_ptr<const LiveItem>> history_;
};

// Everything that happens, for everybody who watches: one ring of recent facts a municipality that
// is watched, each written once for all streams. Others are read from the log, by a thread of the
// hub's own.
// Thread-safe. OnFact is called in order, by one thread.
class LiveHub {
 public:
  struct Limits {
    size_t ring = 1024;     // facts a municipality
    size_t streams = 2500;  // open at once
  };

  LiveHub(log::Log& log, Clock& clock, Metrics& metrics, Limits limits);
  ~LiveHub();

  // The state that the log's reader starts from; what OnFact said since is kept.
  void Seed(const std::string& kommun, uint64_t position, HomeBurglaries burglaries);
  // From now on facts are kept for streams; those before (a replay at start) only move the
  // position.
  void GoLive();

  void OnFact(const event::v1::Event& event);
  // Kept until ShowDeliveries, or until they are many.
  void OnDelivery(const event::v1::Event& event);
  // Gives what was kept to the streams. One alert makes deliveries for tens of milliseconds, each
  // for hundreds of streams: one after the other they would hold up the facts.
  void ShowDeliveries();

  // A beat for every stream; call it every few seconds.
  void Beat();

  void Start();
  // Ends every stream with UNAVAILABLE and the history thread.
  void Stop();

  // A stream of what comes after `after`; 0: of what is new. `wake` runs on the hub's threads, must
  // not block, and may run after the stream is gone. NOT_FOUND: no such municipality;
  // RESOURCE_EXHAUSTED: too many streams.
  absl::StatusOr<std::shared_ptr<LiveStream>> Open(const std::string& kommun, uint64_t after,
                                                   Viewer viewer, std::function<void()> wake);

  // One step of the history thread: serves a stream that waits for older facts. False: none waits.
  bool RunOnce();

 private:
  friend class LiveStream;
  using Feed = LiveStream::Feed;
  using Streams = std::vector<std::shared_ptr<LiveStream>>;

  std::vector<std::shared_ptr<Feed>> Feeds() const ABSL_LOCKS_EXCLUDED(mu_);
  std::shared_ptr<Feed> Find(const std::string& kommun) const ABSL_LOCKS_EXCLUDED(mu_);
  std::shared_ptr<Feed> FindOrAdd(const std::string& kommun, uint64_t position)
      ABSL_LOCKS_EXCLUDED(mu_);
  void AskHistory(std::weak_ptr<LiveStream> stream) ABSL_LOCKS_EXCLUDED(mu_);
  void Serve(LiveStream& stream);
  absl::Status CheckHead(LiveStream& stream, uint64_t cursor);
  absl::Status ReadHistory(LiveStream& stream, uint64_t cursor);
  void HistoryLoop() ABSL_LOCKS_EXCLUDED(mu_);
  bool HistoryWanted() const ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return stopped_ || !asking_.empty();
  }
  static void Show(Feed& feed);
  static void Wake(const Streams& streams);
  void Left() ABSL_LOCKS_EXCLUDED(mu_);

  // Constant after construction.
  log::Log& log_;
  Clock& clock_;
  Metrics& metrics_;
  const Limits limits_;

  mutable absl::Mutex mu_;
  bool live_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  size_t streams_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, std::shared_ptr<Feed>> feeds_ ABSL_GUARDED_BY(mu_);
  std::deque<std::weak_ptr<LiveStream>> asking_ ABSL_GUARDED_BY(mu_);

  std::thread history_;
};

}  // namespace vaka::gateway
