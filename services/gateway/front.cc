#include "services/gateway/front.h"

#include <algorithm>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status.h"
#include "services/gateway/peers.h"

namespace vaka::gateway {
namespace {

constexpr absl::string_view kRpcPrefix = "/vaka.";
constexpr absl::string_view kSmsPrefix = "/hooks/sms/";

// "/vaka.est.v1.EstService/GetWeek"; a file at the top, such as /vaka.svg, is none.
bool IsRpc(const std::string& path) {
  return absl::StartsWith(path, kRpcPrefix) &&
         path.find('/', kRpcPrefix.size()) != std::string::npos;
}

RequestKind KindOf(const HttpRequest& request) {
  if (IsRpc(request.path)) {
    return absl::StartsWith(request.Header("content-type"), "application/connect+")
               ? RequestKind::kStream
               : RequestKind::kRpc;
  }
  if (absl::StartsWith(request.path, kSmsPrefix)) return RequestKind::kHook;
  return request.path == "/healthz" ? RequestKind::kHealth : RequestKind::kStatic;
}

// The map's worker comes from a blob, the components' styles from elements of their own; everything
// else is this site's own files.
void AddSecurityHeaders(HttpResponse& response) {
  static const auto& headers = *new Headers{
      {"Content-Security-Policy",
       "default-src 'self'; script-src 'self'; worker-src 'self' blob:; child-src 'self' blob:; "
       "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
       "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
       "frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"X-Frame-Options", "DENY"},
      {"Permissions-Policy", "geolocation=(self), camera=(), microphone=()"},
      {"Cross-Origin-Opener-Policy", "same-origin"}};
  response.headers.insert(response.headers.end(), headers.begin(), headers.end());
}

HttpResponse Plain(int status, absl::string_view text) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  response.body = std::make_shared<const std::string>(text);
  return response;
}

HttpResponse MethodNotAllowed(const char* allowed) {
  HttpResponse response = Plain(405, absl::StrCat("Only ", allowed, ".\n"));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// An exchange that counts and times its answer and adds what every answer carries.
class CountedExchange final : public HttpExchange {
 public:
  CountedExchange(std::shared_ptr<HttpExchange> exchange, RequestKind kind, Clock& clock,
                  Metrics& metrics, std::atomic<int>* in_flight)
      : exchange_(std::move(exchange)),
        kind_(kind),
        clock_(clock),
        metrics_(metrics),
        in_flight_(in_flight),
        began_(clock.Steady()) {}

  ~CountedExchange() override {
    if (in_flight_ != nullptr) in_flight_->fetch_sub(1);
  }

  const HttpRequest& request() const override { return exchange_->request(); }

  void Respond(HttpResponse response) override {
    metrics_.Answered(kind_, response.status, clock_.Steady() - began_);
    if (kind_ == RequestKind::kRpc) response.headers.emplace_back("Cache-Control", "no-store");
    AddSecurityHeaders(response);
    exchange_->Respond(std::move(response));
  }

  void Begin(HttpResponse head) override {
    metrics_.Answered(kind_, head.status, absl::ZeroDuration());
    AddSecurityHeaders(head);
    exchange_->Begin(std::move(head));
  }

  void Write(std::vector<Chunk> chunks, std::function<void(bool)> written) override {
    exchange_->Write(std::move(chunks), std::move(written));
  }
  void End() override { exchange_->End(); }
  void Abort() override { exchange_->Abort(); }
  void OnGone(std::function<void()> gone) override { exchange_->OnGone(std::move(gone)); }
  void Post(std::function<void()> task) override { exchange_->Post(std::move(task)); }

 private:
  const std::shared_ptr<HttpExchange> exchange_;
  const RequestKind kind_;
  Clock& clock_;
  Metrics& metrics_;
  std::atomic<int>* const in_flight_;  // null: not counted
  const absl::Time began_;
};

}  // namespace

Front::Front(Deps deps, FrontLimits limits)
    : deps_(deps), limits_(limits), rate_(limits.requests_per_second, limits.burst) {}

HttpVerdict Front::Admit(const HttpRequest& header) {
  const RequestKind kind = KindOf(header);
  if (kind == RequestKind::kHealth) return {};
  const absl::Duration wait = rate_.Take(LimitKey(header.remote), deps_.clock.Now());
  if (wait == absl::ZeroDuration()) return AdmitBody(kind, header);
  // Whole seconds, as Retry-After counts: a hint of nothing would invite the next try at once.
  return Refuse(
      kind, Refusal::kRate,
      Overloaded("too many requests from this address", absl::Ceil(wait, absl::Seconds(1))));
}

HttpVerdict Front::AdmitBody(RequestKind kind, const HttpRequest& header) {
  HttpVerdict verdict;
  verdict.body_limit = limits_.open_body;
  size_t length = std::numeric_limits<size_t>::max();  // when it is not said
  const absl::string_view said = header.Header("content-length");
  if (!said.empty() || header.Header("transfer-encoding").empty()) {
    if (!absl::SimpleAtoi(said, &length)) length = 0;
  }
  if (length <= limits_.open_body) return verdict;
  absl::string_view token = header.Header("authorization");
  absl::ConsumePrefix(&token, "Bearer ");
  if (!deps_.tokens.Verify(token, deps_.clock.Now()).ok()) {
    if (said.empty()) return verdict;  // it may still turn out to be short enough
    return Refuse(kind, Refusal::kToken,
                  absl::UnauthenticatedError(absl::StrCat("a body of more than ", limits_.open_body,
                                                          " bytes needs a valid token")));
  }
  const bool is_import =
      absl::EndsWith(header.path, "/ImportAreas") || absl::EndsWith(header.path, "/ImportPeople");
  verdict.body_limit = is_import ? limits_.import_body : limits_.body;
  if (!said.empty() && length > verdict.body_limit) return verdict;  // too long: 413
  length = std::min(length, verdict.body_limit);
  const bool full = bodies_->fetch_add(length) + length > limits_.bodies;
  verdict.hold = std::shared_ptr<const void>(
      bodies_.get(), [bodies = bodies_, length](const void*) { bodies->fetch_sub(length); });
  if (!full) return verdict;
  return Refuse(kind, Refusal::kBodies,
                Unavailable("too many long bodies are under way", absl::Seconds(2)));
}

HttpVerdict Front::Refuse(RequestKind kind, Refusal why, const absl::Status& status) const {
  HttpVerdict verdict;
  verdict.refusal = ErrorResponse(status);
  deps_.metrics.Refused(why);
  deps_.metrics.Answered(kind, verdict.refusal->status, absl::ZeroDuration());
  AddSecurityHeaders(*verdict.refusal);
  return verdict;
}

void Front::Handle(std::shared_ptr<HttpExchange> plain) {
  const RequestKind kind = KindOf(plain->request());
  const bool counted = kind == RequestKind::kRpc || kind == RequestKind::kHook;
  const bool full = counted && in_flight_.fetch_add(1) >= limits_.in_flight;
  const auto exchange = std::make_shared<CountedExchange>(
      std::move(plain), kind, deps_.clock, deps_.metrics, counted ? &in_flight_ : nullptr);
  if (full) {
    deps_.metrics.Refused(Refusal::kBusy);
    return exchange->Respond(ErrorResponse(Unavailable("the gateway is busy", absl::Seconds(1))));
  }
  const std::string& method = exchange->request().method;
  switch (kind) {
    case RequestKind::kRpc:
    case RequestKind::kStream:
      return deps_.connect.Handle(exchange);
    case RequestKind::kHook:
      if (method != "POST") return exchange->Respond(MethodNotAllowed("POST"));
      return deps_.sms.Handle(exchange);
    case RequestKind::kHealth:
      if (method != "GET") return exchange->Respond(MethodNotAllowed("GET"));
      return exchange->Respond(Health());
    default:
      if (method != "GET" && method != "HEAD") {
        return exchange->Respond(MethodNotAllowed("GET, HEAD"));
      }
      return exchange->Respond(deps_.files.Get(exchange->request()));
  }
}

HttpResponse Front::Broken(int status, absl::string_view why) {
  deps_.metrics.Answered(RequestKind::kBroken, status, absl::ZeroDuration());
  absl::Status code = absl::InvalidArgumentError(why);
  Refusal refusal = Refusal::kMalformed;
  if (status == 408) {
    code = absl::DeadlineExceededError(why);
    refusal = Refusal::kSlow;
  } else if (status == 413 || status == 431) {
    code = absl::ResourceExhaustedError(why);
    refusal = Refusal::kTooLong;
  } else if (status == 429) {
    code = Overloaded(why, absl::Seconds(10));
    refusal = Refusal::kConnections;
  } else if (status == 501) {
    code = absl::UnimplementedError(why);
  }
  deps_.metrics.Refused(refusal);
  HttpResponse response = ErrorResponse(code, status);
  AddSecurityHeaders(response);
  return response;
}

void Front::Stuck() { deps_.metrics.Refused(Refusal::kSlowReader); }

HttpResponse Front::Health() const {
  return ready_ ? Plain(200, "ok\n") : Plain(503, "starting or stopping\n");
}

}  // namespace vaka::gateway
