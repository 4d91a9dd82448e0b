#include "tests/bench/system/report_load.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "libs/rpc/unary.h"
#include "tests/bench/system/town.h"
#include "tests/bench/system/usage.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::bench {
namespace {

constexpr absl::Duration kLimit = absl::Seconds(55);

// Thread-safe: the answers come on gRPC's threads, and each sends the next.
class Reporter final {
 public:
  Reporter(System& system, const ReportLoad& load)
      : clock_(system.clock()),
        load_(load),
        stub_(intake::v1::IntakeService::NewStub(system.channel())) {
    for (const std::string& kommun : load.kommuns)
      authorizations_.push_back("Bearer " + system.Police(kommun));
  }

  // The number of the last fact of each municipality.
  absl::StatusOr<std::map<std::string, uint64_t>> Run(ReportLoadResult& result) {
    const absl::Time begin = clock_.Steady();
    const size_t first = std::min<uint64_t>(load_.under_way, load_.reports);
    {
      absl::MutexLock lock(&mu_);
      open_ = first;
    }
    for (size_t i = 0; i < first; ++i) SendOne();
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](size_t* open) { return *open == 0; }, &open_));
    VAKA_RETURN_IF_ERROR(failed_);
    result.per_second =
        static_cast<double>(took_.size()) / absl::ToDoubleSeconds(clock_.Steady() - begin);
    result.milliseconds = took_;
    return last_;
  }

 private:
  struct Sent {
    grpc::ClientContext context;
    intake::v1::ReportRequest request;
    intake::v1::ReportResponse response;
    absl::Time at;
  };

  // REQUIRES: it is counted in open_.
  void SendOne() {
    auto sent = std::make_shared<Sent>();  // shared with the callback, which gRPC copies
    uint64_t number = 0;
    {
      absl::MutexLock lock(&mu_);
      number = sent_++;
    }
    const size_t turn = number % load_.kommuns.size();
    sent->request.set_kommun(load_.kommuns[turn]);
    sent->request.set_idempotency_key(absl::StrCat(load_.prefix, number));
    *sent->request.mutable_submission() =
        ReportIn(static_cast<int>(number % 20), /*critical=*/false);
    sent->context.set_deadline(absl::ToChronoTime(clock_.Now() + kLimit));
    sent->context.AddMetadata("authorization", authorizations_[turn]);
    sent->at = clock_.Steady();
    stub_->async()->Report(&sent->context, &sent->request, &sent->response,
                           [this, sent](const grpc::Status& status) { Answered(*sent, status); });
  }

  void Answered(const Sent& sent, const grpc::Status& status) {
    const absl::Time now = clock_.Steady();
    bool goes_on = false;
    {
      absl::MutexLock lock(&mu_);
      if (status.ok()) {
        took_.push_back(absl::ToDoubleMilliseconds(now - sent.at));
        uint64_t& last = last_[sent.request.kommun()];
        last = std::max(last, sent.response.seq());
      } else {
        failed_ = rpc::FromGrpc(status);
      }
      // Those that are open without this one are counted in sent_ already.
      goes_on = failed_.ok() && sent_ < load_.reports;
      if (!goes_on) --open_;
    }
    if (goes_on) SendOne();
  }

  // Constant after construction.
  Clock& clock_;
  const ReportLoad& load_;
  const std::unique_ptr<intake::v1::IntakeService::Stub> stub_;
  std::vector<std::string> authorizations_;

  absl::Mutex mu_;
  uint64_t sent_ ABSL_GUARDED_BY(mu_) = 0;
  size_t open_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<double> took_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, uint64_t> last_ ABSL_GUARDED_BY(mu_);
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

absl::StatusOr<ReportLoadResult> RunReports(System& system, const ReportLoad& load) {
  const std::vector<pid_t> processes = system.Processes();
  const absl::Duration before = ProcessorTime(processes);
  ReportLoadResult result;
  VAKA_ASSIGN(const auto last, Reporter(system, load).Run(result));
  for (const auto& [kommun, seq] : last) {
    VAKA_RETURN_IF_ERROR(system.AwaitFolded(kommun, seq));
  }
  result.processor = ProcessorTime(processes) - before;
  return result;
}

}  // namespace vaka::bench
