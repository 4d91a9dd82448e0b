// The product: a report over gRPC, and the live streams at its gateway, in JSON as the dashboard
// has them.
#include <grpcpp/grpcpp.h>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/status.h"
#include "libs/rpc/unary.h"
#include "libs/sink/smtp_sink.h"
#include "services/gateway/connect_codec.h"
#include "tests/bench/fanout/medium.h"
#include "tests/bench/system/report_load.h"
#include "tests/bench/system/system.h"
#include "tests/bench/system/town.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::bench {
namespace {

// Roles that see every report and differ in what else they see.
constexpr options::v1::Role kRoles[] = {
    options::v1::ROLE_COORDINATOR,           options::v1::ROLE_ANALYST,
    options::v1::ROLE_BRIEFING_OFFICER,      options::v1::ROLE_PATROLLER,
    options::v1::ROLE_AGENCY_REPORTER,       options::v1::ROLE_AREA_MANAGER,
    options::v1::ROLE_SAFETY_REPRESENTATIVE, options::v1::ROLE_OPERATOR};
constexpr int kAreas = 400;
constexpr int kPeople = 20;      // an area
constexpr size_t kEnvelope = 5;  // flags and length before each message of a stream

// Tells reports from other messages. They are the same bytes on every stream, so that looking once
// is enough.
class Recognizer final {
 public:
  bool IsReport(absl::string_view message) {
    const auto known = known_.find(message);
    if (known != known_.end()) return known->second;
    if (known_.size() >= kKnown) known_.clear();
    const bool report = absl::StrContains(message, "\"incidentReported\":");
    known_.emplace(message, report);
    return report;
  }

 private:
  static constexpr size_t kKnown = 256;
  absl::flat_hash_map<std::string, bool> known_;
};

// A stream's answer: a head, then chunks, each of whole messages in envelopes.
class StreamSubscriber final : public PieceReader {
 public:
  StreamSubscriber(std::string token, std::string kommun, Recognizer& recognizer)
      : token_(std::move(token)), kommun_(std::move(kommun)), recognizer_(recognizer) {}

  std::string Hello() override {
    const std::string body = gateway::Envelope(0, absl::StrCat("{\"kommun\":\"", kommun_, "\"}"));
    return absl::StrCat(
        "POST /vaka.gateway.v1.LiveService/Watch HTTP/1.1\r\nHost: vaka\r\nContent-Type: "
        "application/connect+json\r\nAuthorization: Bearer ",
        token_, "\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
  }

 private:
  size_t TakePiece(absl::string_view bytes, Heard& heard) override {
    return headed_ ? TakeChunk(bytes, heard) : TakeHead(bytes, heard);
  }

  size_t TakeHead(absl::string_view bytes, Heard& heard) {
    const size_t end = bytes.find("\r\n\r\n");
    if (end == absl::string_view::npos) return 0;
    headed_ = true;
    if (!absl::StartsWith(bytes, "HTTP/1.1 200 "))
      heard.trouble = absl::UnavailableError(bytes.substr(0, 300));
    return end + 4;
  }

  size_t TakeChunk(absl::string_view bytes, Heard& heard) {
    const size_t line = bytes.find("\r\n");
    if (line == absl::string_view::npos) return 0;
    uint64_t size = 0;
    if (!absl::SimpleHexAtoi(bytes.substr(0, line), &size) || size == 0)
      heard.trouble = absl::UnavailableError("a live stream ended");
    const size_t length = line + 2 + size + 2;
    if (bytes.size() < length) return 0;
    absl::string_view chunk = bytes.substr(line + 2, size);
    while (chunk.size() >= kEnvelope) {
      uint32_t of = 0;
      for (size_t i = 1; i < kEnvelope; ++i) of = of << 8 | static_cast<uint8_t>(chunk[i]);
      if (chunk[0] != 0) heard.trouble = absl::UnavailableError(chunk.substr(kEnvelope, of));
      heard.messages += recognizer_.IsReport(chunk.substr(kEnvelope, of));
      chunk.remove_prefix(std::min<size_t>(kEnvelope + of, chunk.size()));
    }
    heard.ready = true;  // the first beat: from here on everything is streamed
    return length;
  }

  const std::string token_;
  const std::string kommun_;
  Recognizer& recognizer_;
  bool headed_ = false;
};

// Counts the mails that came. Thread-safe.
class Mails final {
 public:
  void Caught() {
    absl::MutexLock lock(&mu_);
    ++count_;
  }

