#include "services/gateway/connect_handler.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"

namespace vaka::gateway {
namespace {

HttpResponse WrongMethod() {
  HttpResponse response = ErrorResponse(absl::UnimplementedError("an rpc is called by POST"), 405);
  response.headers.emplace_back("Allow", "POST");
  return response;
}

HttpResponse WrongType(bool stream) {
  const ContentType json{Codec::kJson, stream};
  const ContentType proto{Codec::kProto, stream};
  const std::string accepted = absl::StrCat(ContentTypeName(json), ", ", ContentTypeName(proto));
  HttpResponse response = ErrorResponse(
      absl::InvalidArgumentError(absl::StrCat("Content-Type: must be one of ", accepted)), 415);
  response.headers.emplace_back("Accept-Post", accepted);
  return response;
}

absl::Status CheckHeaders(const HttpRequest& request, bool stream) {
  const absl::string_view version = request.Header("connect-protocol-version");
  if (!version.empty() && version != "1") {
    return absl::InvalidArgumentError("Connect-Protocol-Version: must be 1");
  }
  const absl::string_view encoding =
      request.Header(stream ? "connect-content-encoding" : "content-encoding");
  if (!encoding.empty() && encoding != "identity") {
    return absl::UnimplementedError("a request's body may not be compressed");
  }
  return absl::OkStatus();
}

// One stream on its way from a service to the caller: one message at a time, so that the service
// sends no faster than the caller reads.
class StreamRelay final : public std::enable_shared_from_this<StreamRelay> {
 public:
  StreamRelay(std::shared_ptr<HttpExchange> exchange, const Transcoder& transcoder,
              const google::protobuf::Descriptor* type, Codec codec)
      : exchange_(std::move(exchange)), transcoder_(transcoder), type_(type), codec_(codec) {}

  void Start(Upstream& upstream, const UpstreamCall& call, std::vector<std::string> requests) {
    HttpResponse head;
    head.headers = {{"Content-Type", std::string(ContentTypeName({codec_, true}))}};
    exchange_->Begin(std::move(head));
    const auto self = shared_from_this();
    stream_ = upstream.Stream(
        call, std::move(requests),
        [self](std::string message) { self->OnMessage(std::move(message)); },
        [self](absl::Status status) { self->OnDone(status); });
    if (stream_ == nullptr) return;
    exchange_->OnGone([stream = std::weak_ptr<UpstreamStream>(stream_)] {
      if (const auto live = stream.lock()) live->Cancel();
    });
  }

 private:
  void OnMessage(std::string message) {
    auto text = transcoder_.FromBinary(type_, codec_, std::move(message));
    exchange_->Post([self = shared_from_this(), text = std::move(text)] {
      // stream_ is set by Start, which runs on this executor.
      if (!text.ok()) return self->Written(false);
      self->exchange_->Write({std::make_shared<const std::string>(Envelope(0, *text))},
                             [self](bool written) { self->Written(written); });
    });
  }

  void Written(bool written) {
    if (!written) stream_->Cancel();
    stream_->Next();
  }

  void OnDone(const absl::Status& status) {
    exchange_->Post([self = shared_from_this(), status] {
      self->stream_.reset();  // it holds this relay
      self->exchange_->Write({std::make_shared<const std::string>(EndEnvelope(status))},
                             [self](bool written) {
                               if (written) self->exchange_->End();
                             });
    });
  }

