#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/sink/sms_sink.h"
#include "libs/sink/smtp_sink.h"
#include "services/vaka/process.h"
#include "tests/support/redis_server/test_redis.h"
#include "vaka/options/v1/options.pb.h"

namespace grpc {
class Channel;
}

namespace vaka {

// Every service in this process, on ports of its own in a temporary folder, with a private Redis
// that has every write on disk before it answers, a mail server and an SMS gateway that show what
// they catch. The municipality is Botkyrka's (0127), not yet configured. Used by one thread; the
// callbacks come from many.
class WholeSystem final {
 public:
  struct Caught {
    std::function<void(const sink::CaughtMail&)> mail;
    std::function<void(const sink::CaughtSms&)> sms;
  };

  explicit WholeSystem(Caught caught);
  ~WholeSystem();  // stops
  WholeSystem(const WholeSystem&) = delete;
  WholeSystem& operator=(const WholeSystem&) = delete;

  static constexpr char kKommun[] = "0127";

  absl::Status Start();
  // The data stays: Start goes on with it. Does nothing the second time.
  absl::Status Stop();
  // The municipality's configuration, as deploy/config/botkyrka.yaml has it.
  absl::Status Configure();

  // For the metadata "authorization" it needs "Bearer " before it. Valid for an hour.
  std::string Token(options::v1::Role role, const std::string& person, const std::string& agency);
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  std::string http_address() const { return process_->http_address(); }

 private:
  SystemClock clock_;
  redis::TempFolder folder_;
  sink::SmtpSink smtp_;
  sink::SmsSink sms_;
  // Chosen before the start, because the SMS gateway's receipts need an address to go to.
  const std::string http_;
  std::unique_ptr<Process> process_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace vaka
