#include "tests/bench/plan/crowd.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/rpc/unary.h"
#include "services/notifications/outbox_keys.h"
#include "tests/bench/plan/people.h"
#include "tests/bench/system/town.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::bench {
namespace {

constexpr char kKommun[] = "0127";
constexpr absl::Duration kLimit = absl::Minutes(5);
constexpr absl::Duration kLook = absl::Milliseconds(10);
constexpr double kMiB = 1 << 20;

uint64_t ResidentBytes(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    uint64_t kib = 0;
    status >> kib;
    return kib * 1024;
  }
  return 0;
}

// Regular files and folders; a socket that was left behind is none of the data.
absl::Status CopyFolder(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(to, error)) fs::remove_all(entry.path(), error);
  for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
    const fs::path target = to / fs::relative(entry.path(), from, error);
    if (entry.is_directory(error)) fs::create_directory(target, entry.path(), error);
    if (entry.is_regular_file(error)) fs::copy_file(entry.path(), target, error);
    if (error) break;
  }
  if (!error) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("copying ", from, ": ", error.message()));
}

}  // namespace

Crowd::Crowd() : mail_({.caught = [this](const sink::CaughtMail&) { Caught(); }}) {}

Crowd::~Crowd() {
  system_.reset();
  mail_.Stop();
}

void Crowd::Caught() {
  if (handed_++ > 0) return;
  absl::MutexLock lock(&mu_);
  first_ = clock_.Steady();
}

absl::Status Crowd::Fill(uint64_t recipients) {
  recipients_ = recipients;
  VAKA_RETURN_IF_ERROR(mail_.Start());
  VAKA_ASSIGN(system_, System::Start({.arguments = {"--smtp=" + mail_.url()},
                                      .ready_within = absl::Minutes(10)}));
  VAKA_RETURN_IF_ERROR(system_->Configure(kKommun));
  VAKA_RETURN_IF_ERROR(Settle(*system_, kKommun, {.areas = 1, .people = 0, .reports = 0}));
  system_->Stop();
  VAKA_RETURN_IF_ERROR(FillPeople(system_->data(), kKommun, "a0", recipients, clock_));
  // Once through, so that each round finds snapshots, as a system that has run has them.
  VAKA_RETURN_IF_ERROR(system_->Restart().status());
  system_->Stop();
  return CopyFolder(system_->data(), kept_.path());
}

absl::Status Crowd::Report(uint64_t* seq) {
  intake::v1::ReportRequest request;
  request.set_kommun(kKommun);
  request.set_idempotency_key("critical");
  *request.mutable_submission() = ReportIn(0, /*critical=*/true);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(clock_.Now() + kLimit));
  context.AddMetadata("authorization", "Bearer " + system_->Police(kKommun));
  intake::v1::ReportResponse response;
  VAKA_RETURN_IF_ERROR(rpc::FromGrpc(intake::v1::IntakeService::NewStub(system_->channel())
                                         ->Report(&context, request, &response)));
  *seq = response.seq();
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Crowd::EverInOutbox(redis::Client& client) {
  const std::string key = notifications::OutboxKey(kKommun, registry::v1::CHANNEL_EMAIL);
  VAKA_ASSIGN(
      const redis::Reply reply,
      client.Batch({{key, {"XINFO", "STREAM", key}}}, {}, clock_.Steady() + kLimit).front());
  // Names and values by turns; an outbox that was never written to is an error, and empty.
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    if (reply.elements[i].text == "entries-added") {
      return static_cast<uint64_t>(reply.elements[i + 1].integer);
    }
  }
  return 0;
}

absl::Status Crowd::AwaitPlanned(absl::Duration limit, uint64_t* most_memory) {
  VAKA_ASSIGN(const auto client,
              redis::Client::Make(
                  {.urls = absl::StrCat("unix://", system_->data(), "/redis/redis.sock")}, clock_));
  const pid_t pid = system_->Processes().front();
  const absl::Time deadline = clock_.Steady() + limit;
  for (;;) {
    VAKA_ASSIGN(const uint64_t planned, EverInOutbox(*client));
    *most_memory = std::max(*most_memory, ResidentBytes(pid));
    if (planned >= recipients_) return absl::OkStatus();
    if (clock_.Steady() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat(planned, " of ", recipients_, " were planned in ",
                       absl::FormatDuration(limit), ", ", handed_.load(), " handed over"));
    }
    clock_.SleepFor(kLook, std::stop_token());
  }
}

absl::StatusOr<PlannedAlert> Crowd::Alert(absl::Duration limit) {
  VAKA_RETURN_IF_ERROR(CopyFolder(kept_.path(), system_->data()));
  VAKA_RETURN_IF_ERROR(system_->Restart().status());
  system_->AwaitQuiet();
  handed_ = 0;
  const uint64_t before = ResidentBytes(system_->Processes().front());
  uint64_t seq = 0, most = before;
  VAKA_RETURN_IF_ERROR(Report(&seq));
  const absl::Time start = clock_.Steady();
  VAKA_RETURN_IF_ERROR(AwaitPlanned(limit, &most));
  PlannedAlert alert;
  alert.complete = clock_.Steady() - start;
  alert.handed = handed_;
  alert.per_second = static_cast<double>(recipients_) / absl::ToDoubleSeconds(alert.complete);
  alert.grown_mib = static_cast<double>(most - before) / kMiB;
  if (!redis::Eventually([this] { return handed_ > 0; })) {
    return absl::DeadlineExceededError("no message was handed over");
  }
  {
    absl::MutexLock lock(&mu_);
    alert.first = first_ - start;
  }
  system_->Stop();
  return alert;
}

}  // namespace vaka::bench
