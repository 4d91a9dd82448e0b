#include "tests/bench/accept/grpc_loads.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/unary.h"
#include "services/intake/report_many_writer.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/whole_system/whole_system.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::bench {
namespace {

using Stub = intake::v1::IntakeService::Stub;

intake::v1::Submission ReportedGraffiti() {
  intake::v1::Submission submission;
  submission.set_category("graffiti");
  submission.set_severity(1);
  submission.mutable_where()->mutable_point()->set_lat(59.2400);
  submission.mutable_where()->mutable_point()->set_lon(17.8470);
  submission.set_text("Klotter på gaveln mot torget, ungefär två meter brett.");
  return submission;
}

// The key makes it another report.
intake::v1::ReportRequest ReportOf(const std::string& key) {
  intake::v1::ReportRequest request;
  request.set_kommun(WholeSystem::kKommun);
  request.set_idempotency_key(key);
  *request.mutable_submission() = ReportedGraffiti();
  return request;
}

void Prepare(grpc::ClientContext& context, const std::string& token, absl::Time now) {
  context.set_deadline(absl::ToChronoTime(now + kLoadLimit));
  context.AddMetadata("authorization", "Bearer " + token);
}

// One load of Report. Thread-safe: the answers come on gRPC's threads, and each sends the next.
class UnaryLoad final {
 public:
  UnaryLoad(Stub& stub, const std::string& token, std::string prefix, absl::Duration length)
      : stub_(stub),
        token_(token),
        prefix_(std::move(prefix)),
        start_(clock_.Steady()),
        until_(start_ + length) {}

  absl::StatusOr<Load> Run(size_t under_way) {
    {
      absl::MutexLock lock(&mu_);
      open_ = under_way;
    }
    for (size_t i = 0; i < under_way; ++i) SendOne();
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](size_t* open) { return *open == 0; }, &open_));
    if (!failed_.ok()) return failed_;
    return Load{static_cast<double>(took_.size()) / absl::ToDoubleSeconds(clock_.Steady() - start_),
                took_};
  }

  uint64_t seq() const {
    absl::MutexLock lock(&mu_);
    return seq_;
  }

 private:
  struct Sent {
    grpc::ClientContext context;
    intake::v1::ReportRequest request;
    intake::v1::ReportResponse response;
    absl::Time at;
  };

  void SendOne() {
    auto sent = std::make_shared<Sent>();  // shared with the callback, which gRPC copies
    uint64_t number = 0;
    {
      absl::MutexLock lock(&mu_);
      number = ++count_;
    }
    sent->request = ReportOf(absl::StrCat(prefix_, number));
    sent->at = clock_.Steady();
    Prepare(sent->context, token_, clock_.Now());
    stub_.async()->Report(&sent->context, &sent->request, &sent->response,
                          [this, sent](const grpc::Status& status) { Answered(*sent, status); });
  }

  void Answered(const Sent& sent, const grpc::Status& status) {
    const absl::Time now = clock_.Steady();
    const bool goes_on = status.ok() && now < until_;
    {
      absl::MutexLock lock(&mu_);
      if (status.ok()) {
        took_.push_back(absl::ToDoubleMilliseconds(now - sent.at));
        seq_ = std::max(seq_, sent.response.seq());
      } else {
        failed_ = rpc::FromGrpc(status);
      }
      if (!goes_on) --open_;
    }
    if (goes_on) SendOne();
  }

  // Constant after construction.
  SystemClock clock_;
  Stub& stub_;
  const std::string token_;
  const std::string prefix_;
  const absl::Time start_;
  const absl::Time until_;

  mutable absl::Mutex mu_;
  uint64_t count_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t seq_ ABSL_GUARDED_BY(mu_) = 0;
  size_t open_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<double> took_ ABSL_GUARDED_BY(mu_);
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

std::string ReportLoads::NextPrefix() { return absl::StrCat(prefix_, "-", ++loads_, "-"); }

