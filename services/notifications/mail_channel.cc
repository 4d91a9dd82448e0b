#include <utility>

#include "absl/strings/match.h"
#include "libs/curl/smtp_client.h"
#include "services/notifications/channel.h"
#include "services/notifications/mime.h"

namespace vaka::notifications {
namespace {

using Result = Handover::Result;

Result ResultOf(const absl::Status& failed) {
  switch (failed.code()) {
    case absl::StatusCode::kFailedPrecondition:
      return Result::kNever;
    case absl::StatusCode::kDeadlineExceeded:
      return Result::kUnknown;
    case absl::StatusCode::kCancelled:
      return Result::kStopped;
    default:
      return Result::kLater;
  }
}

bool IsOwnMachine(absl::string_view url) {
  return absl::StartsWith(url, "smtp://127.0.0.1:") || absl::StartsWith(url, "smtp://localhost:");
}

class MailChannel final : public Channel {
 public:
  explicit MailChannel(const MailOptions& options)
      : from_(options.from),
        configured_(!options.url.empty()),
        client_({.url = options.url,
                 .user = options.user,
                 .password = options.password,
                 .require_tls = options.require_tls || !IsOwnMachine(options.url),
                 .timeout = options.timeout}) {}

  Handover Send(const Outgoing& outgoing, std::stop_token stop) override {
    if (!configured_) return {Result::kNever, "", "mail: not configured", {}};
    if (!IsMailAddress(outgoing.contact.email()))
      return {Result::kNever, "", "mail: no address", {}};
    MailParts mail;
    mail.from_name = outgoing.sender_name;
    mail.from = from_;
    mail.to = outgoing.contact.email();
    mail.subject = outgoing.texts.title;
    mail.plain = outgoing.texts.plain;
    mail.html = outgoing.texts.html;
    mail.message = outgoing.message;
    mail.link = outgoing.link;
    mail.date = outgoing.now;
    const absl::Status sent = client_.Send(from_, mail.to, MimeOf(mail), std::move(stop));
    if (sent.ok()) return {Result::kSent, outgoing.message, "", {}};
    Handover handover;
    handover.result = ResultOf(sent);
    handover.error = std::string(sent.message());
    handover.everybody = absl::IsUnavailable(sent) || absl::IsDeadlineExceeded(sent);
    return handover;
  }

 private:
  const std::string from_;
  const bool configured_;
  curl::SmtpClient client_;
};

}  // namespace

std::unique_ptr<Channel> MakeMail(const MailOptions& options) {
  return std::make_unique<MailChannel>(options);
}

}  // namespace vaka::notifications
