#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/bell.h"
#include "libs/base/clock.h"
#include "libs/sink/http_listener.h"

namespace vaka::sink {

struct CaughtSms {
  std::string id;  // the gateway's
  std::string from;
  std::string to;
  std::string message;
  std::string whendelivered;
};

// How the sink treats one SMS.
struct SmsVerdict {
  int status = 200;  // other than 200: refused with this HTTP status, nothing caught
  int retry_after_seconds = 0;
  bool hang = false;  // caught, and never answered
  bool cut = false;   // caught, and the connection closed instead of an answer
  std::vector<std::string> receipts = {"delivered"};  // posted to whendelivered in this order
};

struct SmsSinkOptions {
  uint16_t port = 0;  // 0: a free one
  std::string user = "sink";
  std::string password = "sink";
  absl::Duration receipt_after = absl::Milliseconds(50);
  std::function<void(const CaughtSms&)> caught = {};              // from many threads; may be empty
  std::function<SmsVerdict(const std::string& to)> verdict = {};  // empty: takes everything
};

// An SMS gateway on loopback in the form of 46elks: `POST /a1/sms` with basic authentication and
// form fields from, to, message, whendelivered; answers JSON with id and status "created", and
// later posts `id`, `status` and `delivered` to whendelivered. A receipt that is not taken (no 2xx)
// is repeated twice.
class SmsSink {
 public:
  SmsSink(SmsSinkOptions options, Clock& clock);
  ~SmsSink();

  // UNAVAILABLE: the port is taken.
  absl::Status Start();
  void Stop();
  std::string url() const;  // "http://127.0.0.1:port/a1/sms"

 private:
  struct Receipt {
    absl::Time due;
    std::string url;
    std::string id;
    std::string status;
    int tries = 0;
  };

  HttpAnswer Answer(const HttpCall& call);
  void PostReceipts(std::stop_token stop);

  const SmsSinkOptions options_;
  Clock& clock_;
  HttpListener listener_;
  std::jthread poster_;

  // Whether a receipt is there to be posted, or will be.
  bool HasReceipts() ABSL_LOCKS_EXCLUDED(mu_);

  Bell came_;  // a receipt, or the end
  absl::Mutex mu_;
  std::deque<Receipt> receipts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace vaka::sink
