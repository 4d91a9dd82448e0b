#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "libs/sink/sms_sink.h"
#include "libs/sink/smtp_sink.h"

namespace vaka::fault {

class History;

// What one recipient was handed, as the Load reads it to answer by its link.
struct Letter {
  std::string to;    // address or number
  std::string link;  // the signed part of its link; empty: none
};

// The mail server and the SMS gateway at the house's far end: real protocols on fixed loopback
// ports, every message recorded in the History at the moment it was taken over, and made to
// misbehave by hooks that may be changed at any time. Thread-safe; hooks run on many threads at
// once.
class Providers final {
 public:
  using MailHook = std::function<sink::SmtpAction(sink::SmtpStage stage, const std::string& to)>;
  using SmsHook = std::function<sink::SmsVerdict(const std::string& to)>;

  // Both outlive it.
  Providers(History& history, Clock& clock);
  ~Providers();

  // UNAVAILABLE: no free port.
  absl::Status Start();
  // Away, as a machine that is off, and back at the same address.
  void StopMail();
  void StopSms();
  absl::Status StartMail();
  absl::Status StartSms();

  // From now on; an empty one behaves well. `to` is known from kRecipient on: at kMessage it is the
  // last recipient named.
  void SetMail(MailHook hook);
  void SetSms(SmsHook hook);

  std::string mail_url() const;
  std::string sms_url() const;

  // Messages taken over so far.
  uint64_t mails() const { return mails_; }
  uint64_t texts() const { return texts_; }
  // Letters with a link that nobody has drawn yet; takes one at `draw` modulo their number. False:
  // there are none.
  bool DrawLetter(uint64_t draw, Letter* letter);

 private:
  sink::SmtpAction DecideMail(sink::SmtpStage stage, const std::string& to);
  sink::SmsVerdict DecideSms(const std::string& to);
  void CaughtMail(const sink::CaughtMail& mail);
  void CaughtSms(const sink::CaughtSms& sms);
  void Keep(Letter letter);

  // Constant after construction.
  History& history_;
  Clock& clock_;

  std::atomic<uint64_t> mails_{0};
  std::atomic<uint64_t> texts_{0};

  mutable absl::Mutex mu_;
  MailHook mail_hook_ ABSL_GUARDED_BY(mu_);
  SmsHook sms_hook_ ABSL_GUARDED_BY(mu_);
  std::vector<Letter> letters_ ABSL_GUARDED_BY(mu_);  // the newest few thousand

  uint16_t mail_port_ = 0;
  uint16_t sms_port_ = 0;
  std::unique_ptr<sink::SmtpSink> mail_;
  std::unique_ptr<sink::SmsSink> sms_;
};

}  // namespace vaka::fault
