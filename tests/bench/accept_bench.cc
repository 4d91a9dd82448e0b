// How many reports a second are accepted and on disk, over gRPC with the whole system in this
// process, beside what Redis itself does with entries of the same size and the same durability in
// the same round: one at a time, with 64 under way, and as one stream.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/unary.h"
#include "tests/bench/rounds.h"
#include "tests/support/whole_system/whole_system.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::bench {
namespace {

constexpr size_t kUnderWay = 64;
constexpr absl::Duration kLimit = absl::Seconds(30);

// Of entries or reports.
struct Load {
  double per_second = 0;
  std::vector<double> milliseconds;  // each; empty where they have no answers of their own
};

// A report that alerts nobody, so that accepting is what is measured. The key makes it another one.
template <typename Request>
Request ReportOf(const std::string& key) {
  Request request;
  request.set_kommun(WholeSystem::kKommun);
  request.set_idempotency_key(key);
  intake::v1::Submission& submission = *request.mutable_submission();
  submission.set_category("graffiti");
  submission.set_severity(1);
  submission.mutable_where()->mutable_point()->set_lat(59.2400);
  submission.mutable_where()->mutable_point()->set_lon(17.8470);
  submission.set_text("Klotter på gaveln mot torget, ungefär två meter brett.");
  return request;
}

void Prepare(grpc::ClientContext& context, const std::string& token, absl::Time now) {
  context.set_deadline(absl::ToChronoTime(now + kLimit));
  context.AddMetadata("authorization", "Bearer " + token);
}

// Unary reports, `under_way` at any time, until `until`. Thread-safe: the answers come on gRPC's
// threads, and each sends the next.
class UnaryLoad final {
 public:
  UnaryLoad(WholeSystem& system, const std::string& token, const std::string& prefix,
            absl::Time until)
      : stub_(intake::v1::IntakeService::NewStub(system.channel())),
        token_(token),
        prefix_(prefix),
        until_(until) {}

  absl::StatusOr<Load> Run(size_t under_way) {
    const absl::Time start = clock_.Now();
    {
      absl::MutexLock lock(&mu_);
      open_ = under_way;
    }
    for (size_t i = 0; i < under_way; ++i) SendOne();
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](size_t* open) { return *open == 0; }, &open_));
    if (!failed_.ok()) return failed_;
    return Load{static_cast<double>(took_.size()) / absl::ToDoubleSeconds(clock_.Now() - start),
                took_};
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
    sent->at = clock_.Now();
    Prepare(sent->context, token_, sent->at);
    {
      absl::MutexLock lock(&mu_);
      sent->request = ReportOf<intake::v1::ReportRequest>(absl::StrCat(prefix_, ++count_));
    }
    stub_->async()->Report(&sent->context, &sent->request, &sent->response,
                           [this, sent](const grpc::Status& status) { Answered(*sent, status); });
  }

  void Answered(const Sent& sent, const grpc::Status& status) {
    const absl::Time now = clock_.Now();
    const bool goes_on = status.ok() && now < until_;
    {
      absl::MutexLock lock(&mu_);
      if (status.ok()) {
        took_.push_back(absl::ToDoubleMilliseconds(now - sent.at));
      } else {
        failed_ = rpc::FromGrpc(status);
      }
      if (!goes_on) --open_;
    }
    if (goes_on) SendOne();
  }

  SystemClock clock_;
  const std::unique_ptr<intake::v1::IntakeService::Stub> stub_;
  const std::string token_;
  const std::string prefix_;
  const absl::Time until_;

  absl::Mutex mu_;
  uint64_t count_ ABSL_GUARDED_BY(mu_) = 0;
  size_t open_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<double> took_ ABSL_GUARDED_BY(mu_);
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
};

class Accept final {
 public:
  explicit Accept(absl::Duration length) : length_(length) {}

  absl::Status Start() {
    if (absl::Status status = system_.Start(); !status.ok()) return status;
    if (absl::Status status = system_.Configure(); !status.ok()) return status;
    police_ = system_.Token(options::v1::ROLE_BRIEFING_OFFICER, "polis", "police");
    return AwaitConfigured();
  }

  // Every load once, and the rows of one round. The side that goes first changes with each round.
  absl::Status Round(Rounds& rounds) {
    absl::StatusOr<Load> one, unary, piped, many, stream;
    const bool redis_first = ++round_ % 2 == 0;
    if (redis_first) one = Raw(1);
    unary = Unary(1);
    if (!redis_first) one = Raw(1);
    if (redis_first) piped = Raw(kUnderWay);
    many = Unary(kUnderWay);
    stream = Stream();
    if (!redis_first) piped = Raw(kUnderWay);
    for (const auto* load : {&one, &unary, &piped, &many, &stream}) {
      if (!load->ok()) return load->status();
    }
    Show("Redis, XADD one at a time", *one, rounds);
    Show("Report, one at a time", *unary, rounds);
    Show("Redis, XADD pipelined by 64", *piped, rounds);
    Show("Report, 64 under way", *many, rounds);
    Show("ReportMany, one stream", *stream, rounds);
    const auto ratio = [&](const char* row, const Load& ours, const Load& theirs) {
      rounds.Add(row, "of Redis", ours.per_second / theirs.per_second);
    };
    ratio("Report / XADD, one at a time", *unary, *one);
    ratio("Report / XADD, 64", *many, *piped);
    ratio("ReportMany / XADD pipelined by 64", *stream, *piped);
    return absl::OkStatus();
  }

