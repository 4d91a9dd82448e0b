// A mail server that is away, refuses, hangs, loses its answers. What it says of everybody is
// waited out; what it says of one is that one's; what nobody knows is repeated once.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/fault/providers/providers_fixture.h"

namespace vaka::fault {
namespace {

using notifications::Delivery;
using notifications::DELIVERY_STATE_PLANNED;
using notifications::REASON_FAILED_REFUSED;
using notifications::REASON_FAILED_UNCONFIRMED;
using notifications::REASON_FAILED_UNREACHED;
using notifications::REASON_FALLBACK;
using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using sink::SmtpAction;
using sink::SmtpStage;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

class MailFaultTest : public ProvidersTest {
 protected:
  void SettleThree() {
    for (const char* id : {"1", "2", "3"}) Settle({.id = id});
  }

  // `action` at `stage` for everybody, or for one address, as often as `times` says.
  void Break(SmtpStage stage, SmtpAction action, const std::string& whose = "",
             int times = 1000000) {
    left_ = times;
    providers_.SetMail([this, stage, action, whose](SmtpStage at, const std::string& to) {
      if (at != stage || (!whose.empty() && to != whose)) return SmtpAction{};
      return left_.fetch_sub(1) > 0 ? action : SmtpAction{};
    });
  }

  // Everybody waits, nothing is lost, and the reason stands in the history.
  void ExpectWaiting(const std::string& error) {
    for (const char* id : {"1", "2", "3"}) {
      EXPECT_TRUE(redis::Eventually([&] {
        const std::vector<Delivery> deliveries = DeliveriesTo(id);
        return deliveries.size() == 1 && deliveries[0].attempts >= 2 &&
               deliveries[0].state == DELIVERY_STATE_PLANNED &&
               absl::StrContains(deliveries[0].error, error);
      })) << id;
    }
    EXPECT_EQ(Handed(), 0U);
  }

  void ExpectEachToldOnce() {
    for (const char* id : {"1", "2", "3"}) {
      EXPECT_TRUE(AwaitTold(id)) << id;
      EXPECT_THAT(HandedTo(MailOf(id)), ElementsAre(Pair(_, 1))) << id;
    }
  }

  // Somebody's message was tried and met `error`.
  static bool AnyWaits(const notifications::Deliveries& deliveries, const std::string& error) {
    for (const auto& [alert, recipients] : deliveries.Alerts()) {
      for (const auto& recipient : recipients) {
        for (const Delivery& delivery : recipient.deliveries) {
          if (delivery.state == DELIVERY_STATE_PLANNED && absl::StrContains(delivery.error, error))
            return true;
        }
      }
    }
    return false;
  }

