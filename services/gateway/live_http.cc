#include "services/gateway/live_http.h"

#include <atomic>

#include "libs/rpc/token.h"
#include "services/gateway/connect_handler.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::gateway {
namespace {

// Frames in one write: enough to be efficient, few enough for a slow line's write timeout.
constexpr size_t kFramesAWrite = 64;

// One stream's loop: take what there is, write it, and wait to be woken. On the connection's
// executor, but for Wake.
class Pump final : public std::enable_shared_from_this<Pump> {
 public:
  Pump(std::shared_ptr<HttpExchange> exchange, Codec codec, rpc::Gate& gate, rpc::Call call,
       Clock& clock, Metrics& metrics)
      : exchange_(std::move(exchange)),
        codec_(codec),
        gate_(gate),
        call_(std::move(call)),
        viewer_(ViewerOf(call_.caller)),
        clock_(clock),
        metrics_(metrics) {}

  void Start(LiveHub& hub, uint64_t after) {
    auto opened = hub.Open(call_.kommun, after, viewer_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Wake();
    });
    if (!opened.ok()) {
      gate_.Finished(call_, opened.status());
      return EndStream(*exchange_, codec_, opened.status());
    }
    stream_ = *std::move(opened);
    HttpResponse head;
    head.headers = {{"Content-Type", std::string(ContentTypeName({codec_, true}))},
                    {"Cache-Control", "no-store"},
                    {"X-Accel-Buffering", "no"}};
    exchange_->Begin(std::move(head));
    // The connection keeps the pump alive; the hub does not.
    exchange_->OnGone(
        [self = shared_from_this()] { self->Over(absl::CancelledError("the caller has gone")); });
    Run();
  }

 private:
  // From the hub's threads. Woken twice before it ran, it runs once.
  void Wake() {
    if (woken_.exchange(true)) return;
    exchange_->Post([self = shared_from_this()] {
      self->woken_ = false;
      self->Run();
    });
  }

  void Run() {
    if (stream_ == nullptr) return;
    if (writing_) {
      // Its reader takes nothing, and the ring has gone on: cut, so that it resumes elsewhere.
      if (stream_->overtaken()) Cut();
      return;
    }
    // What the socket takes at once is written before Write returns: a loop, no recursion.
    running_ = true;
    while (stream_ != nullptr && !writing_ && WriteNext()) {
    }
    running_ = false;
  }

  // False: there is no more to write now, or it is over.
  bool WriteNext() {
    const absl::Status valid = rpc::CheckNotExpired(call_.caller, clock_.Now());
    auto taken = valid.ok() ? stream_->Next(kFramesAWrite) : valid;
    if (!taken.ok()) {
      Finish(taken.status());
      return false;
    }
    if (taken->items.empty()) return false;
    std::vector<Chunk> frames;
    frames.reserve(taken->items.size());
    for (const auto& item : taken->items) frames.push_back(item->Frame(viewer_, codec_));
    metrics_.LiveFrames(frames.size());
    writing_ = true;
    exchange_->Write(std::move(frames), [self = shared_from_this()](bool written) {
      if (!written) return;  // the caller has gone
      self->writing_ = false;
      if (!self->running_) self->Run();
    });
    return taken->more;
  }

  void Cut() {
    metrics_.Refused(Refusal::kSlowReader);
    Over(absl::ResourceExhaustedError("the reader is too slow"));
    exchange_->Abort();
  }

  void Finish(const absl::Status& why) {
    if (why.code() == absl::StatusCode::kResourceExhausted) metrics_.Refused(Refusal::kSlowReader);
    Over(why);
    exchange_->Write({std::make_shared<const std::string>(EndEnvelope(why))},
                     [exchange = exchange_](bool written) {
                       if (written) exchange->End();
                     });
  }

  void Over(const absl::Status& why) {
    if (stream_ == nullptr) return;
    stream_.reset();
    gate_.Finished(call_, why);
  }

  const std::shared_ptr<HttpExchange> exchange_;
  const Codec codec_;
  rpc::Gate& gate_;
  const rpc::Call call_;
  const Viewer viewer_;
  Clock& clock_;
  Metrics& metrics_;
  std::atomic<bool> woken_{false};
  // The executor's alone.
  std::shared_ptr<LiveStream> stream_;
  bool writing_ = false;
  bool running_ = false;
};

}  // namespace

void LiveHttp::Watch(std::shared_ptr<HttpExchange> exchange, Codec codec,
                     const std::string& request) {
  v1::WatchRequest watch;
  if (!watch.ParseFromString(request)) {
    return EndStream(*exchange, codec, absl::InvalidArgumentError("body: is no WatchRequest"));
  }
  const HttpRequest& http = exchange->request();
  absl::StatusOr<rpc::Call> call =
      gate_.Admit(watch, http.Header("authorization"), TraceOf(http), absl::InfiniteFuture());
  if (!call.ok()) return EndStream(*exchange, codec, call.status());
  std::make_shared<Pump>(std::move(exchange), codec, gate_, *std::move(call), clock_, metrics_)
      ->Start(hub_, watch.after());
}

}  // namespace vaka::gateway
