#include "services/gateway/sms_hook.h"

#include <map>

#include "absl/strings/str_split.h"
#include "libs/base/form.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/gateway/connect_codec.h"
#include "services/gateway/connect_handler.h"

namespace vaka::gateway {
namespace {

constexpr absl::string_view kPath = "/hooks/sms/";
constexpr absl::Duration kWithin = absl::Seconds(10);

}  // namespace

absl::StatusOr<notifications::v1::ReceiptRequest> SmsHook::ReceiptOf(const rpc::Tokens& tokens,
                                                                     absl::string_view signed_part,
                                                                     absl::string_view body) {
  VAKA_ASSIGN(const std::string what, tokens.Open("sms-hook", signed_part));
  const std::pair<std::string, std::string> parts = absl::StrSplit(what, absl::MaxSplits('/', 1));
  std::map<std::string, std::string> form = ParseForm(body);
  for (const char* name : {"id", "status"}) {
    if (form[name].empty()) return FieldError(name, "required, but not given");
  }
  for (const auto& [name, value] : form) {
    if (value.size() > 200) return FieldError(name, "longer than 200 bytes");
  }
  notifications::v1::ReceiptRequest receipt;
  receipt.set_kommun(parts.first);
  receipt.set_message(parts.second);
  receipt.set_id(form["id"]);
  receipt.set_status(form["status"]);
  receipt.set_delivered(form["delivered"]);
  return receipt;
}

void SmsHook::Handle(std::shared_ptr<HttpExchange> exchange) const {
  const HttpRequest& http = exchange->request();
  const auto receipt =
      ReceiptOf(tokens_, absl::string_view(http.path).substr(kPath.size()), http.body);
  if (!receipt.ok()) return exchange->Respond(ErrorResponse(receipt.status()));
  v1::Identity system;
  system.set_kommun(receipt->kommun());
  system.add_roles(options::v1::ROLE_SYSTEM);
  *system.mutable_expires() = ToProto(clock_.Now() + absl::Minutes(1));
  UpstreamCall call;
  call.service = "vaka.notifications.v1.NotificationsService";
  call.path = "/vaka.notifications.v1.NotificationsService/Receipt";
  call.authorization = "Bearer " + tokens_.Mint(system);
  call.trace = TraceOf(http);
  call.client = http.remote;
  call.timeout = kWithin;
  const auto cancel = upstream_.Unary(
      call, receipt->SerializeAsString(),
      [exchange](const absl::StatusOr<std::string>& answer, const std::string& /*age*/) {
        HttpResponse done;
        done.status = 204;
        exchange->Respond(answer.ok() ? std::move(done) : ErrorResponse(answer.status()));
      });
  exchange->OnGone(cancel);
}

}  // namespace vaka::gateway