  std::atomic<int> left_{0};
};

TEST_F(MailFaultTest, AServerThatIsAwayIsWaitedForAndThenEachIsToldOnce) {
  SettleThree();
  Serve();
  providers_.StopMail();
  Report("i1");
  ExpectWaiting("smtp");
  ASSERT_TRUE(providers_.StartMail().ok());
  ExpectEachToldOnce();
}

TEST_F(MailFaultTest, WhateverItSaysToEverybodyIsWaitedOut) {
  struct Case {
    SmtpStage stage;
    const char* reply;
    const char* error;
  };
  const Case cases[] = {{SmtpStage::kGreeting, "421 too busy", "421 at the greeting"},
                        {SmtpStage::kGreeting, "554 go away", "554 at the greeting"},
                        {SmtpStage::kSender, "550 who are you", "550 at MAIL"},
                        {SmtpStage::kRecipient, "451 later", "451 at RCPT"},
                        {SmtpStage::kData, "451 later", "451 at DATA"},
                        {SmtpStage::kMessage, "452 full", "452 at the message"}};
  SettleThree();
  Serve();
  int incident = 0;
  for (const Case& c : cases) {
    SCOPED_TRACE(c.error);
    Break(c.stage, {SmtpAction::kReply, c.reply});
    providers_.StopMail();  // who has a connection is not greeted
    ASSERT_TRUE(providers_.StartMail().ok());
    const size_t before = Handed();
    intake::v1::Incident critical =
        testing::TownIncident(absl::StrCat("i", ++incident), clock_.Now());
    critical.set_severity(5);  // is never grouped with the case before
    Record({testing::Reported(critical)});
    ASSERT_TRUE(AwaitDeliveries(*app_, [&](const notifications::Deliveries& deliveries) {
      return AnyWaits(deliveries, c.error);
    }));
    EXPECT_EQ(Handed(), before);
    providers_.SetMail({});
    EXPECT_TRUE(redis::Eventually([&] { return Handed() == before + 3; }, absl::Minutes(1)));
  }
  for (const char* id : {"1", "2", "3"}) {
    const std::map<std::string, int> handed = HandedTo(MailOf(id));
    EXPECT_THAT(handed, SizeIs(std::size(cases)));
    for (const auto& [message, times] : handed) EXPECT_EQ(times, 1) << message;
  }
}

TEST_F(MailFaultTest, WhatItRefusesForGoodTakesThatPersonsNextChannelAndHoldsNobody) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL, CHANNEL_SMS}});
  Settle({.id = "2"});
  Settle({.id = "3"});
  Serve();
  for (const auto& [stage, reply] : {std::pair{SmtpStage::kRecipient, "550 5.1.1 unknown"},
                                     std::pair{SmtpStage::kMessage, "554 5.6.0 not this text"}}) {
    Break(stage, {SmtpAction::kReply, reply}, MailOf("1"));
    intake::v1::Incident critical = testing::TownIncident(reply, clock_.Now());
    critical.set_severity(5);
    Record({testing::Reported(critical)});
    const size_t texts = providers_.texts();
    EXPECT_TRUE(redis::Eventually([&] { return providers_.texts() == texts + 1; }));
  }
  EXPECT_TRUE(redis::Eventually([&] { return HandedTo(MailOf("2")).size() == 2; }));
  EXPECT_TRUE(redis::Eventually([&] { return HandedTo(MailOf("3")).size() == 2; }));
  EXPECT_THAT(HandedTo(MailOf("1")), SizeIs(0));
  EXPECT_THAT(HandedTo(PhoneOf("1")), ElementsAre(Pair(_, 1), Pair(_, 1)));
}

TEST_F(MailFaultTest, RefusedForGoodWithoutAnotherChannelIsSaidByName) {
  Settle({.id = "1"});
  Serve();
  Break(SmtpStage::kRecipient, {SmtpAction::kReply, "550 5.1.1 unknown"});
  Report("i1");
  EXPECT_TRUE(AwaitEnd("1", REASON_FAILED_REFUSED));
  EXPECT_THAT(DeliveriesTo("1").at(0).error, HasSubstr("550 at RCPT"));
}

// One at whom the server hangs, or loses its answer: nobody can know, so once more and no more.
TEST_F(MailFaultTest, AnAnswerLostAfterTheMessageMeansOneRepeatWithTheSameId) {
  SettleThree();
  Serve();
  for (SmtpAction::Kind kind : {SmtpAction::kDrop, SmtpAction::kHang}) {
    Break(SmtpStage::kMessage, {kind, ""}, MailOf("1"), 1);
    const size_t before = HandedTo(MailOf("1")).size();
    intake::v1::Incident critical =
        testing::TownIncident(absl::StrCat("i", static_cast<int>(kind)), clock_.Now());
    critical.set_severity(5);
    Record({testing::Reported(critical)});
    EXPECT_TRUE(redis::Eventually(
        [&] {
          const std::map<std::string, int> handed = HandedTo(MailOf("1"));
          return handed.size() == before + 1 &&
                 std::all_of(handed.begin(), handed.end(),
                             [](const auto& h) { return h.second == 2; });
        },
        absl::Minutes(1)));
    EXPECT_TRUE(redis::Eventually([&] { return HandedTo(MailOf("2")).size() == before + 1; }));
  }
  for (const auto& [message, times] : HandedTo(MailOf("2"))) EXPECT_EQ(times, 1) << message;
}