absl::Status ReportLoads::AwaitReady() {
  const auto stub = intake::v1::IntakeService::NewStub(channel_);
  const std::string prefix = NextPrefix();
  absl::Status last;
  const bool taken = redis::Eventually([&] {
    grpc::ClientContext context;
    Prepare(context, token_, clock_.Now());
    intake::v1::ReportResponse response;
    last = rpc::FromGrpc(stub->Report(&context, ReportOf(prefix), &response));
    return last.ok();
  });
  return taken ? absl::OkStatus() : last;
}

absl::StatusOr<Load> ReportLoads::Unary(size_t under_way, absl::Duration length) {
  const auto stub = intake::v1::IntakeService::NewStub(channel_);
  UnaryLoad load(*stub, token_, NextPrefix(), length);
  absl::StatusOr<Load> result = load.Run(under_way);
  seq_ = std::max(seq_, load.seq());
  return result;
}

absl::StatusOr<Load> ReportLoads::Stream(absl::Duration length, int in_a_message) {
  const auto stub = intake::v1::IntakeService::NewStub(channel_);
  grpc::ClientContext context;
  Prepare(context, token_, clock_.Now() + length);
  intake::v1::ReportManyResponse response;
  const std::string prefix = NextPrefix();
  const absl::Time start = clock_.Steady();
  const auto writer = stub->ReportMany(&context, &response);
  intake::ReportManyWriter reports(*writer, WholeSystem::kKommun, in_a_message);
  for (uint64_t i = 0; clock_.Steady() < start + length; ++i) {
    if (!reports.Write(absl::StrCat(prefix, i), ReportedGraffiti())) break;
  }
  reports.Done();
  const absl::Status status = rpc::FromGrpc(writer->Finish());
  if (!status.ok()) return status;
  if (response.refused() > 0) return absl::InternalError(response.problems(0).problem());
  seq_ = std::max(seq_, response.seq());
  return Load{response.reported() / absl::ToDoubleSeconds(clock_.Steady() - start)};
}

absl::Status ReportLoads::AwaitFolded() {
  intake::v1::ListRequest request;
  request.set_kommun(WholeSystem::kKommun);
  request.set_at_least(seq_);
  request.set_limit(1);
  intake::v1::ListResponse response;
  grpc::ClientContext context;
  Prepare(context, token_, clock_.Now());
  return rpc::FromGrpc(
      intake::v1::IntakeService::NewStub(channel_)->List(&context, request, &response));
}

class EchoServer::Service final : public intake::v1::IntakeService::CallbackService {
 public:
  explicit Service(log::Log* log) : log_(log) {}

  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                   const intake::v1::ReportRequest* request,
                                   intake::v1::ReportResponse* response) override {
    response->set_seq(1);
    response->set_incident(request->idempotency_key());
    response->set_area("an area's id");
    response->set_district("a district's id");
    response->set_outcome(intake::v1::OUTCOME_REPORTED);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    if (log_ == nullptr) {
      reactor->Finish(grpc::Status::OK);
      return reactor;
    }
    log::AppendRequest append{.kommun = request->kommun(),
                              .idempotency_key = request->idempotency_key(),
                              .facts = {std::string(kEntryBytes, 'x')}};
    log_->Append(std::move(append), [reactor, response](absl::StatusOr<log::Appended> appended) {
      if (appended.ok()) response->set_seq(appended->last);
      reactor->Finish(rpc::ToGrpc(appended.status()));
    });
    return reactor;
  }

 private:
  log::Log* const log_;
};

EchoServer::EchoServer(log::Log* log) : service_(std::make_unique<Service>(log)) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.RegisterService(service_.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) std::abort();
}

EchoServer::~EchoServer() { server_->Shutdown(); }

std::shared_ptr<grpc::Channel> EchoServer::NewChannel() const {
  return grpc::CreateChannel(absl::StrCat("127.0.0.1:", port_), grpc::InsecureChannelCredentials());
}

}  // namespace vaka::bench