  absl::Status AwaitCount(uint64_t count) {
    absl::MutexLock lock(&mu_);
    const auto all = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return count_ >= count; };
    if (mu_.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(30))) return absl::OkStatus();
    return absl::DeadlineExceededError(absl::StrCat(count_, " of ", count, " mails came"));
  }

 private:
  absl::Mutex mu_;
  uint64_t count_ ABSL_GUARDED_BY(mu_) = 0;
};

class Vaka final : public Medium {
 public:
  explicit Vaka(bool alerts)
      : alerts_(alerts), smtp_({.caught = [this](const auto&) { mails_.Caught(); }}) {}
  ~Vaka() override {
    system_.reset();
    smtp_.Stop();
  }

  absl::Status Start() {
    VAKA_RETURN_IF_ERROR(smtp_.Start());
    VAKA_ASSIGN(system_, System::Start({.arguments = {"--smtp=" + smtp_.url()}}));
    return absl::OkStatus();
  }

  std::string name() const override {
    return alerts_ ? absl::StrCat("Vaka, alerting ", kPeople, " by mail") : "Vaka";
  }
  bool bounds_addresses() const override { return true; }
  bool sustained() const override { return !alerts_; }

  int port() const override {
    const std::string address = system_->http_address();
    int port = 0;
    return absl::SimpleAtoi(address.substr(address.rfind(':') + 1), &port) ? port : 0;
  }

  std::unique_ptr<Subscriber> NewSubscriber(size_t n) override {
    return std::make_unique<StreamSubscriber>(system_->Token(kommun_, kRoles[n % std::size(kRoles)],
                                                             absl::StrCat("p-", n), "municipality"),
                                              kommun_, recognizer_);
  }

  absl::Status Prepare() override {
    VAKA_RETURN_IF_ERROR(system_->Configure(kommun_));
    VAKA_RETURN_IF_ERROR(
        Settle(*system_, kommun_,
               {.areas = kAreas, .people = alerts_ ? kPeople : 0, .reports = alerts_ ? 0 : 20}));
    stub_ = intake::v1::IntakeService::NewStub(system_->channel());
    authorization_ = "Bearer " + system_->Police(kommun_);
    return absl::OkStatus();
  }

  absl::StatusOr<Published> Publish() override {
    intake::v1::ReportRequest request;
    request.set_kommun(kommun_);
    request.set_idempotency_key(absl::StrCat("one-", ++published_));
    *request.mutable_submission() = ReportIn(static_cast<int>(published_ % kAreas), alerts_);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(system_->clock().Now() + absl::Seconds(30)));
    context.AddMetadata("authorization", authorization_);
    intake::v1::ReportResponse response;
    Published published{.sent = system_->clock().Steady()};
    VAKA_RETURN_IF_ERROR(rpc::FromGrpc(stub_->Report(&context, request, &response)));
    published.acknowledged = system_->clock().Steady();
    return published;
  }

  absl::Status AwaitRest() override {
    return alerts_ ? mails_.AwaitCount(published_ * kPeople) : absl::OkStatus();
  }

  absl::Status PublishMany(uint64_t messages) override {
    return RunReports(*system_, {.kommuns = {kommun_},
                                 .under_way = kWindow,
                                 .reports = messages,
                                 .prefix = absl::StrCat("many-", ++loads_, "-")})
        .status();
  }

 private:
  const std::string kommun_ = KommunOf(0);
  const bool alerts_;
  Mails mails_;
  sink::SmtpSink smtp_;
  std::unique_ptr<System> system_;
  Recognizer recognizer_;  // the audience's thread's
  std::unique_ptr<intake::v1::IntakeService::Stub> stub_;
  std::string authorization_;
  uint64_t published_ = 0;
  int loads_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Medium>> StartVaka(bool alerts) {
  auto vaka = std::make_unique<Vaka>(alerts);
  VAKA_RETURN_IF_ERROR(vaka->Start());
  return vaka;
}

}  // namespace vaka::bench
