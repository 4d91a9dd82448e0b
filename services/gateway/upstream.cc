#include "services/gateway/upstream.h"

#include <grpc/support/time.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "libs/rpc/unary.h"

namespace vaka::gateway {

// How many calls are under way. Thread-safe.
class Upstream::UnderWay {
 public:
  // Counts as long as it lives.
  class One {
   public:
    explicit One(std::shared_ptr<UnderWay> all) : all_(std::move(all)) { all_->Add(1); }
    ~One() { all_->Add(-1); }
    One(const One&) = delete;
    One& operator=(const One&) = delete;

   private:
    const std::shared_ptr<UnderWay> all_;
  };

  bool AwaitNone(absl::Duration timeout) {
    absl::MutexLock lock(&mu_);
    return mu_.AwaitWithTimeout(absl::Condition(this, &UnderWay::None), timeout);
  }

 private:
  bool None() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return count_ == 0; }

  void Add(int n) {
    absl::MutexLock lock(&mu_);
    count_ += n;
  }

  absl::Mutex mu_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
};

namespace {

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

absl::StatusOr<std::string> FromBuffer(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (buffer.Valid() && !buffer.Dump(&slices).ok()) {
    return absl::InternalError("an answer could not be unpacked");
  }
  std::string bytes;
  bytes.reserve(buffer.Valid() ? buffer.Length() : 0);
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

void Prepare(const UpstreamCall& call, grpc::ClientContext& context) {
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty() && IsMetadata(value)) context.AddMetadata(key, value);
  };
  add("authorization", call.authorization);
  add("vaka-trace", call.trace);
  add("vaka-client", call.client);
  if (call.timeout == absl::InfiniteDuration()) return;
  const int64_t milliseconds = absl::ToInt64Milliseconds(call.timeout);
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(milliseconds, GPR_TIMESPAN)));
}

absl::Status NoChannel(const std::string& service) {
  return Unavailable(absl::StrCat(service, " is not to be reached from here"), absl::Seconds(5));
}

std::string AgeOf(const grpc::ClientContext& context) {
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto found = metadata.find(rpc::kAgeKey);
  return found == metadata.end() ? "" : std::string(found->second.data(), found->second.size());
}

// gRPC's own words for a connection that fails hold addresses of our machines; a page gets the
// service's name and when to come again. What a service answers of itself carries details.
absl::Status FromUpstream(const grpc::Status& status, absl::string_view service) {
  absl::Status from = rpc::FromGrpc(status);
  if (!absl::IsUnavailable(from) || !status.error_details().empty()) return from;
  return Unavailable(absl::StrCat(service, " cannot be reached now"), absl::Seconds(1));
}

struct UnaryState {
  explicit UnaryState(std::shared_ptr<Upstream::UnderWay> all) : one(std::move(all)) {}

  Upstream::UnderWay::One one;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<grpc::GenericStub> stub;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
};

// Owns itself from Start until OnDone.
class StreamReactor final : public UpstreamStream,
                            public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public std::enable_shared_from_this<StreamReactor> {
 public:
  StreamReactor(std::shared_ptr<Upstream::UnderWay> all, std::shared_ptr<grpc::Channel> channel,
                std::vector<std::string> requests, Upstream::OnMessage message,
                Upstream::OnDone done)
      : one_(std::move(all)),
        channel_(std::move(channel)),
        stub_(channel_),
        requests_(std::move(requests)),
        message_(std::move(message)),
        done_(std::move(done)) {}

  void Start(const UpstreamCall& call) {
    Prepare(call, context_);
    service_ = call.service;
    self_ = shared_from_this();
    stub_.PrepareBidiStreamingCall(&context_, call.path, grpc::StubOptions(), this);
    AddHold();  // until the last read: Next may be called from any thread meanwhile
    WriteNext();
    StartRead(&incoming_);
    StartCall();
  }

  void Next() override { StartRead(&incoming_); }
  void Cancel() override { context_.TryCancel(); }

  void OnWriteDone(bool ok) override {
    if (ok) WriteNext();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();  // OnDone follows
    auto message = FromBuffer(incoming_);
    if (!message.ok()) {
      context_.TryCancel();
      return Next();
    }
    message_(*std::move(message));
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<StreamReactor> last = std::move(self_);
    done_(FromUpstream(status, service_));
  }

 private:
  void WriteNext() {
    if (written_ == requests_.size()) {
      if (!closed_) StartWritesDone();
      closed_ = true;
      return;
    }
    outgoing_ = ToBuffer(requests_[written_++]);
    StartWrite(&outgoing_);
  }

  const Upstream::UnderWay::One one_;  // first, so that it goes last
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  const std::vector<std::string> requests_;
  std::string service_;
  size_t written_ = 0;
  bool closed_ = false;
  grpc::ByteBuffer outgoing_;
  grpc::ByteBuffer incoming_;
  const Upstream::OnMessage message_;
  const Upstream::OnDone done_;
  std::shared_ptr<StreamReactor> self_;
};

}  // namespace

Upstream::Upstream(Channels channels)
    : channels_(std::move(channels)), under_way_(std::make_shared<UnderWay>()) {}

bool Upstream::AwaitIdle(absl::Duration timeout) { return under_way_->AwaitNone(timeout); }

std::function<void()> Upstream::Unary(const UpstreamCall& call, const std::string& request,
                                      UnaryDone done) {
  auto state = std::make_shared<UnaryState>(under_way_);
  state->channel = channels_(call.service);
  if (state->channel == nullptr) {
    done(NoChannel(call.service), "");
    return [] {};
  }
  state->stub = std::make_unique<grpc::GenericStub>(state->channel);
  state->request = ToBuffer(request);
  Prepare(call, state->context);
  state->stub->UnaryCall(
      &state->context, call.path, grpc::StubOptions(), &state->request, &state->response,
      [state, service = call.service, done = std::move(done)](grpc::Status status) {
        if (!status.ok()) return done(FromUpstream(status, service), "");
        done(FromBuffer(state->response), AgeOf(state->context));
      });
  return [weak = std::weak_ptr<UnaryState>(state)] {
    if (const auto live = weak.lock()) live->context.TryCancel();
  };
}

std::shared_ptr<UpstreamStream> Upstream::Stream(const UpstreamCall& call,
                                                 std::vector<std::string> requests,
                                                 OnMessage message, OnDone done) {
  const std::shared_ptr<grpc::Channel> channel = channels_(call.service);
  if (channel == nullptr) {
    done(NoChannel(call.service));
    return nullptr;
  }
  auto reactor = std::make_shared<StreamReactor>(under_way_, channel, std::move(requests),
                                                 std::move(message), std::move(done));
  reactor->Start(call);
  return reactor;
}

bool IsMetadata(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace vaka::gateway