  absl::Status Stop() { return system_.Stop(); }

 private:
  static void Show(const std::string& row, const Load& load, Rounds& rounds) {
    rounds.Add(row, "/s", load.per_second);
    if (load.milliseconds.empty()) return;
    rounds.Add(row + ", p50", "ms", Quantile(load.milliseconds, 0.50));
    rounds.Add(row + ", p99", "ms", Quantile(load.milliseconds, 0.99));
  }

  // Until a report is taken: the services have the configuration.
  absl::Status AwaitConfigured() {
    const auto stub = intake::v1::IntakeService::NewStub(system_.channel());
    absl::Status last;
    const bool taken = redis::Eventually([&] {
      grpc::ClientContext context;
      Prepare(context, police_, clock_.Now());
      intake::v1::ReportResponse response;
      last = rpc::FromGrpc(
          stub->Report(&context, ReportOf<intake::v1::ReportRequest>("first"), &response));
      return last.ok();
    });
    return taken ? absl::OkStatus() : last;
  }

  absl::StatusOr<Load> Unary(size_t under_way) {
    UnaryLoad load(system_, police_, NextPrefix(), clock_.Now() + length_);
    return load.Run(under_way);
  }

  // Writes for the round's length; over when the last report is on disk and the stream answered.
  absl::StatusOr<Load> Stream() {
    const auto stub = intake::v1::IntakeService::NewStub(system_.channel());
    grpc::ClientContext context;
    Prepare(context, police_, clock_.Now());
    intake::v1::ReportManyResponse response;
    const std::string prefix = NextPrefix();
    const absl::Time start = clock_.Now();
    const auto writer = stub->ReportMany(&context, &response);
    for (uint64_t i = 0; clock_.Now() < start + length_; ++i) {
      if (!writer->Write(ReportOf<intake::v1::ReportManyRequest>(absl::StrCat(prefix, i)))) break;
    }
    writer->WritesDone();
    const absl::Status status = rpc::FromGrpc(writer->Finish());
    if (!status.ok()) return status;
    if (response.refused() > 0) return absl::InternalError(response.problems(0).problem());
    Load load{response.reported() / absl::ToDoubleSeconds(clock_.Now() - start), {}};
    if (absl::Status folded = AwaitFolded(response.seq()); !folded.ok()) return folded;
    return load;
  }

  // So that one load's wake does not slow the next.
  absl::Status AwaitFolded(uint64_t seq) {
    intake::v1::ListRequest request;
    request.set_kommun(WholeSystem::kKommun);
    request.set_at_least(seq);
    request.set_limit(1);
    intake::v1::ListResponse response;
    grpc::ClientContext context;
    Prepare(context, police_, clock_.Now());
    return rpc::FromGrpc(
        intake::v1::IntakeService::NewStub(system_.channel())->List(&context, request, &response));
  }

  // Entries of a reported fact's size in a Redis of its own, `under_way` in each write.
  absl::StatusOr<Load> Raw(size_t under_way) {
    const std::vector<redis::Argv> commands(
        under_way, {"XADD", "{0127}:raw", "*", "e", std::string(kEntryBytes, 'x')});
    Load load;
    uint64_t count = 0;
    const absl::Time start = clock_.Now();
    for (absl::Time now = start; now < start + length_; now = clock_.Now()) {
      for (const auto& reply : raw_->Pipeline("{0127}:raw", commands, now + kLimit)) {
        if (!reply.ok()) return reply.status();
      }
      count += under_way;
      if (under_way == 1)
        load.milliseconds.push_back(absl::ToDoubleMilliseconds(clock_.Now() - now));
    }
    load.per_second = static_cast<double>(count) / absl::ToDoubleSeconds(clock_.Now() - start);
    return load;
  }

  std::string NextPrefix() { return absl::StrCat("load-", ++loads_, "-"); }

  // A fact of such a report in the log, with its envelope.
  static constexpr size_t kEntryBytes = 400;

  const absl::Duration length_;
  SystemClock clock_;
  redis::TestRedis redis_;
  std::unique_ptr<redis::Client> raw_ = redis_.NewClient();
  WholeSystem system_{{}};
  std::string police_;
  int loads_ = 0;
  int round_ = 0;
};

absl::Status Run(int rounds, double seconds) {
  Accept accept(absl::Seconds(seconds));
  if (absl::Status status = accept.Start(); !status.ok()) return status;
  Rounds warm_up;
  if (absl::Status status = accept.Round(warm_up); !status.ok()) return status;
  Rounds measured;
  for (int i = 0; i < rounds; ++i) {
    if (absl::Status status = accept.Round(measured); !status.ok()) return status;
  }
  std::fputs(measured.Markdown().c_str(), stdout);
  // What was measured stands, however long the stop took.
  if (absl::Status status = accept.Stop(); !status.ok())
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the program does
  CLI::App app("Measures how many reports a second are accepted and on disk");
  int rounds = 5;
  double seconds = 2;
  app.add_option("--rounds", rounds, "Rounds; a row shows their median")->check(CLI::Range(1, 50));
  app.add_option("--seconds", seconds, "Length of one load in a round")
      ->check(CLI::Range(0.1, 60.0));
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = vaka::bench::Run(rounds, seconds);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
