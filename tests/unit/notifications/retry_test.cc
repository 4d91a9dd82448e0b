#include "services/notifications/retry.h"

#include <gmock/gmock.h>

#include "services/notifications/answer.h"
#include "services/notifications/reach.h"
#include "services/notifications/receipt.h"
#include "tests/unit/notifications/world.h"

namespace vaka::notifications {
namespace {

using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_INBOX;
using registry::v1::CHANNEL_SMS;
using ::testing::IsEmpty;
using testing::Reported;
using ::testing::SizeIs;
using testing::TownIncident;
using Result = Handover::Result;

class RetryTest : public WorldTest {
 protected:
  Parcel Tell(const testing::TownPerson& person) {
    Settle(person);
    Happens(Reported(TownIncident("i1", now_)));
    EXPECT_EQ(Raise(), 1);
    return PlanAll().send.at(0);
  }

  // What follows an attempt, and the folds with it.
  Effects Fails(const Parcel& parcel, Result result, absl::Duration retry_after = {}) {
    Handover handover;
    handover.result = result;
    handover.error = "sms: HTTP 500";
    handover.retry_after = retry_after;
    Effects effects = AfterFailure(state_, deliveries_, "0127", parcel, handover, options_, now_);
    for (const event::v1::Event& fact : effects.facts) Delivered(fact);
    return effects;
  }

  // Fails again and again until no further attempt follows; the attempts.
  int FailsUntilGivenUp(Parcel parcel, Effects& end) {
    for (int attempts = 1;; ++attempts) {
      end = Fails(parcel, Result::kLater);
      if (end.hold.empty()) return attempts;
      now_ = end.hold.at(0).first;
      parcel = end.hold.at(0).second;
    }
  }

  ReceiptTaken Receipt(const std::string& message, const std::string& status) {
    ReceiptTaken taken = TakeReceipt(state_, deliveries_, "0127", message, status);
    for (const event::v1::Event& fact : taken.effects.facts) Delivered(fact);
    return taken;
  }

  Delivery DeliveryOf(const Parcel& parcel) { return deliveries_.Find(parcel.message())->delivery; }
  Reach ReachNow() {
    const AlertRecord& record = *state_.FindAlert(OnlyAlert().id());
    return ReachOf(record, deliveries_.Of(record.alert().id()), state_.registry());
  }

