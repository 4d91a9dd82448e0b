#include "libs/curl/smtp_client.h"

#include <sys/socket.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/curl/handle.h"

namespace vaka::curl {
namespace {

// How far an exchange came, by the command sent last.
enum class Stage { kGreeting, kHello, kTls, kLogin, kSender, kRecipient, kData, kMessage };

const char* NameOf(Stage stage) {
  constexpr const char* kNames[] = {"the greeting", "EHLO", "STARTTLS", "AUTH",
                                    "MAIL",         "RCPT", "DATA",     "the message"};
  return kNames[static_cast<int>(stage)];
}

struct Exchange {
  Stage stage = Stage::kGreeting;
  Upload upload;
};

// Sees each command as it goes out.
int OnDebug(CURL*, curl_infotype type, char* data, size_t size, void* user) {
  if (type != CURLINFO_HEADER_OUT) return 0;
  constexpr std::pair<const char*, Stage> kVerbs[] = {
      {"EHLO", Stage::kHello}, {"HELO", Stage::kHello},  {"STARTTLS", Stage::kTls},
      {"AUTH", Stage::kLogin}, {"MAIL", Stage::kSender}, {"RCPT", Stage::kRecipient},
      {"DATA", Stage::kData},
  };
  for (const auto& [verb, stage] : kVerbs) {
    if (absl::StartsWith(absl::string_view(data, size), verb)) {
      static_cast<Exchange*>(user)->stage = stage;
    }
  }
  return 0;
}

// Refusals of the recipient or the message are told from those that would meet any other as well.
absl::Status ToStatus(CURLcode code, long reply, Stage stage) {
  if (code == CURLE_OK) return absl::OkStatus();
  if (code == CURLE_ABORTED_BY_CALLBACK) return absl::CancelledError("smtp: stopped");
  const bool refused = reply >= 400 && reply < 600;
  const std::string what =
      refused ? absl::StrCat("smtp: ", reply, " at ", NameOf(stage))
              : absl::StrCat("smtp: ", curl_easy_strerror(code), " at ", NameOf(stage));
  if (!refused && stage == Stage::kMessage) return absl::DeadlineExceededError(what);
  const bool about_this_mail =
      stage == Stage::kRecipient || stage == Stage::kData || stage == Stage::kMessage;
  if (!refused || !about_this_mail || reply == 421) return absl::UnavailableError(what);
  return reply >= 500 ? absl::FailedPreconditionError(what) : absl::AbortedError(what);
}

}  // namespace

class SmtpClient::Impl {
 public:
  explicit Impl(SmtpOptions options) : options_(std::move(options)) {}

  absl::Status Send(const std::string& from, const std::string& to, const std::string& mail,
                    std::stop_token stop) {
    Exchange exchange{Stage::kGreeting, Upload{mail}};
    CURL* curl = handle_.Reset(options_.timeout, std::move(stop), exchange.upload);
    List recipients;
    recipients.Add(to);
    curl_easy_setopt(curl, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    if (options_.require_tls) curl_easy_setopt(curl, CURLOPT_USE_SSL, CURLUSESSL_ALL);
    if (!options_.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, options_.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, options_.password.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &Upload::OnRead);
    curl_easy_setopt(curl, CURLOPT_READDATA, &exchange.upload);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);  // for OnDebug; nothing is written
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, &OnDebug);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &exchange);
    const CURLcode code = handle_.Perform();
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    if (code != CURLE_OK) Abandon(curl);
    // Before its last byte went out the server cannot have taken it.
    const bool all_out = exchange.stage == Stage::kData && exchange.upload.all();
    return ToStatus(code, reply, all_out ? Stage::kMessage : exchange.stage);
  }

 private:
  // libcurl keeps a connection whose last answer never came, and on closing it waits two minutes
  // for the answer to QUIT. The peer's end makes it give up at once and connect anew.
  static void Abandon(CURL* curl) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
    if (socket != CURL_SOCKET_BAD) shutdown(socket, SHUT_RDWR);
  }

  const SmtpOptions options_;
  Handle handle_;
};

SmtpClient::SmtpClient(SmtpOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
SmtpClient::~SmtpClient() = default;

absl::Status SmtpClient::Send(const std::string& from, const std::string& to,
                              const std::string& mail, std::stop_token stop) {
  return impl_->Send(from, to, mail, std::move(stop));
}

}  // namespace vaka::curl
