#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "libs/log/redis_log.h"
#include "libs/sink/sms_sink.h"
#include "services/notifications/notifications_app.h"
#include "tests/support/alert_town/alert_town.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/smtp_server/smtp_server.h"

namespace vaka::notifications {

// A real Redis, a bus in memory, a mail server, an SMS gateway; as many Apps as a test starts.
class HouseTest : public ::testing::Test {
 protected:
  struct Catch {
    absl::Mutex mu;
    std::vector<sink::CaughtSms> sms ABSL_GUARDED_BY(mu);
    sink::SmsVerdict verdict ABSL_GUARDED_BY(mu);
  };

  HouseTest()
      : keys_(rpc::Tokens::NewKeys()),
        tokens_(keys_.first, keys_.second),
        client_(redis_.NewClient()),
        log_(*log::RedisLog::Open(*client_, {.commit = {}, .on_committed = bus_.publisher()},
                                  clock_)),
        vault_(*log_, std::string(32, 'm')),
        gate_(tokens_, clock_, metrics_, {}),
        sms_({.caught =
                  [this](const sink::CaughtSms& sms) {
                    absl::MutexLock lock(&caught_.mu);
                    caught_.sms.push_back(sms);
                  },
              .verdict =
                  [this](const std::string&) {
                    absl::MutexLock lock(&caught_.mu);
                    return caught_.verdict;
                  }},
             clock_),
        host_{*log_,           *client_, [this] { return bus_.Subscribe(); },
              vault_,          tokens_,  gate_,
              clock_,          metrics_, "http://127.0.0.1:1",
              bus_.publisher()},
        other_host_{*log_,           *client_,       [this] { return bus_.Subscribe(); },
                    vault_,          tokens_,        gate_,
                    clock_,          other_metrics_, "http://127.0.0.1:1",
                    bus_.publisher()} {
    EXPECT_TRUE(mail_.Start().ok());
    EXPECT_TRUE(sms_.Start().ok());
    Record({testing::TownConfigured(), testing::TownArea("a1", "Albydalen", "alby", 120),
            testing::TownArea("a2", "Tullinge villastad", "tullinge", 80), AwakeAllDay()});
  }

  // The town with no quiet hours: the machine's clock may show any.
  static event::v1::Event AwakeAllDay() {
    event::v1::Event event = testing::TownConfigured();
    event.mutable_municipality_configured()
        ->mutable_config()
        ->mutable_notify()
        ->clear_default_quiet();
    return event;
  }

  uint64_t Record(std::vector<event::v1::Event> events, std::vector<log::SubjectKey> keys = {}) {
    log::AppendRequest request{.kommun = "0127", .idempotency_key = RandomId("k")};
    for (event::v1::Event& event : events) {
      event.set_kommun("0127");
      *event.mutable_recorded_at() = ToProto(clock_.Now());
      *event.mutable_occurred_at() = ToProto(clock_.Now());
      request.facts.push_back(event.SerializeAsString());
    }
    request.keys = std::move(keys);
    uint64_t last = 0;
    absl::Notification done;
    log_->Append(std::move(request), [&](absl::StatusOr<log::Appended> appended) {
      EXPECT_TRUE(appended.ok()) << appended.status();
      if (appended.ok()) last = appended->last;
      done.Notify();
    });
    done.WaitForNotification();
    return last;
  }

  // With the address <id>@vaka.test and a number.
  void Settle(const testing::TownPerson& person) {
    registry::v1::Contact contact;
    contact.set_name("Namn " + person.id);
    contact.set_email(person.id + "@vaka.test");
    contact.set_phone("+4670000" + person.id);
    const auto box = vault_.SealNew("0127", "person:" + person.id, contact.SerializeAsString());
    ASSERT_TRUE(box.ok()) << box.status();
    Record(testing::TownPersonFacts(person, box->sealed), {*box->new_key});
  }

  void Report(const std::string& id) {
    Record({testing::Reported(testing::TownIncident(id, clock_.Now()))});
  }

  Options BaseOptions() const {
    return {.smtp_url = mail_.url(),
            .mail_from = "from@vaka.test",
            .sms_url = sms_.url(),
            .sms_user = "sink",
            .sms_password = "sink",
            .retry = {.first = absl::Milliseconds(50), .repeat = absl::Milliseconds(50)},
            .claim_after = absl::Milliseconds(200)};
  }

  std::unique_ptr<App> StartApp() { return StartApp(BaseOptions()); }
  std::unique_ptr<App> StartApp(Options options) {
    auto app = std::make_unique<App>(host_, std::move(options));
    const absl::Status started = app->Start();
    EXPECT_TRUE(started.ok()) << started;
    return app;
  }

  // A second process's: metrics of its own.
  std::unique_ptr<App> StartApp2() {
    auto app = std::make_unique<App>(other_host_, BaseOptions());
    const absl::Status started = app->Start();
    EXPECT_TRUE(started.ok()) << started;
    return app;
  }

  // Waits until the deliveries are as `holds` wants.
  bool AwaitDeliveries(App& app, const std::function<bool(const Deliveries&)>& holds) {
    return redis::Eventually([&] {
      bool now = false;
      (void)app.deliveries().Read("0127", 0, clock_.Now() + absl::Seconds(5),
                                  [&](const fold::Fold& fold, uint64_t) {
                                    now = holds(static_cast<const Deliveries&>(fold));
                                  });
      return now;
    });
  }
  bool AwaitState(App& app, const std::function<bool(const State&)>& holds) {
    return redis::Eventually([&] {
      bool now = false;
      (void)app.follower().Read(
          "0127", 0, clock_.Now() + absl::Seconds(5),
          [&](const fold::Fold& fold, uint64_t) { now = holds(static_cast<const State&>(fold)); });
      return now;
    });
  }

  SystemClock clock_;
  redis::TestRedis redis_;
  bus::MemoryBus bus_;
  prometheus::Registry metrics_;
  std::pair<std::string, std::string> keys_;
  rpc::Tokens tokens_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<log::RedisLog> log_;
  vault::Vault vault_;
  rpc::Gate gate_;
  Catch caught_;
  testing::SmtpServer mail_;
  sink::SmsSink sms_;
  prometheus::Registry other_metrics_;
  runtime::Host host_;
  runtime::Host other_host_;
};

}  // namespace vaka::notifications
