#include "tests/fault/gateway/open_loop.h"

#include <grpcpp/grpcpp.h>

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/unary.h"
#include "tests/fault/judge/history.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::fault {
namespace {

constexpr char kRpc[] = "vaka.intake.v1.IntakeService.Report";
constexpr int kConnections = 4;
constexpr int kMostUnderWay = 4000;
constexpr int kAtATime = 20;
constexpr absl::Duration kTick = absl::Milliseconds(1);
constexpr absl::Duration kTry = absl::Seconds(10);

struct OneCall {
  grpc::ClientContext context;
  intake::v1::ReportRequest request;
  intake::v1::ReportResponse response;
  absl::Time sent;
  size_t operation = 0;
};

}  // namespace

class OpenLoop::Impl {
 public:
  Impl(House& house, std::string name)
      : house_(house), name_(std::move(name)), authorization_(house.Authorization(Police())) {
    for (int i = 0; i < kConnections; ++i) {
      grpc::ChannelArguments own;  // not the connection that others share
      own.SetInt("vaka.connection", i);
      own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(intake::v1::IntakeService::NewStub(grpc::CreateCustomChannel(
          house.grpc_address("intake"), grpc::InsecureChannelCredentials(), own)));
    }
  }

  double Sustained(int under_way, absl::Duration for_long) {
    std::vector<Window> windows(1);
    Clock& clock = house_.clock();
    const absl::Time began = clock.Steady();
    while (clock.Steady() - began < for_long) {
      AwaitFewer(under_way);
      Send(windows[0]);
    }
    const absl::Duration took = clock.Steady() - began;
    AwaitFewer(1);
    return static_cast<double>(windows[0].accepted) / absl::ToDoubleSeconds(took);
  }

  std::vector<Window> Offer(double per_second, int count) {
    std::vector<Window> windows(static_cast<size_t>(count));
    Clock& clock = house_.clock();
    const absl::Time began = clock.Steady();
    double sent = 0;
    for (;;) {
      const double passed = absl::ToDoubleSeconds(clock.Steady() - began);
      if (passed >= count) break;
      Window& window = windows[static_cast<size_t>(passed)];
      // A bounded number at a time, so that time is looked at.
      for (int i = 0; i < kAtATime && sent < passed * per_second; ++i, ++sent) {
        under_way() < kMostUnderWay ? Send(window) : void(++window.withheld);
      }
      if (sent + kAtATime < passed * per_second) continue;  // behind
      clock.SleepFor(kTick, std::stop_token());
    }
    const double behind = per_second * count - sent;
    if (behind > 1) windows.back().withheld += static_cast<uint64_t>(behind);
    AwaitFewer(1);
    return windows;
  }

  void AwaitFewer(int than) {
    absl::MutexLock lock(&mu_);
    const auto fewer = [this, than] {
      mu_.AssertHeld();
      return under_way_ < than;
    };
    mu_.Await(absl::Condition(&fewer));
  }

 private:
  int under_way() {
    absl::MutexLock lock(&mu_);
    return under_way_;
  }

  // `window` lives until nothing is under way.
  void Send(Window& window) {
    auto call = std::make_shared<OneCall>();
    const std::string key = absl::StrCat(name_, "-", ++key_);
    *call->request.mutable_submission() = house_.town().ReportIn(0, 1, key_);
    call->request.set_kommun(House::kKommun);
    call->request.set_idempotency_key(key);
    const As as = Police();
    Operation operation;
    operation.client = name_;
    operation.rpc = kRpc;
    operation.kommun = House::kKommun;
    operation.key = key;
    operation.command = CommandKey(kRpc, House::kKommun, as.person, as.agency, key);
    operation.person = as.person;
    call->operation = house_.history().Sent(std::move(operation));
    call->context.AddMetadata("authorization", authorization_);
    call->context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kTry));
    {
      absl::MutexLock lock(&mu_);
      ++under_way_;
      ++window.offered;
    }
    call->sent = house_.clock().Steady();
    stubs_[key_ % stubs_.size()]->async()->Report(
        &call->context, &call->request, &call->response,
        [this, call, &window](const grpc::Status& status) { Answered(*call, status, window); });
  }

  void Answered(const OneCall& call, const grpc::Status& answer, Window& window) {
    const absl::Duration took = house_.clock().Steady() - call.sent;
    const absl::Status status = rpc::FromGrpc(answer);
    house_.history().Answered(call.operation, status, status.ok() ? call.response.seq() : 0);
    absl::MutexLock lock(&mu_);
    --under_way_;
    if (status.ok()) {
      ++window.accepted;
      window.took.push_back(took);
    } else if (absl::IsResourceExhausted(status)) {
      ++window.refused;
      if (absl::StrContains(answer.error_details(), "google.rpc.RetryInfo")) ++window.hinted;
    } else {
      ++window.failed;
      window.failure = status.ToString();
    }
  }

  House& house_;
  const std::string name_;
  const std::string authorization_;
  std::vector<std::unique_ptr<intake::v1::IntakeService::Stub>> stubs_;
  uint64_t key_ = 0;
  absl::Mutex mu_;  // also for the windows
  int under_way_ ABSL_GUARDED_BY(mu_) = 0;
};

OpenLoop::OpenLoop(House& house, std::string name)
    : impl_(std::make_unique<Impl>(house, std::move(name))) {}
OpenLoop::~OpenLoop() { impl_->AwaitFewer(1); }

double OpenLoop::Sustained(int under_way, absl::Duration for_long) {
  return impl_->Sustained(under_way, for_long);
}
std::vector<OpenLoop::Window> OpenLoop::Offer(double per_second, int windows) {
  return impl_->Offer(per_second, windows);
}

}  // namespace vaka::fault
