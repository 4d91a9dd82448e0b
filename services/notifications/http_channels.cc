#include <sodium.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/curl/http_client.h"
#include "services/notifications/channel.h"

namespace vaka::notifications {
namespace {

using nlohmann::json;
using Result = Handover::Result;

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

constexpr absl::Duration kBusy = absl::Seconds(1);  // 429 that does not say until when

// A wrong password or an unpaid bill is the operator's to mend: it is no fault of the recipient.
bool WorthRetrying(int status) {
  return status >= 500 || status == 408 || status == 429 || status == 401 || status == 402;
}

Handover Refused(const char* what, const curl::HttpResponse& response, absl::Time now) {
  Handover handover;
  handover.result = WorthRetrying(response.status) ? Result::kLater : Result::kNever;
  // Something on the way gave up waiting for who may have taken it.
  if (response.status == 504) handover.result = Result::kUnknown;
  handover.error = absl::StrCat(what, ": HTTP ", response.status);
  handover.retry_after = response.RetryAfter(now);
  if (response.status == 429) handover.retry_after = std::max(handover.retry_after, kBusy);
  handover.everybody = WorthRetrying(response.status);
  return handover;
}

Handover Unanswered(const char* what, const absl::Status& status) {
  Handover handover;
  handover.error = absl::StrCat(what, ": ", status.message());
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      handover.result = Result::kNever;
      return handover;
    case absl::StatusCode::kCancelled:
      handover.result = Result::kStopped;
      return handover;
    case absl::StatusCode::kUnavailable:
      handover.result = Result::kLater;
      break;
    default:
      handover.result = Result::kUnknown;
  }
  handover.everybody = true;
  return handover;
}

class SmsChannel final : public Channel {
 public:
  SmsChannel(const SmsOptions& options, ReceiptAddress callback)
      : options_(options), callback_(std::move(callback)) {}

  Handover Send(const Outgoing& outgoing, std::stop_token stop) override {
    if (options_.url.empty()) return {Result::kNever, "", "sms: not configured", {}};
    if (outgoing.contact.phone().empty()) return {Result::kNever, "", "sms: no number", {}};
    curl::HttpRequest request;
    request.method = "POST";
    request.url = options_.url;
    request.user = options_.user;
    request.password = options_.password;
    request.timeout = options_.timeout;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body =
        curl::FormEncode({{"from", options_.from},
                          {"to", outgoing.contact.phone()},
                          {"message", outgoing.texts.sms},
                          {"whendelivered", callback_(outgoing.kommun, outgoing.message)}});
    const absl::StatusOr<curl::HttpResponse> response = client_.Do(request, std::move(stop));
    if (!response.ok()) return Unanswered("sms", response.status());
    if (response->status < 200 || response->status >= 300) {
      return Refused("sms", *response, outgoing.now);
    }
    const json answer = json::parse(response->body, nullptr, false);
    const bool has_id = answer.is_object() && answer.contains("id") && answer["id"].is_string();
    return {Result::kSent, has_id ? answer["id"].get<std::string>() : "", "", {}};
  }

 private:
  const SmsOptions options_;
  const ReceiptAddress callback_;
  curl::HttpClient client_;
};

json ToJson(const Outgoing& outgoing) {
  json incidents = json::array();
  for (const Story::Item& item : outgoing.story.items) {
    incidents.push_back({{"what", item.what}, {"where", item.where}, {"when", item.when}});
  }
  return {{"message", outgoing.message},
          {"kommun", outgoing.kommun},
          {"alert", outgoing.alert},
          {"version", outgoing.version},
          {"recalled", outgoing.story.form == Story::Form::kRecall},
          {"title", outgoing.texts.title},
          {"text", outgoing.texts.ready_notice},
          {"sender", outgoing.story.sender},
          {"sent_by", outgoing.story.sent_by},
          {"incidents", incidents},
          {"link", outgoing.link}};
}

class WebhookChannel final : public Channel {
 public:
  explicit WebhookChannel(const WebhookOptions& options) : options_(options) {}

  Handover Send(const Outgoing& outgoing, std::stop_token stop) override {
    if (options_.secret.empty()) return {Result::kNever, "", "webhook: not configured", {}};
    if (!IsPrivate(outgoing.contact.webhook())) {
      return {Result::kNever, "", "webhook: no https address", {}};
    }
    const int64_t seconds = absl::ToUnixSeconds(outgoing.now);
    curl::HttpRequest request;
    request.method = "POST";
    request.url = outgoing.contact.webhook();
    request.timeout = options_.timeout;
    request.longest_answer = 64 << 10;
    request.body = Dump(ToJson(outgoing));
    request.headers = {
        {"Content-Type", "application/json"},
        {"Vaka-Message", outgoing.message},
        {"Vaka-Signature", absl::StrCat("t=", seconds, ",v1=",
                                        WebhookSignature(options_.secret, seconds, request.body))}};
    const absl::StatusOr<curl::HttpResponse> response = client_.Do(request, std::move(stop));
    if (!response.ok()) return Unanswered("webhook", response.status());
    if (response->status < 200 || response->status >= 300) {
      return Refused("webhook", *response, outgoing.now);
    }
    return {Result::kSent, outgoing.message, "", {}};
  }

 private:
  const WebhookOptions options_;
  curl::HttpClient client_;
};

}  // namespace

bool IsPrivate(absl::string_view url) {
  return absl::StartsWith(url, "https://") || absl::StartsWith(url, "http://127.0.0.1:") ||
         absl::StartsWith(url, "http://localhost:");
}

std::unique_ptr<Channel> MakeSms(const SmsOptions& options, ReceiptAddress callback) {
  return std::make_unique<SmsChannel>(options, std::move(callback));
}

std::unique_ptr<Channel> MakeWebhook(const WebhookOptions& options) {
  return std::make_unique<WebhookChannel>(options);
}

std::string WebhookSignature(const std::string& secret, int64_t seconds, const std::string& body) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const std::string signed_text = absl::StrCat(seconds, ".", body);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes(signed_text), signed_text.size());
  std::string tag(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(tag.data()));
  return Hex(tag);
}

}  // namespace vaka::notifications
