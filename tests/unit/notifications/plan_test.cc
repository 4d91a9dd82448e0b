#include "services/notifications/plan.h"

#include <gmock/gmock.h>

#include "services/notifications/answer.h"
#include "services/notifications/reach.h"
#include "tests/unit/notifications/world.h"

namespace vaka::notifications {
namespace {

using testing::Corrected;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Reported;
using testing::TownIncident;

class PlanTest : public WorldTest {
 protected:
  void RaiseOne() {
    Happens(Reported(TownIncident("i1", now_), "p3"));
    ASSERT_EQ(Raise(), 1);
  }
  Recheck Check(const Parcel& parcel) { return RecheckOf(state_, deliveries_, parcel, now_); }
};

TEST_F(PlanTest, TellsWhoMayBeToldAndSaysWhyNotOfTheRest) {
  Settle({.id = "p1"});
  Settle({.id = "p2", .consent = false});
  Settle({.id = "p3"});
  Settle({.id = "p4", .floor = 4});
  Settle({.id = "p5", .area = "a2"});
  RaiseOne();
  const Effects effects = PlanAll();
  EXPECT_THAT(People(effects.send), ElementsAre("p1"));
  EXPECT_EQ(Reasons(effects), (std::map<std::string, Reason>{{"p1", REASON_SEND_NOW},
                                                             {"p2", REASON_SUPPRESS_NO_CONSENT},
                                                             {"p3", REASON_SUPPRESS_REPORTER},
                                                             {"p4", REASON_SUPPRESS_NO_CHANNEL}}));
}

TEST_F(PlanTest, PartsLeaveNobodyOutAndTellNobodyTwice) {
  for (int i = 0; i < 7; ++i) Settle({.id = "q" + std::to_string(i)});
  RaiseOne();
  EXPECT_THAT(People(PlanAll(3).send), ElementsAre("q0", "q1", "q2", "q3", "q4", "q5", "q6"));
  EXPECT_EQ(position_.seq, state_.NextStep(0)->seq);
  EXPECT_EQ(position_.after, "");
}

TEST_F(PlanTest, AnUpdateGoesToExactlyThoseWhoGotTheOriginal) {
  Settle({.id = "p1"});
  Settle({.id = "p2", .consent = false});
  RaiseOne();
  Sent(PlanAll().send.at(0));
  Settle({.id = "late"});  // was not there when it happened
  event::v1::Event consents;
  consents.mutable_consent_changed()->set_person("p2");
  consents.mutable_consent_changed()->set_consent(true);
  Happens(consents);
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_category("fire");
  Happens(Corrected(incident));
  Raise();
  const Effects update = PlanAll();
  EXPECT_THAT(People(update.send), ElementsAre("p1"));
  EXPECT_EQ(Reasons(update).at("p1"), REASON_SEND_CORRECTION);
}

TEST_F(PlanTest, WhatJoinsAnAlertIsToldInOneMessageThatSaysSo) {
  Settle({.id = "p1"});
  RaiseOne();
  Sent(PlanAll().send.at(0));
  for (const char* id : {"i2", "i3"}) Happens(Reported(TownIncident(id, now_)));
  EXPECT_EQ(Raise(), 0);  // more may come
  now_ += absl::Minutes(11);
  EXPECT_EQ(Raise(), 1);
  const Effects joined = PlanAll();
  EXPECT_THAT(People(joined.send), ElementsAre("p1"));
  EXPECT_EQ(Reasons(joined).at("p1"), REASON_HOLD_GROUP);
}

TEST_F(PlanTest, AMoreSevereUpdateGoesToTheOthersToo) {
  Settle({.id = "p1"});
  Settle({.id = "p2", .floor = 4});
  RaiseOne();
  Sent(PlanAll().send.at(0));
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_severity(5);
  Happens(Corrected(incident));
  Raise();
  EXPECT_THAT(People(PlanAll().send), ElementsAre("p1", "p2"));
}

TEST_F(PlanTest, PartsOfAnUpdateTakeThoseToldAndThoseBeyondInOneOrder) {
  for (const char* told : {"p2", "p4"}) Settle({.id = told});
  for (const char* beyond : {"p1", "p3", "p5"}) Settle({.id = beyond, .floor = 4});
  Settle({.id = "p6"});
  RaiseOne();
  for (const Parcel& parcel : PlanAll(2).send) Sent(parcel);
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_severity(5);
  Happens(Corrected(incident));
  Raise();
  const Effects update = PlanAll(1);
  EXPECT_THAT(People(update.send), ElementsAre("p1", "p2", "p4", "p5", "p6"));  // p3 wrote it
  const std::map<std::string, Reason> reasons = Reasons(update);
  EXPECT_EQ(reasons.at("p3"), REASON_SUPPRESS_REPORTER);
  EXPECT_EQ(reasons.at("p2"), REASON_SEND_CORRECTION);
  EXPECT_EQ(reasons.at("p5"), REASON_SEND_CRITICAL);
}

TEST_F(PlanTest, RecallGoesToThoseWhoGotItAndStopsTheRest) {
  Settle({.id = "p1"});
  Settle({.id = "p2"});
  RaiseOne();
  const Effects first = PlanAll();
  Sent(first.send.at(0));
  Happens(DecideRecall(state_, OnlyAlert().id(), "fel")->facts.at(0));
  const Effects recall = PlanAll();
  // p2's original is still on its way: suppressed now, and so is what recalls it.
  EXPECT_EQ(Check(first.send.at(1)).reason, REASON_SUPPRESS_RECALLED);
  EXPECT_EQ(Check(recall.send.at(1)).verdict, Recheck::Verdict::kWait);
  Delivered(SuppressedFact(first.send.at(1), REASON_SUPPRESS_RECALLED));
  EXPECT_EQ(Check(recall.send.at(1)).verdict, Recheck::Verdict::kSuppress);
  EXPECT_EQ(Check(recall.send.at(0)).verdict, Recheck::Verdict::kSend);
}

TEST_F(PlanTest, RecallBeforePlanningTellsNobody) {
  Settle({.id = "p1"});
  RaiseOne();
  Happens(DecideRecall(state_, OnlyAlert().id(), "fel")->facts.at(0));
  const Effects effects = PlanAll();
  EXPECT_THAT(effects.send, IsEmpty());
  EXPECT_EQ(Reasons(effects).at("p1"), REASON_SUPPRESS_RECALLED);
}

TEST_F(PlanTest, HeldOverNightTellsTheAlertAsItThenStandsOnce) {
  Settle({.id = "p1"});
  now_ = testing::TownNoon() + absl::Hours(12);  // midnight
  RaiseOne();
  const Effects night = PlanAll();
  ASSERT_EQ(night.hold.size(), 1u);
  EXPECT_EQ(night.hold[0].first, testing::TownNoon() + absl::Hours(19));
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_category("fire");
  Happens(Corrected(incident));
  Raise();
  EXPECT_THAT(PlanAll().facts, IsEmpty());
  now_ = night.hold[0].first;
  EXPECT_EQ(Check(night.hold[0].second).verdict, Recheck::Verdict::kSend);
}

TEST_F(PlanTest, AConsentWithdrawnMeanwhileStops) {
  Settle({.id = "p1"});
  RaiseOne();
  const Effects effects = PlanAll();
  Happens(DecideUnsubscribe(state_, "p1").facts.at(0));
  EXPECT_EQ(Check(effects.send.at(0)).reason, REASON_SUPPRESS_NO_CONSENT);
}

TEST_F(PlanTest, QuietHoursThatBeganMeanwhileHoldItBack) {
  Settle({.id = "p1"});
  RaiseOne();
  const Parcel parcel = PlanAll().send.at(0);
  now_ = testing::TownNoon() + absl::Hours(11);  // 23:00 there
  const Recheck night = Check(parcel);
  EXPECT_EQ(night.verdict, Recheck::Verdict::kHold);
  EXPECT_EQ(night.reason, REASON_HOLD_QUIET_HOURS);
  const Effects held = ReleaseEffects(night, parcel, now_);
  ASSERT_EQ(held.hold.size(), 1u);
  EXPECT_EQ(held.hold[0].first, testing::TownNoon() + absl::Hours(19));
  for (const auto& fact : held.facts) Delivered(fact);
  now_ = held.hold[0].first;
  EXPECT_EQ(Check(parcel).verdict, Recheck::Verdict::kSend);
  EXPECT_EQ(deliveries_.Of(OnlyAlert().id()).Find("p1")->deliveries.size(), 1u);
}

TEST_F(PlanTest, TheInboxIsToldAtOnce) {
  Settle({.id = "p1", .channels = {registry::v1::CHANNEL_INBOX}});
  RaiseOne();
  EXPECT_THAT(PlanAll().send, IsEmpty());
  EXPECT_TRUE(deliveries_.Of(OnlyAlert().id()).Find("p1")->Told());
}

TEST_F(PlanTest, ReachCountsPeopleOnceWhateverTheirMessages) {
  Settle({.id = "p1"});
  Settle({.id = "p2"});
  Settle({.id = "p4", .consent = false});
  RaiseOne();
  const Effects effects = PlanAll();
  Sent(effects.send.at(0));
  event::v1::Event receipt;
  receipt.mutable_delivery_receipted()->set_message(effects.send[0].message());
  receipt.mutable_delivery_receipted()->set_delivered(true);
  Delivered(receipt);
  receipt.mutable_delivery_receipted()->set_delivered(false);
  Delivered(receipt);  // "delivered" is not taken back
  const std::string alert = OnlyAlert().id();
  Happens(DecideAcknowledge(state_, alert, "p1").facts.at(0));
  EXPECT_TRUE(DecideAcknowledge(state_, alert, "p1").facts.empty());
  for (uint32_t households : {10u, 12u}) {
    Happens(DecideRelay(alert, "p1", RELAY_CHANNEL_SMS, households).facts.at(0));
  }
  const AlertRecord& record = *state_.FindAlert(alert);
  const Reach reach = ReachOf(record, deliveries_.Of(alert), state_.registry());
  EXPECT_EQ(reach.recipients(), 3u);
  EXPECT_EQ(reach.told(), 1u);
  EXPECT_EQ(reach.delivered(), 1u);
  EXPECT_EQ(reach.acknowledged(), 1u);
  EXPECT_EQ(reach.relayed(), 1u);
  EXPECT_EQ(reach.households(), 12u);
  EXPECT_EQ(reach.households_in_areas(), 120u);
  EXPECT_EQ(reach.suppressed(), 1u);
  EXPECT_EQ(ReachByArea(record, deliveries_.Of(alert), state_.registry()).at(0).reach().told(), 1u);
  Deliveries copy;
  ASSERT_TRUE(copy.Restore(deliveries_.Serialize()).ok());
  EXPECT_EQ(copy.Serialize(), deliveries_.Serialize());
}

TEST_F(PlanTest, AStateOfManyRecipientsComesBackAsItWas) {
  for (const char* alert : {"one", "other"}) {
    for (int i = 0; i < 2500; ++i) {
      event::v1::Event event;
      auto& planned = *event.mutable_delivery_planned();
      planned.set_alert(alert);
      planned.set_person("p" + std::to_string(i));
      planned.set_message(alert + planned.person());
      planned.set_state(DELIVERY_STATE_PLANNED);
      Delivered(event);
    }
  }
  Deliveries copy;
  ASSERT_TRUE(copy.Restore(deliveries_.Serialize()).ok());
  EXPECT_EQ(copy.Serialize(), deliveries_.Serialize());
  EXPECT_EQ(copy.Of("other").size(), 2500U);
  EXPECT_EQ(copy.Find("otherp2499")->person, "p2499");
}

}  // namespace
}  // namespace vaka::notifications
