#pragma once

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/sink/mail.h"
#include "libs/sink/smtp_sink.h"

namespace vaka::testing {

// A real SMTP server on a free loopback port that keeps every message and can be told to fail.
// Thread-safe.
class SmtpServer {
 public:
  enum class Fault {
    kNone,
    kRefuse,         // 554 as greeting
    kTemporary,      // 451 at the recipient
    kPermanent,      // 550 at the recipient
    kHang,           // never answers the message
    kDropAfterData,  // keeps the message, then closes without an answer
  };

  SmtpServer();
  ~SmtpServer();

  absl::Status Start() { return sink_.Start(); }
  void Stop() { sink_.Stop(); }
  std::string url() const { return sink_.url(); }

  // From now on; `recipient` restricts the fault to one address (kTemporary and kPermanent).
  void SetFault(Fault fault, std::string recipient = "");

  std::vector<sink::CaughtMail> mails() const;
  // Those to one address, read.
  std::vector<sink::Mail> MailsTo(const std::string& recipient) const;
  // Waits until at least `count` messages were caught; false: not in time.
  bool AwaitMails(size_t count, absl::Duration at_most = absl::Seconds(10)) const;

 private:
  sink::SmtpAction Decide(sink::SmtpStage stage, const std::string& argument);

  mutable absl::Mutex mu_;
  Fault fault_ ABSL_GUARDED_BY(mu_) = Fault::kNone;
  std::string recipient_ ABSL_GUARDED_BY(mu_);
  std::vector<sink::CaughtMail> mails_ ABSL_GUARDED_BY(mu_);
  sink::SmtpSink sink_;
};

}  // namespace vaka::testing
