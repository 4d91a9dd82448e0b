#include "tests/fault/gateway/probe.h"

#include <grpcpp/grpcpp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "libs/rpc/unary.h"
#include "tests/fault/gateway/honest.h"
#include "tests/fault/judge/history.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::fault {
namespace {

constexpr int kPeople = 6;
constexpr int kBeforeOthers = -10;
constexpr char kRpc[] = "vaka.intake.v1.IntakeService.Report";
constexpr absl::Duration kPause = absl::Milliseconds(10);
constexpr absl::Duration kTry = absl::Seconds(10);

std::unique_ptr<intake::v1::IntakeService::Stub> OwnStub(const std::string& address) {
  grpc::ChannelArguments own;
  own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return intake::v1::IntakeService::NewStub(
      grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), own));
}

}  // namespace

Probe::Probe(House& house, const std::string& name) : house_(house) {
  for (int i = 0; i < kPeople; ++i) {
    threads_.emplace_back(
        [this, who = absl::StrCat(name, "-", i)](const std::stop_token& stop) { Work(who, stop); });
  }
}

void Probe::Work(const std::string& name, const std::stop_token& stop) {
  // Of this thread; where it is not allowed the probe is one of many.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kBeforeOthers);
  const auto stub = OwnStub(house_.grpc_address("intake"));
  const As as = Police();
  uint64_t number = 0;
  do {
    intake::v1::ReportRequest request;
    intake::v1::ReportResponse response;
    *request.mutable_submission() = house_.town().ReportIn(0, 1, ++number);
    request.set_kommun(House::kKommun);
    request.set_idempotency_key(absl::StrCat(name, "-", number));
    Operation operation;
    operation.client = name;
    operation.rpc = kRpc;
    operation.kommun = House::kKommun;
    operation.key = request.idempotency_key();
    operation.command =
        CommandKey(kRpc, House::kKommun, as.person, as.agency, request.idempotency_key());
    operation.person = as.person;
    const size_t sent = house_.history().Sent(std::move(operation));
    grpc::ClientContext context;
    context.AddMetadata("authorization", house_.Authorization(as));
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kTry));
    const absl::Time began = house_.clock().Steady();
    const absl::Status status = rpc::FromGrpc(stub->Report(&context, request, &response));
    const absl::Time now = house_.clock().Steady();
    house_.history().Answered(sent, status, status.ok() ? response.seq() : 0);
    if (!status.ok()) continue;
    absl::MutexLock lock(&mu_);
    accepted_.emplace_back(now, now - began);
  } while (house_.clock().SleepFor(kPause, stop));
}

absl::Duration Probe::P99Since(absl::Time from) const {
  std::map<int64_t, std::vector<absl::Duration>> by_second;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [at, took] : accepted_) {
      if (at >= from) by_second[absl::ToInt64Seconds(at - from)].push_back(took);
    }
  }
  std::vector<absl::Duration> each;
  for (auto& [second, times] : by_second) each.push_back(P99(std::move(times)));
  return Median(std::move(each));
}

}  // namespace vaka::fault
