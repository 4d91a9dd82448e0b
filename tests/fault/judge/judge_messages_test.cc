#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "services/notifications/planned.h"
#include "tests/fault/judge/carried.h"
#include "tests/fault/judge/case.h"

namespace vaka::fault {
namespace {

class JudgeMessagesTest : public ::testing::Test {
 protected:
  JudgeMessagesTest() : alert_(all_.Raise(all_.Report("one"))) {}

  void ExpectOnly(Charge charge, uint64_t times = 1) {
    const Verdict verdict = all_.Judged();
    EXPECT_EQ(verdict.Of(charge), times) << verdict;
    EXPECT_EQ(verdict.findings.size(), times) << verdict;
  }
  void ExpectClean() { EXPECT_TRUE(all_.Judged().ok()) << all_.Judged(); }

  Case all_;
  const std::string alert_;
};

TEST_F(JudgeMessagesTest, FindsARecipientWhomThePlannerForgot) {
  all_.Send(all_.Plan(alert_, "p-1"));
  all_.town().expected = {{alert_, "p-1"}};
  ExpectClean();
  all_.town().expected.push_back({alert_, "p-2"});
  ExpectOnly(Charge::kNotPlanned);
}

TEST_F(JudgeMessagesTest, FindsAPlannerThatStoppedHalfway) {
  all_.town().planned_up_to = 1;
  ExpectOnly(Charge::kNotPlanned);
}

TEST_F(JudgeMessagesTest, FindsACorrectionThatDidNotReachWhoGotTheFirst) {
  all_.Send(all_.Plan(alert_, "p-1"));
  all_.Send(all_.Plan(alert_, "p-2"));
  all_.Update(alert_);
  all_.Send(all_.Plan(alert_, "p-1"));
  ExpectOnly(Charge::kNotPlanned);
  all_.Send(all_.Plan(alert_, "p-2"));
  ExpectClean();
}

TEST_F(JudgeMessagesTest, FindsAMessageThatVanishedFromTheOutbox) {
  const std::string message = all_.Plan(alert_, "p-1");
  ExpectOnly(Charge::kNotSent);
  all_.town().outbox.emplace_back().set_message(message);
  ExpectOnly(Charge::kNotSent);
  EXPECT_EQ(all_.Judged().counts.lost, 1u) << "all is at rest, so it should have gone";
}

TEST_F(JudgeMessagesTest, FindsAHeldMessageThatVanished) {
  all_.Plan(alert_, "p-1", notifications::v1::DELIVERY_STATE_HELD,
            notifications::v1::REASON_HOLD_QUIET_HOURS);
  ExpectClean();
  all_.town().held.clear();
  ExpectOnly(Charge::kNotSent);
}

TEST_F(JudgeMessagesTest, TakesAReasonThatIsNamed) {
  all_.RecordFailed(all_.Plan(alert_, "p-1"), /*final=*/true);
  all_.Plan(alert_, "p-2", notifications::v1::DELIVERY_STATE_SUPPRESSED,
            notifications::v1::REASON_SUPPRESS_NO_CONSENT);
  ExpectClean();
  EXPECT_EQ(all_.Judged().counts.not_sent_with_reason, 2u);
  all_.RecordFailed(all_.Plan(alert_, "p-3"), /*final=*/false);
  ExpectOnly(Charge::kNotSent);
}

TEST_F(JudgeMessagesTest, FindsAMessageRecordedAsSentThatNobodyGot) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.RecordSent(message);
  ExpectOnly(Charge::kNeverHanded);
  HandOver& refused = all_.HandOverOnly(message);
  refused.accepted = false;
  ExpectOnly(Charge::kNeverHanded);
}

TEST_F(JudgeMessagesTest, FindsAPlanThatSaysNotOfEachWhatHappens) {
  all_.Send(all_.Plan(alert_, "p-1"));
  StoredFact second = all_.town().deliveries[0];
  second.seq = ++all_.town().deliveries_head;
  second.event.mutable_deliveries_planned()->add_persons("p-2");
  all_.town().deliveries.push_back(second);
  ExpectOnly(Charge::kForeign);
}

TEST_F(JudgeMessagesTest, FindsAHandOverThatIsRecordedNowhere) {
  all_.HandOverOnly(all_.Plan(alert_, "p-1"));
  ExpectOnly(Charge::kLost);
}

TEST_F(JudgeMessagesTest, TakesTheProvidersReceiptAsTheRecordOfADeadSender) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.HandOverOnly(message);
  all_.RecordReceipted(message);
  ExpectClean();
}