TEST_F(MailFaultTest, AServerThatNeverAnswersOneIsGivenUpOnAfterTheRepeat) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL, CHANNEL_SMS}});
  Settle({.id = "2"});
  Serve();
  Break(SmtpStage::kMessage, {SmtpAction::kDrop, ""}, MailOf("1"));
  Report("i1");
  EXPECT_TRUE(AwaitEnd("1", REASON_FAILED_UNCONFIRMED));
  EXPECT_TRUE(AwaitTold("1"));
  EXPECT_TRUE(AwaitTold("2"));
  EXPECT_THAT(HandedTo(MailOf("1")), ElementsAre(Pair(_, 2)));
  EXPECT_THAT(HandedTo(PhoneOf("1")), ElementsAre(Pair(_, 1)));
  EXPECT_EQ(DeliveriesTo("1").at(1).channel, CHANNEL_SMS);
}

TEST_F(MailFaultTest, AHangBeforeTheMessageIsReadIsRepeatedOnceToo) {
  Settle({.id = "1"});
  Serve();
  Break(SmtpStage::kBody, {SmtpAction::kHang, ""}, "", 1);
  Report("i1");
  EXPECT_TRUE(AwaitTold("1"));
  EXPECT_THAT(HandedTo(MailOf("1")), ElementsAre(Pair(_, 1)));  // it never had the first
  EXPECT_EQ(DeliveriesTo("1").at(0).attempts, 2U);
}

TEST_F(MailFaultTest, ASlowServerGetsEachMessageOnce) {
  SettleThree();
  notifications::Options options = FastOptions();
  options.mail_timeout = absl::Seconds(15);
  Serve(std::move(options));
  providers_.SetMail([this](SmtpStage, const std::string&) {
    clock_.SleepFor(absl::Milliseconds(50), {});
    return SmtpAction{};
  });
  Report("i1");
  ExpectEachToldOnce();
}

TEST_F(MailFaultTest, WithoutTheTlsThatIsAskedForNothingGoesOutAndTheNextChannelDoes) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL, CHANNEL_SMS}});
  std::atomic<int> named = 0;
  providers_.SetMail([&named](SmtpStage stage, const std::string&) {
    named += stage == SmtpStage::kSender || stage == SmtpStage::kRecipient;
    return SmtpAction{};
  });
  notifications::Options options = FastOptions();
  options.smtp_require_tls = true;
  options.retry.before_fallback = absl::Milliseconds(500);
  Serve(std::move(options));
  Report("i1");
  EXPECT_TRUE(AwaitEnd("1", REASON_FAILED_UNREACHED));
  EXPECT_TRUE(AwaitTold("1"));
  EXPECT_EQ(named, 0);
  EXPECT_THAT(HandedTo(PhoneOf("1")), ElementsAre(Pair(_, 1)));
}

// The process ends within its two seconds although the server would hang for longer; the message
// is taken over, with its id.
TEST_F(MailFaultTest, AHangingServerDoesNotHoldUpTheEnd) {
  Settle({.id = "1"});
  notifications::Options options = FastOptions();
  options.mail_timeout = absl::Minutes(5);
  options.claim_after = absl::Milliseconds(100);
  absl::Notification hangs;
  left_ = 1;
  providers_.SetMail([&](SmtpStage stage, const std::string&) {
    if (stage != SmtpStage::kMessage || left_.fetch_sub(1) <= 0) return SmtpAction{};
    hangs.Notify();
    return SmtpAction{SmtpAction::kHang, ""};
  });
  Serve(options);
  Report("i1");
  ASSERT_TRUE(hangs.WaitForNotificationWithTimeout(absl::Minutes(1)));
  const absl::Time begin = clock_.Steady();
  server_->Stop();
  server_.reset();
  app_->Stop();
  EXPECT_LT(clock_.Steady() - begin, absl::Seconds(5));
  EXPECT_THAT(HandedTo(MailOf("1")), ElementsAre(Pair(_, 1)));
  app_ = std::make_unique<notifications::App>(other_host_, options);
  ASSERT_TRUE(app_->Start().ok());
  EXPECT_TRUE(AwaitTold("1"));
  EXPECT_THAT(HandedTo(MailOf("1")), ElementsAre(Pair(_, 2)));
}

}  // namespace
}  // namespace vaka::fault
