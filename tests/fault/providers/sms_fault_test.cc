// An SMS gateway that is busy, broken, silent; its callbacks, late, early, repeated, unknown,
// forged and in storms; and webhooks.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/gateway/sms_hook.h"
#include "services/notifications/effects.h"
#include "tests/fault/providers/providers_fixture.h"

namespace vaka::fault {
namespace {

using notifications::Delivery;
using notifications::DELIVERY_STATE_DELIVERED;
using notifications::DELIVERY_STATE_FAILED;
using notifications::REASON_FAILED_REFUSED;
using notifications::REASON_FAILED_REPORTED;
using notifications::REASON_FAILED_UNREACHED;
using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using registry::v1::CHANNEL_WEBHOOK;
using sink::SmsVerdict;
using ::testing::_;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class SmsFaultTest : public ProvidersTest {
 protected:
  uint64_t DeliveriesHead() { return *log_->Head("0127", log::Stream::kDeliveries); }

  std::string MessageTo(const std::string& person) {
    const notifications::Delivery delivery = DeliveriesTo(person).at(0);
    return notifications::MessageId("0127", OnlyAlert(), delivery.version, person,
                                    delivery.channel);
  }

  // With an address for webhooks.
  void SettleSystem(const std::string& id, const std::string& url) {
    registry::v1::Contact contact;
    contact.set_webhook(url);
    const auto box = vault_.SealNew("0127", "person:" + id, contact.SerializeAsString());
    ASSERT_TRUE(box.ok());
    Record(testing::TownPersonFacts({.id = id, .channels = {CHANNEL_WEBHOOK}}, box->sealed),
           {*box->new_key});
  }
};

TEST_F(SmsFaultTest, AWishToWaitIsObeyedByAllAndThenEachIsToldOnce) {
  constexpr absl::Duration kAsked = absl::Seconds(2);
  for (int i = 0; i < 8; ++i) Settle({.id = std::to_string(i), .channels = {CHANNEL_SMS}});
  absl::Mutex mu;
  std::vector<absl::Time> asked;
  providers_.SetSms([&](const std::string&) {
    absl::MutexLock lock(&mu);
    asked.push_back(clock_.Steady());
    return asked.size() == 3 ? SmsVerdict{.status = 429, .retry_after_seconds = 2} : SmsVerdict{};
  });
  notifications::Options options = FastOptions();
  options.workers = 1;  // no other call is under way when the wish is heard
  Serve(std::move(options));
  Report("i1");
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(AwaitTold(std::to_string(i)));
    EXPECT_THAT(HandedTo(PhoneOf(std::to_string(i))), ElementsAre(Pair(_, 1)));
  }
  absl::MutexLock lock(&mu);
  ASSERT_THAT(asked, SizeIs(9));
  EXPECT_GE(asked[3] - asked[2], kAsked);
}

TEST_F(SmsFaultTest, AGatewayThatIsBusyForLongSendsPeopleToTheirNextChannel) {
  Settle({.id = "1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Settle({.id = "2", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Settle({.id = "3", .channels = {CHANNEL_SMS}});
  providers_.SetSms(
      [](const std::string&) { return SmsVerdict{.status = 429, .retry_after_seconds = 3600}; });
  Serve();
  Report("i1");
  for (const char* id : {"1", "2"}) {
    EXPECT_TRUE(AwaitEnd(id, REASON_FAILED_UNREACHED));
    EXPECT_TRUE(AwaitTold(id));
    EXPECT_THAT(HandedTo(MailOf(id)), ElementsAre(Pair(_, 1)));
  }
  // The one without another waits, and it is said why.
  EXPECT_TRUE(redis::Eventually(
      [&] { return absl::StrContains(DeliveriesTo("3").at(0).error, "HTTP 429"); }));
  EXPECT_EQ(providers_.texts(), 0U);
}

TEST_F(SmsFaultTest, AGatewayThatIsBrokenIsWaitedForAndThenEachIsToldOnce) {
  for (const char* id : {"1", "2", "3"}) Settle({.id = id, .channels = {CHANNEL_SMS}});
  for (int status : {500, 401, 402, 503}) {
    SCOPED_TRACE(status);
    std::atomic<int> refused = 0;
    providers_.SetSms([&](const std::string&) {
      ++refused;
      return SmsVerdict{.status = status};
    });
    if (!app_) Serve();
    const size_t before = Handed();
    intake::v1::Incident critical = testing::TownIncident(absl::StrCat(status), clock_.Now());
    critical.set_severity(5);
    Record({testing::Reported(critical)});
    ASSERT_TRUE(redis::Eventually([&] { return refused > 0; }));
    EXPECT_EQ(Handed(), before);
    providers_.SetSms({});
    EXPECT_TRUE(redis::Eventually([&] { return Handed() == before + 3; }, absl::Minutes(1)));
  }
  for (const char* id : {"1", "2", "3"}) {
    for (const auto& [message, times] : HandedTo(PhoneOf(id))) EXPECT_EQ(times, 1) << message;
  }
}

TEST_F(SmsFaultTest, AnAnswerLostAfterTheRequestMeansOneRepeatWithTheSameId) {
  Settle({.id = "1", .channels = {CHANNEL_SMS}});
  Settle({.id = "2", .channels = {CHANNEL_SMS}});
  Serve();
  for (bool hang : {false, true}) {
    std::atomic<int> left = 1;
    providers_.SetSms([&](const std::string& to) {
      if (to != PhoneOf("1") || left.fetch_sub(1) <= 0) return SmsVerdict{};
      return SmsVerdict{.hang = hang, .cut = !hang};
    });
    intake::v1::Incident critical = testing::TownIncident(hang ? "i1" : "i2", clock_.Now());
    critical.set_severity(5);
    Record({testing::Reported(critical)});
    const size_t messages = hang ? 2 : 1;
    EXPECT_TRUE(redis::Eventually([&] {
      const std::map<std::string, int> handed = HandedTo(PhoneOf("1"));
      return handed.size() == messages &&
             std::all_of(handed.begin(), handed.end(), [](const auto& h) { return h.second == 2; });
    }));
    EXPECT_TRUE(redis::Eventually([&] { return HandedTo(PhoneOf("2")).size() == messages; }));
    providers_.SetSms({});
  }
  for (const auto& [message, times] : HandedTo(PhoneOf("2"))) EXPECT_EQ(times, 1) << message;
}

TEST_F(SmsFaultTest, ANumberThatIsRefusedHoldsNobodyAndFallsBack) {
  Settle({.id = "1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  for (const char* id : {"2", "3", "4"}) Settle({.id = id, .channels = {CHANNEL_SMS}});
  providers_.SetSms(
      [](const std::string& to) { return SmsVerdict{.status = to == PhoneOf("1") ? 403 : 200}; });
  Serve();
  Report("i1");
  for (const char* id : {"1", "2", "3", "4"}) EXPECT_TRUE(AwaitTold(id));
  EXPECT_TRUE(AwaitEnd("1", REASON_FAILED_REFUSED));
  EXPECT_THAT(HandedTo(MailOf("1")), ElementsAre(Pair(_, 1)));
}

TEST_F(SmsFaultTest, ACallbackFasterThanTheSendersRecordIsKept) {
  Settle({.id = "1", .channels = {CHANNEL_SMS}});
  Settle({.id = "2", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Serve();
  // Posted before the gateway has answered the sender.
  providers_.SetSms([this](const std::string& to) {
    const bool first = to == PhoneOf("1");
    bool known = false;
    EXPECT_TRUE(Receipt(MessageTo(first ? "1" : "2"), first ? "delivered" : "failed", &known).ok());
    EXPECT_TRUE(known);
    return SmsVerdict{.receipts = {}};
  });
  Report("i1");
  EXPECT_TRUE(redis::Eventually([&] {
    const std::vector<Delivery> one = DeliveriesTo("1");
    return one.size() == 1 && one[0].state == DELIVERY_STATE_DELIVERED && one[0].attempts == 1;
  }));
  EXPECT_TRUE(redis::Eventually([&] {
    const std::vector<Delivery> two = DeliveriesTo("2");
    return two.size() == 2 && two[0].state == DELIVERY_STATE_FAILED &&
           two[0].reason == REASON_FAILED_REPORTED && two[0].attempts == 1 && two[1].sent;
  }));
  EXPECT_THAT(HandedTo(MailOf("2")), ElementsAre(Pair(_, 1)));
}

TEST_F(SmsFaultTest, CallbacksRepeatedAndOutOfOrderAddNothing) {
  Settle({.id = "1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Serve();
  Report("i1");
  ASSERT_TRUE(AwaitTold("1"));
  const std::string message = MessageTo("1");
  ASSERT_TRUE(Receipt(message, "delivered").ok());
  ASSERT_TRUE(
      redis::Eventually([&] { return DeliveriesTo("1").at(0).state == DELIVERY_STATE_DELIVERED; }));
  const uint64_t head = DeliveriesHead();
  for (const char* status : {"failed", "delivered", "sent", "failed"}) {
    EXPECT_TRUE(Receipt(message, status).ok());
  }
  EXPECT_EQ(DeliveriesHead(), head);
  EXPECT_THAT(HandedTo(MailOf("1")), IsEmpty());
}

TEST_F(SmsFaultTest, ForgedAndUnknownCallbacksLeaveNothing) {
  Settle({.id = "1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Serve();
  Report("i1");
  ASSERT_TRUE(AwaitTold("1"));
  const uint64_t head = DeliveriesHead();
  const std::string form = "id=s1&status=failed";
  const std::string target = "0127/" + MessageTo("1");
  const std::string good = tokens_.Sign("sms-hook", target);
  EXPECT_TRUE(gateway::SmsHook::ReceiptOf(tokens_, good, form).ok());
  const auto keys = rpc::Tokens::NewKeys();
  const rpc::Tokens stranger(keys.first, keys.second);
  std::string changed = good;
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& forged :
       {std::string(), target, changed, stranger.Sign("sms-hook", target),
        tokens_.Sign("sign-in", target)}) {
    EXPECT_EQ(gateway::SmsHook::ReceiptOf(tokens_, forged, form).status().code(),
              absl::StatusCode::kUnauthenticated)
        << forged;
  }
  bool known = true;
  EXPECT_TRUE(Receipt("msg-nobody", "failed", &known).ok());
  EXPECT_FALSE(known);
  EXPECT_EQ(DeliveriesHead(), head);
}

TEST_F(SmsFaultTest, AStormOfCallbacksIsBoundedAndKeepsNobodyElseWaiting) {
  Settle({.id = "1", .channels = {CHANNEL_SMS}});
  Settle({.id = "2", .channels = {CHANNEL_EMAIL}});
  Serve();
  Report("i1");
  ASSERT_TRUE(AwaitTold("1"));
  ASSERT_TRUE(AwaitTold("2"));
  const std::string message = MessageTo("1");
  ASSERT_TRUE(Receipt(message, "delivered").ok());
  const uint64_t head = DeliveriesHead();
  std::atomic<int> odd = 0;
  std::vector<std::jthread> storm;
  for (int i = 0; i < 8; ++i) {
    storm.emplace_back([&, i] {
      for (int j = 0; j < 200; ++j) {
        const bool mine = j % 2 == 0;
        const grpc::Status answered = Receipt(mine ? message : absl::StrCat("msg-", i, "-", j),
                                              j % 3 == 0 ? "failed" : "delivered");
        odd += !answered.ok() && answered.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED;
      }
    });
  }
  // Meanwhile an alert goes its way.
  intake::v1::Incident critical = testing::TownIncident("i2", clock_.Now());
  critical.set_severity(5);
  Record({testing::Reported(critical)});
  EXPECT_TRUE(redis::Eventually([&] { return HandedTo(MailOf("2")).size() == 2; }));
  storm.clear();
  EXPECT_EQ(odd, 0);
  // Nothing but the second alert's own: two planned in one fact, two sent, one delivered.
  EXPECT_TRUE(redis::Eventually([&] { return DeliveriesHead() >= head + 3; }));
  EXPECT_LE(DeliveriesHead(), head + 4);
}

TEST_F(SmsFaultTest, WebhooksAreSignedRetriedAndNeverRedirected) {
  absl::Mutex mu;
  std::map<std::string, std::vector<int>> answers = {
      {"/busy", {429}}, {"/broken", {500}}, {"/moved", {302}}, {"/hangs", {-1}}, {"/well", {}}};
  std::map<std::string, std::vector<std::string>> calls;  // message ids by path
  sink::HttpListener agency([&](const sink::HttpCall& call) {
    const std::string& signature = call.headers.at("vaka-signature");
    const std::vector<std::string> parts = absl::StrSplit(signature, absl::ByAnyChar("=,"));
    EXPECT_EQ(parts.at(3),
              notifications::WebhookSignature("secret", std::stoll(parts.at(1)), call.body));
    absl::MutexLock lock(&mu);
    calls[call.path].push_back(call.headers.at("vaka-message"));
    const std::vector<int>& says = answers[call.path];
    const size_t time = calls[call.path].size();
    sink::HttpAnswer answer;
    if (time > says.size()) return answer;
    answer.status = std::abs(says[time - 1]);
    answer.hang = says[time - 1] < 0;
    answer.headers = {{"Location", "/well"}, {"Retry-After", "1"}};
    return answer;
  });
  ASSERT_TRUE(agency.Start(0).ok());
  int id = 0;
  for (const auto& [path, says] : answers) {
    SettleSystem(absl::StrCat(++id), absl::StrCat("http://127.0.0.1:", agency.port(), path));
  }
  notifications::Options options = FastOptions();
  options.webhook_secret = "secret";
  Serve(std::move(options));
  Report("i1");
  // /broken 1, /busy 2, /hangs 3, /moved 4, /well 5
  for (const char* told : {"1", "2", "3", "5"}) EXPECT_TRUE(AwaitTold(told)) << told;
  EXPECT_TRUE(AwaitEnd("4", REASON_FAILED_REFUSED));
  absl::MutexLock lock(&mu);
  for (const auto& [path, times] : std::map<std::string, size_t>{
           {"/busy", 2}, {"/broken", 2}, {"/hangs", 2}, {"/moved", 1}, {"/well", 1}}) {
    EXPECT_THAT(calls[path], SizeIs(times)) << path;
    EXPECT_THAT(calls[path], Each(calls[path].at(0))) << path;
  }
}

}  // namespace
}  // namespace vaka::fault
