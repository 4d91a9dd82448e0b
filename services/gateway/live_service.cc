#include "services/gateway/live_service.h"

#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/token.h"
#include "libs/rpc/unary.h"

namespace vaka::gateway {
namespace {

constexpr size_t kItemsAtOnce = 64;
constexpr size_t kEnvelopeHeader = 5;

// The frame's payload without a copy: the slice keeps the frame.
grpc::ByteBuffer Payload(const Chunk& frame) {
  const grpc::Slice slice(
      const_cast<char*>(frame->data()) + kEnvelopeHeader, frame->size() - kEnvelopeHeader,
      [](void* owner) { delete static_cast<Chunk*>(owner); }, new Chunk(frame));
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status Parse(const grpc::ByteBuffer& buffer, v1::WatchRequest* request) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return absl::InvalidArgumentError("the request is damaged");
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  if (request->ParseFromString(bytes)) return absl::OkStatus();
  return absl::InvalidArgumentError("the request is no WatchRequest");
}

// One stream: writes one message after another, each when the one before has been taken. Owns
// itself until OnDone.
class Watcher final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                      public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(grpc::CallbackServerContext* context, rpc::Gate& gate, Clock& clock, Metrics& metrics)
      : context_(context), gate_(gate), clock_(clock), metrics_(metrics) {}

  void Start(LiveHub& hub, const grpc::ByteBuffer& buffer) {
    self_ = shared_from_this();
    v1::WatchRequest request;
    if (const absl::Status parsed = Parse(buffer, &request); !parsed.ok()) {
      return Finish(rpc::ToGrpc(parsed));
    }
    absl::StatusOr<rpc::Call> call = rpc::AdmitContext(gate_, context_, request);
    if (!call.ok()) return Finish(rpc::ToGrpc(call.status()));
    call_ = *std::move(call);
    viewer_ = ViewerOf(call_->caller);
    auto stream = hub.Open(call_->kommun, request.after(), viewer_, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->Run();
    });
    if (!stream.ok()) return FinishOnce(stream.status());
    {
      absl::MutexLock lock(&mu_);
      stream_ = *std::move(stream);
    }
    Run();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
    }
    ok ? Run() : FinishOnce(absl::CancelledError("the caller has gone"));
  }

  void OnCancel() override { FinishOnce(absl::CancelledError("the caller has gone")); }

  void OnDone() override { const std::shared_ptr<Watcher> last = std::move(self_); }

 private:
  void Run() {
    std::shared_ptr<LiveStream> stream;
    {
      absl::MutexLock lock(&mu_);
      if (writing_) {
        // Stuck in a write that its reader does not take: cancelling ends the write.
        missed_ = true;
        if (stream_ != nullptr && stream_->overtaken()) context_->TryCancel();
        return;
      }
      if (finished_ || stream_ == nullptr) return;
      stream = stream_;
      writing_ = true;  // nobody else runs until this one has found out
    }
    absl::Status over = rpc::CheckNotExpired(call_->caller, clock_.Now());
    if (over.ok() && pending_.empty()) {
      auto taken = stream->Next(kItemsAtOnce);
      over = taken.status();
      if (taken.ok()) pending_.assign(taken->items.begin(), taken->items.end());
    }
    if (!over.ok()) return FinishOnce(over);
    if (pending_.empty()) return Wait();
    outgoing_ = Payload(pending_.front()->Frame(viewer_, Codec::kProto));
    pending_.pop_front();
    metrics_.LiveFrames(1);
    StartWrite(&outgoing_);
  }

  // Nothing to write. A wake that came while Run looked was turned away: looks once more.
  void Wait() {
    {
      absl::MutexLock lock(&mu_);
      writing_ = false;
      if (!std::exchange(missed_, false)) return;
    }
    Run();
  }

  void FinishOnce(const absl::Status& why) {
    {
      absl::MutexLock lock(&mu_);
      if (finished_) return;
      finished_ = true;
      stream_.reset();
    }
    gate_.Finished(*call_, why);
    if (why.code() == absl::StatusCode::kResourceExhausted) metrics_.Refused(Refusal::kSlowReader);
    Finish(rpc::ToGrpc(why));
  }

  grpc::CallbackServerContext* const context_;
  rpc::Gate& gate_;
  Clock& clock_;
  Metrics& metrics_;
  // Constant after Start.
  std::optional<rpc::Call> call_;
  Viewer viewer_;
  std::shared_ptr<Watcher> self_;
  // Of whoever set writing_.
  std::deque<std::shared_ptr<const LiveItem>> pending_;
  grpc::ByteBuffer outgoing_;

  absl::Mutex mu_;
  std::shared_ptr<LiveStream> stream_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool missed_ ABSL_GUARDED_BY(mu_) = false;  // a wake that came meanwhile
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* LiveService::Watch(grpc::CallbackServerContext* context,
                                                               const grpc::ByteBuffer* request) {
  auto watcher = std::make_shared<Watcher>(context, gate_, clock_, metrics_);
  watcher->Start(hub_, *request);
  return watcher.get();
}

}  // namespace vaka::gateway
