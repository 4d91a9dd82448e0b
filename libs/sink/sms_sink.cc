#include "libs/sink/sms_sink.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/form.h"
#include "libs/base/ids.h"
#include "libs/curl/http_client.h"

namespace vaka::sink {
namespace {

constexpr int kTries = 3;
constexpr absl::Duration kLook = absl::Milliseconds(20);  // while receipts are due soon
constexpr absl::Duration kNothing = absl::Hours(1);

HttpAnswer Refused(int status, const std::string& why) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = why;
  return answer;
}

}  // namespace

SmsSink::SmsSink(SmsSinkOptions options, Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      listener_([this](const HttpCall& call) { return Answer(call); }) {}

SmsSink::~SmsSink() { Stop(); }

absl::Status SmsSink::Start() {
  absl::Status started = listener_.Start(options_.port);
  if (!started.ok()) return started;
  poster_ = std::jthread([this](std::stop_token stop) { PostReceipts(stop); });
  return absl::OkStatus();
}

void SmsSink::Stop() {
  listener_.Stop();
  if (!poster_.joinable()) return;
  poster_.request_stop();
  came_.Ring();
  poster_.join();
}

std::string SmsSink::url() const {
  return absl::StrCat("http://127.0.0.1:", listener_.port(), "/a1/sms");
}

HttpAnswer SmsSink::Answer(const HttpCall& call) {
  if (call.method != "POST" || call.path != "/a1/sms") return Refused(404, "no such thing here");
  const auto given = call.headers.find("authorization");
  const std::string expected =
      absl::StrCat("Basic ", absl::Base64Escape(options_.user + ":" + options_.password));
  if (given == call.headers.end() || given->second != expected) {
    return Refused(401, "API access requires Basic HTTP authentication");
  }
  std::map<std::string, std::string> form = ParseForm(call.body);
  CaughtSms sms{RandomId("s"), form["from"], form["to"], form["message"], form["whendelivered"]};
  if (sms.to.empty() || sms.to.front() != '+') return Refused(403, "Invalid to number");
  if (sms.from.empty() || sms.message.empty()) return Refused(400, "Missing key");
  const SmsVerdict verdict = options_.verdict ? options_.verdict(sms.to) : SmsVerdict{};
  if (verdict.status != 200) {
    HttpAnswer refused = Refused(verdict.status, "refused");
    if (verdict.retry_after_seconds > 0) {
      refused.headers.emplace_back("Retry-After", absl::StrCat(verdict.retry_after_seconds));
    }
    return refused;
  }
  if (options_.caught) options_.caught(sms);
  if (!sms.whendelivered.empty()) {
    {
      absl::MutexLock lock(&mu_);
      for (const std::string& status : verdict.receipts) {
        receipts_.push_back(
            {clock_.Steady() + options_.receipt_after, sms.whendelivered, sms.id, status});
      }
    }
    came_.Ring();
  }
  HttpAnswer answer;
  answer.hang = verdict.hang;
  answer.cut = verdict.cut;
  answer.content_type = "application/json";
  answer.body = nlohmann::json{{"id", sms.id},
                               {"status", "created"},
                               {"direction", "outgoing"},
                               {"from", sms.from},
                               {"to", sms.to},
                               {"message", sms.message},
                               {"parts", sms.message.size() / 153 + 1},
                               {"cost", 0},
                               {"created", absl::FormatTime(clock_.Now(), absl::UTCTimeZone())}}
                    .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return answer;
}

bool SmsSink::HasReceipts() {
  absl::MutexLock lock(&mu_);
  return !receipts_.empty();
}

void SmsSink::PostReceipts(std::stop_token stop) {
  curl::HttpClient http;
  uint64_t heard = 0;
  while (!stop.stop_requested()) {
    heard = came_.Await(heard, HasReceipts() ? kLook : kNothing);
    for (;;) {
      Receipt receipt;
      {
        absl::MutexLock lock(&mu_);
        if (receipts_.empty() || receipts_.front().due > clock_.Steady()) break;
        receipt = std::move(receipts_.front());
        receipts_.pop_front();
      }
      if (stop.stop_requested()) return;
      curl::HttpRequest request;
      request.method = "POST";
      request.url = receipt.url;
      request.timeout = absl::Seconds(2);
      request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
      request.body =
          curl::FormEncode({{"id", receipt.id},
                            {"status", receipt.status},
                            {"delivered", absl::FormatTime("%Y-%m-%dT%H:%M:%E6S", clock_.Now(),
                                                           absl::UTCTimeZone())}});
      const absl::StatusOr<curl::HttpResponse> taken = http.Do(request);
      if (taken.ok() && taken->status >= 200 && taken->status < 300) continue;
      if (++receipt.tries >= kTries) continue;
      receipt.due = clock_.Steady() + absl::Seconds(receipt.tries);
      absl::MutexLock lock(&mu_);
      receipts_.push_back(std::move(receipt));
    }
  }
}

}  // namespace vaka::sink