  const std::shared_ptr<HttpExchange> exchange_;
  const Transcoder& transcoder_;
  const google::protobuf::Descriptor* const type_;
  const Codec codec_;
  std::shared_ptr<UpstreamStream> stream_;
};

}  // namespace

ConnectHandler::ConnectHandler(const rpc::MethodTable& methods, Upstream& upstream,
                               Timeouts timeouts)
    : methods_(methods), upstream_(upstream), timeouts_(timeouts) {}

void ConnectHandler::ServeHere(const std::string& path, LocalStream stream) {
  local_.emplace(path, std::move(stream));
}

void ConnectHandler::Handle(std::shared_ptr<HttpExchange> exchange) const {
  const std::optional<Request> request = Read(*exchange);
  if (!request.has_value()) return;
  request->type.stream ? Stream(std::move(exchange), *request)
                       : Unary(std::move(exchange), *request);
}

std::optional<ConnectHandler::Request> ConnectHandler::Read(HttpExchange& exchange) const {
  const HttpRequest& http = exchange.request();
  Request request;
  request.method = methods_.ByPath(http.path);
  const auto refuse = [&](HttpResponse response) {
    exchange.Respond(std::move(response));
    return std::nullopt;
  };
  if (request.method == nullptr) {
    return refuse(
        ErrorResponse(absl::UnimplementedError(absl::StrCat(http.path, ": no such rpc")), 404));
  }
  if (http.method != "POST") return refuse(WrongMethod());
  const auto* descriptor = request.method->descriptor;
  const bool stream = descriptor->server_streaming() || descriptor->client_streaming();
  const std::optional<ContentType> type = ParseContentType(http.Header("content-type"));
  if (!type.has_value() || type->stream != stream) return refuse(WrongType(stream));
  const absl::Status fine = CheckHeaders(http, stream);
  if (!fine.ok()) return refuse(ErrorResponse(fine));
  const absl::StatusOr<absl::Duration> timeout = ParseTimeout(http.Header("connect-timeout-ms"));
  if (!timeout.ok()) return refuse(ErrorResponse(timeout.status()));
  request.type = *type;
  request.call.service = descriptor->service()->full_name();
  request.call.path = request.method->path;
  request.call.authorization = std::string(http.Header("authorization"));
  if (!IsMetadata(request.call.authorization)) {
    return refuse(ErrorResponse(absl::UnauthenticatedError("token: not of printable characters")));
  }
  request.call.trace = TraceOf(http);
  request.call.client = http.remote;
  request.call.timeout = *timeout;
  if (stream) return request;
  if (*timeout == absl::InfiniteDuration()) request.call.timeout = timeouts_.unary;
  request.call.timeout = std::min(request.call.timeout, timeouts_.longest);
  return request;
}

void ConnectHandler::Unary(std::shared_ptr<HttpExchange> exchange, const Request& request) const {
  const auto* descriptor = request.method->descriptor;
  const absl::StatusOr<std::string> bytes =
      transcoder_.ToBinary(descriptor->input_type(), request.type.codec, exchange->request().body);
  if (!bytes.ok()) return exchange->Respond(ErrorResponse(bytes.status()));
  const auto cancel = upstream_.Unary(
      request.call, *bytes,
      [this, exchange, type = request.type, output = descriptor->output_type(),
       trace = request.call.trace](absl::StatusOr<std::string> answer, const std::string& age) {
        if (answer.ok()) answer = transcoder_.FromBinary(output, type.codec, *std::move(answer));
        HttpResponse response;
        if (answer.ok()) {
          response.headers = {{"Content-Type", std::string(ContentTypeName(type))}};
          response.body = std::make_shared<const std::string>(*std::move(answer));
        } else {
          response = ErrorResponse(answer.status());
        }
        response.headers.emplace_back("X-Request-Id", trace);
        if (!age.empty()) response.headers.emplace_back("Vaka-Age", age);
        exchange->Respond(std::move(response));
      });
  exchange->OnGone(cancel);
}

void ConnectHandler::Stream(std::shared_ptr<HttpExchange> exchange, const Request& request) const {
  const auto* descriptor = request.method->descriptor;
  const Codec codec = request.type.codec;
  absl::StatusOr<std::vector<std::string>> messages = OpenEnvelopes(exchange->request().body);
  if (messages.ok() && messages->size() != 1 && !descriptor->client_streaming()) {
    messages = absl::InvalidArgumentError(
        absl::StrCat("body: exactly one message is expected, ", messages->size(), " came"));
  }
  if (!messages.ok()) return EndStream(*exchange, codec, messages.status());
  for (std::string& message : *messages) {
    absl::StatusOr<std::string> bytes =
        transcoder_.ToBinary(descriptor->input_type(), codec, message);
    if (!bytes.ok()) return EndStream(*exchange, codec, bytes.status());
    message = *std::move(bytes);
  }
  const auto local = local_.find(request.method->path);
  if (local != local_.end()) return local->second(std::move(exchange), codec, messages->front());
  std::make_shared<StreamRelay>(std::move(exchange), transcoder_, descriptor->output_type(), codec)
      ->Start(upstream_, request.call, *std::move(messages));
}

std::string TraceOf(const HttpRequest& request) {
  const absl::string_view id = request.Header("x-request-id");
  if (!id.empty() && id.size() <= 64 && IsMetadata(id)) return std::string(id);
  // W3C: version, trace id, parent id, flags.
  const std::vector<absl::string_view> parts = absl::StrSplit(request.Header("traceparent"), '-');
  if (parts.size() == 4 && parts[1].size() == 32 && IsMetadata(parts[1])) {
    return std::string(parts[1]);
  }
  return RandomId("trace");
}

void EndStream(HttpExchange& exchange, Codec codec, const absl::Status& status) {
  HttpResponse response;
  response.headers = {{"Content-Type", std::string(ContentTypeName({codec, true}))}};
  response.body = std::make_shared<const std::string>(EndEnvelope(status));
  exchange.Respond(std::move(response));
}

}  // namespace vaka::gateway
