// How long it takes from a report to the dashboard's live stream and to the last of an area's
// twenty contact persons, over the public API, with the whole system in this process. One report at
// a time, each in an area of its own, so that nothing is grouped.
#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "libs/rpc/unary.h"
#include "services/gateway/connect_codec.h"
#include "tests/bench/rounds.h"
#include "tests/bench/system/squares.h"
#include "tests/support/http_client/http_client.h"
#include "tests/support/whole_system/whole_system.h"
#include "vaka/gateway/v1/gateway_service.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka::bench {
namespace {

constexpr int kPeople = 20;  // an area; every other one by SMS
constexpr int kWarmUp = 10;
constexpr absl::Duration kLimit = absl::Seconds(30);

// Counts the messages of one report. Thread-safe.
class Messages final {
 public:
  void Caught(absl::Time now) {
    absl::MutexLock lock(&mu_);
    ++count_;
    last_ = now;
  }

  // When the last of them came; from here on, those of the next report are counted.
  absl::StatusOr<absl::Time> AwaitAll() {
    absl::MutexLock lock(&mu_);
    const auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return count_ >= kPeople; };
    if (!mu_.AwaitWithTimeout(absl::Condition(&all), kLimit)) {
      return absl::DeadlineExceededError(absl::StrCat(count_, " of ", kPeople, " messages came"));
    }
    count_ -= kPeople;
    return last_;
  }

 private:
  absl::Mutex mu_;
  int count_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time last_ ABSL_GUARDED_BY(mu_);
};

// The dashboard's stream through the gateway, read by a thread of its own until the gateway ends
// it. REQUIRES: the system is stopped before this is destroyed. Thread-safe.
class LiveStream final {
 public:
  LiveStream(const std::string& address, const std::string& token) : client_(address) {
    gateway::v1::WatchRequest request;
    request.set_kommun(WholeSystem::kKommun);
    const std::string body = gateway::Envelope(0, request.SerializeAsString());
    client_.Send(absl::StrCat(
        "POST /vaka.gateway.v1.LiveService/Watch HTTP/1.1\r\nHost: vaka\r\nContent-Type: "
        "application/connect+proto\r\nAuthorization: Bearer ",
        token, "\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
    client_.ReadHead();
    client_.ReadChunk();  // the first beat: from here on everything is streamed
    reader_ = std::jthread([this] { Read(); });
  }

  absl::StatusOr<absl::Time> AwaitIncident(const std::string& id) {
    absl::MutexLock lock(&mu_);
    const auto seen = [this, &id]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return seen_.count(id) > 0; };
    if (!mu_.AwaitWithTimeout(absl::Condition(&seen), kLimit)) {
      return absl::DeadlineExceededError("the report did not come on the live stream");
    }
    return seen_[id];
  }

 private:
  void Read() {
    while (true) {
      const std::string chunk = client_.ReadChunk();
      const absl::Time now = clock_.Now();
      const auto payloads = gateway::OpenEnvelopes(chunk);
      if (chunk.empty() || !payloads.ok()) return;
      for (const std::string& payload : *payloads) {
        gateway::v1::WatchResponse response;
        if (!response.ParseFromString(payload) || !response.event().has_incident_reported())
          continue;
        absl::MutexLock lock(&mu_);
        seen_[response.event().incident_reported().incident().id()] = now;
      }
    }
  }

  SystemClock clock_;
  gateway::HttpClient client_;
  absl::Mutex mu_;
  std::map<std::string, absl::Time> seen_ ABSL_GUARDED_BY(mu_);
  std::jthread reader_;
};

std::string People(int areas) {
  std::string csv = "person,name,phone,email,consent,channels,role,area\n";
  for (int i = 0; i < areas * kPeople; ++i) {
    const int person = i % kPeople;
    absl::StrAppendFormat(
        &csv, "p%d,Namn %d,+467017406%02d,p%d@example.org,yes,%s,contact_person,a%d\n", person,
        person, person + 10, person, person % 2 == 0 ? "email" : "sms", i / kPeople);
  }
  return csv;
}

struct Timing {
  absl::Time sent, accepted, live, last;
};

class MainJob final {
 public:
  MainJob()
      : system_({.mail = [this](const auto&) { messages_.Caught(clock_.Now()); },
                 .sms = [this](const auto&) { messages_.Caught(clock_.Now()); }}) {}

  absl::Status Start(int areas) {
    if (absl::Status status = system_.Start(); !status.ok()) return status;
    if (absl::Status status = system_.Configure(); !status.ok()) return status;
    coordinator_ = system_.Token(options::v1::ROLE_COORDINATOR, "samordnare", "municipality");
    police_ = system_.Token(options::v1::ROLE_BRIEFING_OFFICER, "polis", "police");
    intake_ = intake::v1::IntakeService::NewStub(system_.channel());
    const absl::StatusOr<uint64_t> seq = Settle(areas);
    if (!seq.ok()) return seq.status();
    if (absl::Status status = AwaitFolded(*seq); !status.ok()) return status;
    live_.emplace(system_.http_address(), coordinator_);
    return absl::OkStatus();
  }

