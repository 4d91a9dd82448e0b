#include "tests/support/smtp_server/smtp_server.h"

#include <algorithm>
#include <utility>

namespace vaka::testing {

using sink::SmtpAction;
using sink::SmtpStage;

SmtpServer::SmtpServer()
    : sink_({.port = 0,
             .caught =
                 [this](const sink::CaughtMail& mail) {
                   absl::MutexLock lock(&mu_);
                   mails_.push_back(mail);
                 },
             .decide = [this](SmtpStage stage,
                              const std::string& argument) { return Decide(stage, argument); }}) {}

SmtpServer::~SmtpServer() { Stop(); }

void SmtpServer::SetFault(Fault fault, std::string recipient) {
  absl::MutexLock lock(&mu_);
  fault_ = fault;
  recipient_ = std::move(recipient);
}

SmtpAction SmtpServer::Decide(SmtpStage stage, const std::string& argument) {
  absl::MutexLock lock(&mu_);
  const bool meant = recipient_.empty() || recipient_ == argument;
  switch (fault_) {
    case Fault::kNone:
      return {};
    case Fault::kRefuse:
      return stage == SmtpStage::kGreeting ? SmtpAction{SmtpAction::kReply, "554 not now"}
                                           : SmtpAction{};
    case Fault::kTemporary:
      return stage == SmtpStage::kRecipient && meant
                 ? SmtpAction{SmtpAction::kReply, "451 4.3.0 try later"}
                 : SmtpAction{};
    case Fault::kPermanent:
      return stage == SmtpStage::kRecipient && meant
                 ? SmtpAction{SmtpAction::kReply, "550 5.1.1 no such user"}
                 : SmtpAction{};
    case Fault::kHang:
      return stage == SmtpStage::kMessage ? SmtpAction{SmtpAction::kHang, ""} : SmtpAction{};
    case Fault::kDropAfterData:
      return stage == SmtpStage::kMessage ? SmtpAction{SmtpAction::kDrop, ""} : SmtpAction{};
  }
  return {};
}

std::vector<sink::CaughtMail> SmtpServer::mails() const {
  absl::MutexLock lock(&mu_);
  return mails_;
}

std::vector<sink::Mail> SmtpServer::MailsTo(const std::string& recipient) const {
  std::vector<sink::Mail> found;
  for (const sink::CaughtMail& mail : mails()) {
    if (std::find(mail.to.begin(), mail.to.end(), recipient) != mail.to.end()) {
      found.push_back(sink::ParseMail(mail.data));
    }
  }
  return found;
}

bool SmtpServer::AwaitMails(size_t count, absl::Duration at_most) const {
  absl::MutexLock lock(&mu_);
  const auto enough = [this, count]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return mails_.size() >= count; };
  return mu_.AwaitWithTimeout(absl::Condition(&enough), at_most);
}

}  // namespace vaka::testing