TEST_F(JudgeMessagesTest, FindsARecordMadeTwice) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.Send(message);
  all_.RecordSent(message);
  ExpectOnly(Charge::kDoubled);
}

TEST_F(JudgeMessagesTest, FindsAPlanMadeTwice) {
  all_.Send(all_.Plan(alert_, "p-1"));
  all_.Plan(alert_, "p-1");
  ExpectOnly(Charge::kDoubled);
}

TEST_F(JudgeMessagesTest, FindsASecondHandOverWithoutAnExcuse) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.Send(message);
  all_.HandOverOnly(message);
  ExpectOnly(Charge::kRepeated);
  EXPECT_EQ(all_.Judged().counts.doubled, 1u);
}

TEST_F(JudgeMessagesTest, TakesASecondHandOverWhenTheSenderDiedInBetween) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.HandOverOnly(message);
  Fault& killed = all_.evidence().faults.emplace_back();
  killed.kind = "kill -9";
  killed.from = killed.to = all_.now();
  all_.Send(message);
  ExpectOnly(Charge::kRepeated);
  killed.ends_sender = true;
  ExpectClean();
  EXPECT_EQ(all_.Judged().counts.repeated_with_excuse, 1u);
  all_.HandOverOnly(message);
  ExpectOnly(Charge::kRepeated);
}

TEST_F(JudgeMessagesTest, TakesASecondHandOverWhenTheAnswerWasLost) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.HandOverOnly(message).answered = false;
  all_.RecordFailed(message, /*final=*/false);
  all_.Send(message);
  ExpectClean();
  EXPECT_EQ(all_.Judged().counts.repeated_with_excuse, 1u);
}

TEST_F(JudgeMessagesTest, FindsASecondHandOverUnderAnotherId) {
  all_.Send(all_.Plan(alert_, "p-1"));
  all_.HandOverOnly("msg-another");
  ExpectOnly(Charge::kUnknownMessage);
}

// As an older log may hold it: the fact of one recipient says the id.
TEST_F(JudgeMessagesTest, FindsTheSameToTheSamePersonUnderTwoIds) {
  all_.Send(all_.Plan(alert_, "p-1"));
  StoredFact second = all_.town().deliveries[0];
  second.seq = ++all_.town().deliveries_head;
  const notifications::v1::DeliveryPlanned first = notifications::PlannedIn(second.event).at(0);
  *second.event.mutable_delivery_planned() = first;
  second.event.mutable_delivery_planned()->set_message("msg-another");
  all_.town().deliveries.push_back(second);
  all_.Send("msg-another");
  ExpectOnly(Charge::kDoubled);
}

TEST_F(JudgeMessagesTest, FindsAMessageWithoutAnId) {
  all_.HandOverOnly("");
  ExpectOnly(Charge::kUnknownMessage);
}

TEST_F(JudgeMessagesTest, FindsAMessageThatWentToSomebodyElseToo) {
  const std::string message = all_.Plan(alert_, "p-1");
  all_.HandOverOnly(message).answered = false;
  all_.Send(message);
  all_.evidence().hand_overs[1].recipient = "other@town.invalid";
  ExpectOnly(Charge::kRepeated);
}

TEST_F(JudgeMessagesTest, FindsDeliveriesThatNobodyPlanned) {
  all_.RecordFailed("msg-foreign", /*final=*/true);
  all_.town().held.emplace_back().set_message("msg-foreign-too");
  ExpectOnly(Charge::kForeign, 2);
}

TEST_F(JudgeMessagesTest, FindsAPlanForAnAlertThatIsNotThere) {
  all_.Send(all_.Plan(alert_, "p-1"));
  all_.town().deliveries[0].event.set_causation(1);
  ExpectOnly(Charge::kForeign);
}

TEST(CarriedTest, ReadsTheMessagesIdAsItTravels) {
  EXPECT_EQ(MessageOfMail("From: a\r\nMessage-ID: <msg-abcdefghijklmnop@vaka.invalid>\r\n\r\nx"),
            "msg-abcdefghijklmnop");
  EXPECT_EQ(MessageOfMail("From: a\r\n\r\nMessage-ID: <msg-abcdefghijklmnop@x>\r\n"), "")
      << "the body is not the header";
  EXPECT_EQ(MessageOfSms("Inbrott. http://127.0.0.1:8080/l/0127abcdefghijklmnopTAGTAGTAGTAG12 /A"),
            "msg-abcdefghijklmnop");
  EXPECT_EQ(MessageOfSms("Inbrott."), "");
}

}  // namespace
}  // namespace vaka::fault
