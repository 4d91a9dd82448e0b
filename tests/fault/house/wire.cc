#include "tests/fault/house/wire.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/rpc/unary.h"
#include "services/gateway/http_status.h"

namespace vaka::fault {
namespace {

// The code that the gateway wrote as this name.
absl::StatusCode CodeOf(const std::string& name) {
  for (int code = 1; code <= 16; ++code) {
    const auto candidate = static_cast<absl::StatusCode>(code);
    if (gateway::ToWire(candidate).name == name) return candidate;
  }
  return absl::StatusCode::kUnknown;
}

absl::Status ErrorIn(const curl::HttpResponse& answer) {
  const auto json = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    return absl::UnknownError(absl::StrCat("HTTP ", answer.status, ": ", answer.body));
  }
  return absl::Status(CodeOf(json.value("code", "")), json.value("message", ""));
}

}  // namespace

absl::StatusOr<std::string> Wire::Grpc(const std::shared_ptr<grpc::Channel>& channel,
                                       const WireCall& call) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + call.timeout));
  if (!call.authorization.empty()) context.AddMetadata("authorization", call.authorization);
  const grpc::Slice slice(call.body);
  const grpc::ByteBuffer request(&slice, 1);
  grpc::ByteBuffer response;
  grpc::Status answered;
  absl::Notification done;
  grpc::GenericStub stub(channel);
  stub.UnaryCall(&context, call.path, grpc::StubOptions(), &request, &response,
                 [&](grpc::Status status) {
                   answered = std::move(status);
                   done.Notify();
                 });
  done.WaitForNotification();
  if (!answered.ok()) return rpc::FromGrpc(answered);
  grpc::Slice whole;
  if (!response.DumpToSingleSlice(&whole).ok()) return absl::UnknownError("no answer");
  return std::string(reinterpret_cast<const char*>(whole.begin()), whole.size());
}

absl::StatusOr<std::string> Wire::Http(const std::string& address, const WireCall& call) {
  curl::HttpRequest request{.method = "POST",
                            .url = absl::StrCat("http://", address, call.path),
                            .headers = {{"content-type", "application/proto"}},
                            .body = call.body,
                            .timeout = call.timeout};
  if (!call.authorization.empty())
    request.headers.emplace_back("authorization", call.authorization);
  absl::StatusOr<curl::HttpResponse> answer = http_.Do(request);
  // Whatever stood in the way, the request may have reached the other side.
  if (!answer.ok()) return absl::UnavailableError(answer.status().message());
  if (answer->status == 200) return std::move(answer->body);
  return ErrorIn(*answer);
}

}  // namespace vaka::fault