  absl::StatusOr<Timing> ReportIn(int area) {
    intake::v1::ReportRequest request;
    request.set_kommun(WholeSystem::kKommun);
    request.set_idempotency_key(absl::StrCat("report-", area));
    intake::v1::Submission& submission = *request.mutable_submission();
    submission.set_category("shooting_explosion");  // critical: no quiet hours, whatever the time
    submission.set_severity(5);
    *submission.mutable_where()->mutable_point() = InSquare(area);
    submission.set_text("Kraftig smäll vid torget, avspärrat.");
    Timing timing;
    grpc::ClientContext context;
    Prepare(context, police_);
    intake::v1::ReportResponse response;
    timing.sent = clock_.Now();
    const absl::Status status = rpc::FromGrpc(intake_->Report(&context, request, &response));
    timing.accepted = clock_.Now();
    if (!status.ok()) return status;
    const auto live = live_->AwaitIncident(response.incident());
    if (!live.ok()) return live.status();
    const auto last = messages_.AwaitAll();
    if (!last.ok()) return last.status();
    timing.live = *live;
    timing.last = *last;
    return timing;
  }

  absl::Status Stop() { return system_.Stop(); }

 private:
  void Prepare(grpc::ClientContext& context, const std::string& token) {
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(50)));
    context.AddMetadata("authorization", "Bearer " + token);
  }

  // The areas and their people; the last fact's number.
  absl::StatusOr<uint64_t> Settle(int areas) {
    const auto registry = registry::v1::RegistryService::NewStub(system_.channel());
    registry::v1::ImportAreasRequest where;
    where.set_kommun(WholeSystem::kKommun);
    where.set_idempotency_key("areas");
    where.set_geojson(Squares(areas));
    registry::v1::ImportAreasResponse placed;
    grpc::ClientContext first;
    Prepare(first, coordinator_);
    absl::Status status = rpc::FromGrpc(registry->ImportAreas(&first, where, &placed));
    if (!status.ok()) return status;
    registry::v1::ImportPeopleRequest who;
    who.set_kommun(WholeSystem::kKommun);
    who.set_idempotency_key("people");
    who.set_csv(People(areas));
    registry::v1::ImportPeopleResponse entered;
    grpc::ClientContext second;
    Prepare(second, coordinator_);
    status = rpc::FromGrpc(registry->ImportPeople(&second, who, &entered));
    if (!status.ok()) return status;
    return entered.seq();
  }

  // Until those who place and those who tell know the areas and people.
  absl::Status AwaitFolded(uint64_t seq) {
    intake::v1::ListRequest list;
    list.set_kommun(WholeSystem::kKommun);
    list.set_at_least(seq);
    intake::v1::ListResponse listed;
    grpc::ClientContext first;
    Prepare(first, coordinator_);
    const absl::Status status = rpc::FromGrpc(intake_->List(&first, list, &listed));
    if (!status.ok()) return status;
    notifications::v1::ListAlertsRequest alerts;
    alerts.set_kommun(WholeSystem::kKommun);
    alerts.set_at_least(seq);
    notifications::v1::ListAlertsResponse found;
    grpc::ClientContext second;
    Prepare(second, coordinator_);
    return rpc::FromGrpc(notifications::v1::NotificationsService::NewStub(system_.channel())
                             ->ListAlerts(&second, alerts, &found));
  }

  SystemClock clock_;
  Messages messages_;
  std::optional<LiveStream> live_;  // its thread ends when the system, declared after it, stops
  WholeSystem system_;
  std::unique_ptr<intake::v1::IntakeService::Stub> intake_;
  std::string coordinator_;
  std::string police_;
};

void AddRound(const std::vector<Timing>& timings, Rounds& rounds) {
  const auto add = [&](const std::string& row, const auto& from, const auto& to) {
    std::vector<double> took;
    for (const Timing& timing : timings)
      took.push_back(absl::ToDoubleMilliseconds(timing.*to - timing.*from));
    rounds.Add(row + ", p50", "ms", Quantile(took, 0.50));
    rounds.Add(row + ", p99", "ms", Quantile(took, 0.99));
  };
  add("report sent → accepted, on disk", &Timing::sent, &Timing::accepted);
  add("report sent → on the dashboard's live stream", &Timing::sent, &Timing::live);
  add("accepted → last of 20 messages handed over", &Timing::accepted, &Timing::last);
  add("report sent → last of 20 messages handed over", &Timing::sent, &Timing::last);
}

absl::Status Run(int rounds, int reports) {
  MainJob job;
  const int areas = kWarmUp + rounds * reports;
  if (absl::Status status = job.Start(areas); !status.ok()) return status;
  Rounds measured;
  int area = 0;
  for (; area < kWarmUp; ++area) {
    if (const auto timing = job.ReportIn(area); !timing.ok()) return timing.status();
  }
  for (int round = 0; round < rounds; ++round) {
    std::vector<Timing> timings;
    for (int i = 0; i < reports; ++i) {
      const auto timing = job.ReportIn(area++);
      if (!timing.ok()) return timing.status();
      timings.push_back(*timing);
    }
    AddRound(timings, measured);
  }
  std::fputs(measured.Markdown().c_str(), stdout);
  // What was measured stands, however long the stop took.
  if (absl::Status status = job.Stop(); !status.ok())
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace vaka::bench

int main(int argc, char** argv) {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as the program does
  CLI::App app("Measures the way from a report to the dashboard and to the people");
  int rounds = 3;
  int reports = 100;
  app.add_option("--rounds", rounds, "Rounds; a row shows their median")->check(CLI::Range(1, 5));
  app.add_option("--reports", reports, "Reports a round")->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  return vaka::bench::ExitCode(vaka::bench::Run(rounds, reports));
}
