#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/runtime/periodic.h"
#include "libs/runtime/target.h"
#include "services/notifications/engine.h"
#include "services/notifications/errands.h"
#include "services/notifications/notifications_metrics.h"
#include "services/notifications/notifications_service.h"
#include "services/notifications/outbox.h"
#include "services/notifications/sender.h"
#include "services/notifications/short_link.h"

namespace vaka::notifications {

struct Options {
  std::string smtp_url = {};  // "smtp://host:587"; empty: no mail goes out
  std::string smtp_user = {};
  std::string smtp_password = {};
  bool smtp_require_tls = false;
  std::string mail_from = "grannsamverkan@vaka.invalid";
  std::string sms_url = {};  // "https://api.46elks.com/a1/sms"; empty: no SMS goes out
  std::string sms_user = {};
  std::string sms_password = {};
  std::string sms_from = "Vaka";
  std::string webhook_secret = {};  // empty: no webhooks go out
  std::string link_key = {};   // 32 bytes, the same in all processes; empty: made of the token key
  int workers = 4;             // connections a channel
  double mail_per_second = 0;  // 0: no limit
  double sms_per_second = 0;
  absl::Duration mail_timeout = absl::Seconds(15);  // for one message
  absl::Duration http_timeout = absl::Seconds(10);
  RetryOptions retry = {};
  absl::Duration claim_after = absl::Seconds(60);  // a dead sender's entries are taken over
};

// The notifications target: two followers (facts and deliveries), the engine that raises, plans and
// releases, a sender a channel, and NotificationsService. See runtime::Target.
class App final : public runtime::Target {
 public:
  explicit App(runtime::Host& host, Options options = {});
  ~App() override;

  absl::string_view name() const override { return "notifications"; }
  // INVALID_ARGUMENT: an SMS gateway on another machine without TLS.
  absl::Status Start() override;
  void Stop() override;
  grpc::Service* service() override { return &service_; }

  std::vector<fold::Follower*> followers() override { return {&facts_, &deliveries_}; }
  fold::Follower& follower() { return facts_; }
  fold::Follower& deliveries() { return deliveries_; }

 private:
  std::unique_ptr<Sender> MakeSender(const Options& options, registry::v1::Channel channel,
                                     double per_second,
                                     std::function<std::unique_ptr<Channel>()> make);
  void WakeSenders(const std::string& kommun);
  void Measure();
  void MeasureQueues();
  void MeasureHeard();

  runtime::Host& host_;
  const std::string sms_url_;
  Metrics metrics_;
  Outbox outbox_;
  const ShortLinks links_;
  fold::Follower facts_;
  fold::Follower deliveries_;
  fold::Commands commands_;
  Errands errands_;
  Errands receipts_;
  Engine engine_;
  std::vector<std::unique_ptr<Sender>> senders_;
  Service service_;
  std::map<std::string, std::array<uint64_t, kStandings>> heard_;  // counted; gauges_ alone
  runtime::Periodic gauges_;
};

}  // namespace vaka::notifications
