#include "libs/curl/smtp_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/curl/handle.h"

namespace vaka::curl {
namespace {

struct Upload {
  const std::string& mail;
  size_t sent = 0;
};

size_t OnRead(char* out, size_t size, size_t count, void* user) {
  auto* upload = static_cast<Upload*>(user);
  const size_t bytes = std::min(size * count, upload->mail.size() - upload->sent);
  upload->mail.copy(out, bytes, upload->sent);
  upload->sent += bytes;
  return bytes;
}

absl::Status ToStatus(CURLcode code, long reply, bool all_uploaded) {
  if (code == CURLE_OK) return absl::OkStatus();
  const std::string what = absl::StrCat("smtp: ", curl_easy_strerror(code), ", last reply ", reply);
  if (reply >= 500 && reply < 600) return absl::FailedPreconditionError(what);
  if (reply >= 400 && reply < 500) return absl::UnavailableError(what);
  // After the last byte went out only the server knows.
  return all_uploaded ? absl::DeadlineExceededError(what) : absl::UnavailableError(what);
}

}  // namespace

class SmtpClient::Impl {
 public:
  explicit Impl(SmtpOptions options) : options_(std::move(options)) {}

  absl::Status Send(const std::string& from, const std::string& to, const std::string& mail) {
    CURL* curl = handle_.Reset(options_.timeout);
    Upload upload{mail};
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
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &OnRead);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    const CURLcode code = curl_easy_perform(curl);
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    if (code != CURLE_OK) Abandon(curl);
    return ToStatus(code, reply, upload.sent == mail.size());
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
                              const std::string& mail) {
  return impl_->Send(from, to, mail);
}

}  // namespace vaka::curl