  RetryOptions options_;
};

TEST_F(RetryTest, WaitsTwiceAsLongEachTimeAndNotAllTheSame) {
  absl::Duration before = absl::ZeroDuration();
  for (uint32_t attempts = 1; attempts < 20; ++attempts) {
    const absl::Duration wait = RetryWait(options_, "msg-a", attempts);
    EXPECT_GE(wait, std::min(options_.first * (1 << (attempts - 1)), options_.longest));
    EXPECT_LE(wait, options_.longest * 5 / 4);
    EXPECT_GE(wait * 5 / 4, before);
    before = wait;
  }
  EXPECT_NE(RetryWait(options_, "msg-a", 3), RetryWait(options_, "msg-b", 3));
}

TEST_F(RetryTest, ThePersonsNextChannelIsNotKeptWaitingForLong) {
  const absl::Time begin = now_;
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Effects end;
  EXPECT_GE(FailsUntilGivenUp(sms, end), 4);
  EXPECT_LE(now_, begin + options_.before_fallback);
  ASSERT_THAT(end.send, SizeIs(1));
  EXPECT_EQ(end.send[0].channel(), CHANNEL_EMAIL);
  EXPECT_EQ(DeliveryOf(sms).state, DELIVERY_STATE_FAILED);
  EXPECT_EQ(DeliveryOf(sms).reason, REASON_FAILED_UNREACHED);
  EXPECT_EQ(DeliveryOf(end.send[0]).reason, REASON_FALLBACK);
}

TEST_F(RetryTest, TheLastChannelIsTriedForADayAndThenGivenUpByName) {
  const absl::Time begin = now_;
  const Parcel mail = Tell({.id = "p1"});
  Effects end;
  const int attempts = FailsUntilGivenUp(mail, end);
  EXPECT_GT(now_, begin + options_.before_giving_up - absl::Minutes(20));
  EXPECT_LE(now_, begin + options_.before_giving_up);
  EXPECT_LE(attempts, 120);
  EXPECT_THAT(end.send, IsEmpty());
  EXPECT_EQ(DeliveryOf(mail).reason, REASON_FAILED_UNREACHED);
  EXPECT_EQ(ReachNow().failed(), 1u);
}

TEST_F(RetryTest, ALongWishToWaitSendsThePersonToTheNextChannelAtOnce) {
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  EXPECT_THAT(Fails(sms, Result::kLater, absl::Minutes(10)).send, SizeIs(1));
}

TEST_F(RetryTest, AWishToWaitIsObeyedOnTheLastChannelWithinReason) {
  const Parcel mail = Tell({.id = "p1"});
  EXPECT_EQ(Fails(mail, Result::kLater, absl::Minutes(10)).hold.at(0).first,
            now_ + absl::Minutes(10));
  EXPECT_EQ(Fails(mail, Result::kLater, absl::Hours(1000)).hold.at(0).first, now_ + absl::Hours(1));
}

TEST_F(RetryTest, AnUnknownOutcomeIsRepeatedOnceWithTheSameId) {
  const Parcel mail = Tell({.id = "p1"});
  const Effects repeat = Fails(mail, Result::kUnknown);
  ASSERT_THAT(repeat.hold, SizeIs(1));
  EXPECT_GE(repeat.hold[0].first, now_ + options_.repeat);
  EXPECT_EQ(repeat.hold[0].second.message(), mail.message());
  const Effects end = Fails(repeat.hold[0].second, Result::kUnknown);
  EXPECT_THAT(end.hold, IsEmpty());
  EXPECT_EQ(DeliveryOf(mail).reason, REASON_FAILED_UNCONFIRMED);
}

TEST_F(RetryTest, WhoMayHaveGotTheOriginalIsToldOfTheRecall) {
  const Parcel mail = Tell({.id = "p1"});
  const Parcel waiting = Fails(mail, Result::kUnknown).hold.at(0).second;
  Happens(DecideRecall(state_, OnlyAlert().id(), "fel")->facts.at(0));
  const Effects recall = PlanAll();
  ASSERT_THAT(recall.send, SizeIs(1));
  EXPECT_EQ(RecheckOf(state_, deliveries_, recall.send[0], now_).verdict, Recheck::Verdict::kSend);
  EXPECT_EQ(RecheckOf(state_, deliveries_, waiting, now_).reason, REASON_SUPPRESS_RECALLED);
}

TEST_F(RetryTest, NothingIsTriedAgainNorElsewhereAfterARecall) {
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Happens(DecideRecall(state_, OnlyAlert().id(), "fel")->facts.at(0));
  for (Result result : {Result::kLater, Result::kNever}) {
    const Effects effects = Fails(sms, result);
    EXPECT_THAT(effects.hold, IsEmpty());
    EXPECT_THAT(effects.send, IsEmpty());
  }
  EXPECT_EQ(DeliveryOf(sms).reason, REASON_SUPPRESS_RECALLED);
}

TEST_F(RetryTest, FallbackObeysFloorAndConsent) {
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  event::v1::Event changed;
  changed.mutable_preferences_changed()->set_person("p1");
  for (const auto& [channel, floor] :
       {std::pair{CHANNEL_SMS, 0u}, std::pair{CHANNEL_EMAIL, 4u}, std::pair{CHANNEL_INBOX, 1u}}) {
    registry::v1::ChannelChoice& choice =
        *changed.mutable_preferences_changed()->mutable_preferences()->add_channels();
    choice.set_channel(channel);
    choice.set_floor(floor);
  }
  Happens(changed);
  Effects end =
      AfterFailure(state_, deliveries_, "0127", sms, {.result = Result::kNever}, options_, now_);
  EXPECT_THAT(end.send, IsEmpty());  // severity 3 is below the e-mail's floor
  ASSERT_THAT(end.facts, SizeIs(3));
  EXPECT_EQ(Planned(end).at("p1").channel(), CHANNEL_INBOX);
  Happens(DecideUnsubscribe(state_, "p1").facts.at(0));
  end = AfterFailure(state_, deliveries_, "0127", sms, {.result = Result::kNever}, options_, now_);
  EXPECT_THAT(end.facts, SizeIs(2));
  EXPECT_EQ(Reasons(end).at("p1"), REASON_SUPPRESS_NO_CONSENT);
}

TEST_F(RetryTest, WhatCannotBeOpenedIsTriedAndThenNamed) {
  const Parcel mail = Tell({.id = "p1"});
  options_.before_giving_up = absl::Seconds(12);
  const Effects later = Fails(mail, Result::kSealed);
  ASSERT_THAT(later.hold, SizeIs(1));
  now_ += absl::Seconds(10);
  EXPECT_THAT(Fails(later.hold[0].second, Result::kSealed).hold, IsEmpty());
  EXPECT_EQ(DeliveryOf(mail).state, DELIVERY_STATE_SUPPRESSED);
  EXPECT_EQ(DeliveryOf(mail).reason, REASON_SUPPRESS_UNREADABLE);
}

TEST_F(RetryTest, ReceiptsInEveryOrderAgree) {
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  EXPECT_EQ(Receipt("msg-nobody", "delivered").kind, ReceiptTaken::Kind::kUnknown);
  EXPECT_EQ(Receipt(sms.message(), "sent").kind, ReceiptTaken::Kind::kNothing);
  // Faster than the sender's own record.
  EXPECT_EQ(Receipt(sms.message(), "delivered").kind, ReceiptTaken::Kind::kDelivered);
  EXPECT_EQ(RecheckOf(state_, deliveries_, sms, now_).verdict, Recheck::Verdict::kDone);
  Sent(sms);
  EXPECT_EQ(DeliveryOf(sms).state, DELIVERY_STATE_DELIVERED);
  for (const char* late : {"failed", "delivered"}) {
    EXPECT_EQ(Receipt(sms.message(), late).kind, ReceiptTaken::Kind::kNothing);
  }
  EXPECT_EQ(DeliveryOf(sms).state, DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(ReachNow().delivered(), 1u);
}

TEST_F(RetryTest, AFailedReceiptBeforeTheRecordStaysAFailure) {
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  EXPECT_THAT(Receipt(sms.message(), "failed").effects.send, SizeIs(1));
  Sent(sms);
  EXPECT_EQ(DeliveryOf(sms).state, DELIVERY_STATE_FAILED);
  EXPECT_EQ(DeliveryOf(sms).reason, REASON_FAILED_REPORTED);
  EXPECT_EQ(ReachNow().told(), 0u);
  EXPECT_EQ(Receipt(sms.message(), "failed").kind, ReceiptTaken::Kind::kNothing);
  EXPECT_EQ(Receipt(sms.message(), "delivered").kind, ReceiptTaken::Kind::kDelivered);
  EXPECT_EQ(ReachNow().delivered(), 1u);
}

TEST_F(RetryTest, AnAttemptThatAReceiptHasSettledLeadsToNothing) {
  const Parcel sms = Tell({.id = "p1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Receipt(sms.message(), "delivered");
  EXPECT_THAT(Fails(sms, Result::kUnknown).facts, IsEmpty());
}

}  // namespace
}  // namespace vaka::notifications
