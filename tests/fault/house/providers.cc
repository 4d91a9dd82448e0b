#include "tests/fault/house/providers.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/sink/mail.h"
#include "tests/fault/house/ports.h"
#include "tests/fault/judge/carried.h"
#include "tests/fault/judge/history.h"

namespace vaka::fault {
namespace {

constexpr size_t kLettersKept = 4000;

// The signed part of ".../l/<signed>".
std::string LinkIn(const std::string& text) {
  const size_t at = text.find("/l/");
  if (at == std::string::npos) return "";
  const size_t begin = at + 3;
  return text.substr(begin, text.find_first_of(" \r\n", begin) - begin);
}

// Of the exchange on this thread: a sink asks and shows on the thread of its connection.
thread_local std::string recipient;
thread_local HandOver shown;
thread_local std::string link;
thread_local bool hangs = false;

}  // namespace

Providers::Providers(History& history, Clock& clock) : history_(history), clock_(clock) {}

Providers::~Providers() {
  StopMail();
  StopSms();
}

absl::Status Providers::Start() {
  mail_port_ = UnusedPort();
  sms_port_ = UnusedPort();
  if (absl::Status status = StartMail(); !status.ok()) return status;
  return StartSms();
}

absl::Status Providers::StartMail() {
  mail_ = std::make_unique<sink::SmtpSink>(sink::SmtpSinkOptions{
      .port = mail_port_,
      .caught = [this](const sink::CaughtMail& mail) { CaughtMail(mail); },
      .decide = [this](sink::SmtpStage stage,
                       const std::string& to) { return DecideMail(stage, to); }});
  return mail_->Start();
}

absl::Status Providers::StartSms() {
  sink::SmsSinkOptions options;
  options.port = sms_port_;
  options.caught = [this](const sink::CaughtSms& sms) { CaughtSms(sms); };
  options.verdict = [this](const std::string& to) { return DecideSms(to); };
  sms_ = std::make_unique<sink::SmsSink>(std::move(options), clock_);
  return sms_->Start();
}

void Providers::StopMail() {
  if (mail_ != nullptr) mail_->Stop();
  mail_.reset();
}

void Providers::StopSms() {
  if (sms_ != nullptr) sms_->Stop();
  sms_.reset();
}

std::string Providers::mail_url() const { return absl::StrCat("smtp://127.0.0.1:", mail_port_); }

std::string Providers::sms_url() const {
  return absl::StrCat("http://127.0.0.1:", sms_port_, "/a1/sms");
}

void Providers::SetMail(MailHook hook) {
  absl::MutexLock lock(&mu_);
  mail_hook_ = std::move(hook);
}

void Providers::SetSms(SmsHook hook) {
  absl::MutexLock lock(&mu_);
  sms_hook_ = std::move(hook);
}

bool Providers::DrawLetter(uint64_t draw, Letter* letter) {
  absl::MutexLock lock(&mu_);
  if (letters_.empty()) return false;
  const size_t at = draw % letters_.size();
  *letter = std::move(letters_[at]);
  letters_[at] = std::move(letters_.back());
  letters_.pop_back();
  return true;
}

// A mail is shown before it is decided what the sender is answered: only then it is known whether
// it was taken.
sink::SmtpAction Providers::DecideMail(sink::SmtpStage stage, const std::string& to) {
  if (stage == sink::SmtpStage::kRecipient) recipient = to;
  MailHook hook;
  {
    absl::MutexLock lock(&mu_);
    hook = mail_hook_;
  }
  const bool greeting = stage == sink::SmtpStage::kGreeting;
  const sink::SmtpAction action =
      hook ? hook(stage, greeting ? "" : recipient) : sink::SmtpAction{};
  if (stage != sink::SmtpStage::kMessage) return action;
  const bool replied = action.kind == sink::SmtpAction::kReply;
  shown.accepted = !replied || absl::StartsWith(action.reply, "2");
  shown.answered = replied || action.kind == sink::SmtpAction::kProceed;
  if (shown.accepted) Keep({shown.recipient, link});
  mails_ += shown.accepted;
  history_.HandedOver(shown);
  return action;
}

void Providers::CaughtMail(const sink::CaughtMail& mail) {
  shown = HandOver();
  shown.channel = registry::v1::CHANNEL_EMAIL;
  shown.message = MessageOfMail(mail.data);
  shown.recipient = mail.to.empty() ? "" : mail.to.back();
  link = LinkIn(sink::ParseMail(mail.data).plain);
}

sink::SmsVerdict Providers::DecideSms(const std::string& to) {
  SmsHook hook;
  {
    absl::MutexLock lock(&mu_);
    hook = sms_hook_;
  }
  const sink::SmsVerdict verdict = hook ? hook(to) : sink::SmsVerdict{};
  hangs = verdict.hang || verdict.cut;
  return verdict;
}

// Shown only when it was taken.
void Providers::CaughtSms(const sink::CaughtSms& sms) {
  Keep({sms.to, LinkIn(sms.message)});
  ++texts_;
  HandOver taken;
  taken.channel = registry::v1::CHANNEL_SMS;
  taken.message = MessageOfSms(sms.message);
  taken.recipient = sms.to;
  taken.accepted = true;
  taken.answered = !hangs;
  history_.HandedOver(std::move(taken));
}

void Providers::Keep(Letter letter) {
  if (letter.link.empty()) return;
  absl::MutexLock lock(&mu_);
  if (letters_.size() >= kLettersKept) letters_.erase(letters_.begin());
  letters_.push_back(std::move(letter));
}

}  // namespace vaka::fault
