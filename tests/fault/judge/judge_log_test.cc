#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "libs/base/ids.h"
#include "tests/fault/judge/case.h"

namespace vaka::fault {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Text(const Verdict& verdict) {
  std::ostringstream out;
  out << verdict;
  return out.str();
}

// Exactly these findings and no other.
void ExpectOnly(const Verdict& verdict, Charge charge, uint64_t times = 1) {
  EXPECT_EQ(verdict.Of(charge), times) << Text(verdict);
  EXPECT_EQ(verdict.findings.size(), times) << Text(verdict);
}

TEST(JudgeTest, PassesWhatIsAsPromised) {
  Case all;
  all.Everything();
  const Verdict verdict = all.Judged();
  EXPECT_TRUE(verdict.ok()) << Text(verdict);
  EXPECT_EQ(verdict.counts.commands, 4u);
  EXPECT_EQ(verdict.counts.acknowledged, 1u);
  EXPECT_EQ(verdict.counts.refused, 1u);
  EXPECT_EQ(verdict.counts.unknown, 2u);
  EXPECT_EQ(verdict.counts.unknown_done, 1u);
  EXPECT_EQ(verdict.counts.facts, 3u);
  EXPECT_EQ(verdict.counts.own_facts, 1u);
  EXPECT_EQ(verdict.counts.messages, 3u);
  EXPECT_EQ(verdict.counts.handed_over, 1u);
  EXPECT_EQ(verdict.counts.not_sent_with_reason, 2u);
  EXPECT_GT(verdict.counts.states, 5u);
  EXPECT_EQ(verdict.counts.lost, 0u);
  EXPECT_THAT(Text(verdict), AllOf(HasSubstr("4 commands"), HasSubstr("lost 0, doubled 0")));
}

TEST(JudgeTest, FindsAnAcknowledgedCommandThatIsLost) {
  Case all;
  all.Report("one");
  all.Call("two", Outcome::kAcknowledged, 1);
  ExpectOnly(all.Judged(), Charge::kLost);
  EXPECT_EQ(all.Judged().counts.lost, 1u);
}

TEST(JudgeTest, FindsAnAcknowledgementOfAnotherNumber) {
  Case all;
  all.Report("one");
  all.Call("one", Outcome::kAcknowledged, 7);
  ExpectOnly(all.Judged(), Charge::kLost);
}

TEST(JudgeTest, FindsALostTail) {
  Case all;
  all.Report("one");
  all.Report("two");
  all.town().facts.pop_back();
  all.town().facts_head = 1;
  ExpectOnly(all.Judged(), Charge::kLost);
  all.town().facts_head = 2;
  EXPECT_EQ(all.Judged().Of(Charge::kHole), 1u) << "the head says that there was more";
}

TEST(JudgeTest, FindsAFactThatIsThereTwice) {
  Case all;
  all.Report("one");
  all.Write("one");
  ExpectOnly(all.Judged(), Charge::kDoubled);
}

TEST(JudgeTest, FindsAnUnknownCommandThatWasDoneTwice) {
  Case all;
  all.Call("one", Outcome::kUnknown);
  all.Write("one");
  EXPECT_TRUE(all.Judged().ok());
  all.Write("one");
  ExpectOnly(all.Judged(), Charge::kDoubled);
}

TEST(JudgeTest, ARepeatedCommandIsOneCommand) {
  Case all;
  all.Call("one", Outcome::kUnknown);
  all.Call("one", Outcome::kRefused);
  all.Report("one");
  all.Call("one", Outcome::kAcknowledged, 1);
  const Verdict verdict = all.Judged();
  EXPECT_TRUE(verdict.ok()) << Text(verdict);
  EXPECT_EQ(verdict.counts.calls, 4u);
  EXPECT_EQ(verdict.counts.commands, 1u);
  EXPECT_EQ(verdict.counts.acknowledged, 1u);
}

TEST(JudgeTest, FindsARefusedCommandThatWasDone) {
  Case all;
  all.Call("one", Outcome::kRefused);
  all.Write("one");
  ExpectOnly(all.Judged(), Charge::kRefusedDone);
}

TEST(JudgeTest, FindsAHole) {
  Case all;
  for (const char* key : {"one", "two", "three"}) all.Report(key);
  all.town().facts.erase(all.town().facts.begin() + 1);
  all.evidence().operations.erase(all.evidence().operations.begin() + 1);
  ExpectOnly(all.Judged(), Charge::kHole);
}

TEST(JudgeTest, FindsADamagedEntryAndWhatItHeld) {
  Case all;
  all.Report("one");
  all.town().facts[0].intact = false;
  all.town().facts[0].event.Clear();
  const Verdict verdict = all.Judged();
  EXPECT_EQ(verdict.Of(Charge::kDamaged), 1u);
  EXPECT_EQ(verdict.Of(Charge::kLost), 1u);
}

TEST(JudgeTest, FindsAForeignFact) {
  Case all;
  all.Write("nobody sent this");
  ExpectOnly(all.Judged(), Charge::kForeign);
  all.town().baseline = 1;
  EXPECT_TRUE(all.Judged().ok()) << "it was there before the history began";
}

TEST(JudgeTest, FindsAFactOfAnotherMunicipality) {
  Case all;
  all.Report("one");
  all.town().facts[0].event.set_kommun("0180");
  EXPECT_EQ(all.Judged().Of(Charge::kForeign), 1u);
}

TEST(JudgeTest, FindsAnAlertWithoutACause) {
  Case all;
  const std::string alert = all.Raise("incident-nobody-reported");
  ExpectOnly(all.Judged(), Charge::kForeign);
}

TEST(JudgeTest, FindsAnAlertMadeTwiceUnderAnotherKey) {
  Case all;
  const std::string incident = all.Report("one");
  all.Raise(incident);
  EXPECT_TRUE(all.Judged().ok());
  all.Raise(incident);
  event::v1::Event& second = all.town().facts.back().event;
  second.set_id(DeriveId("f", Case::kKommun, "another key"));
  second.mutable_alert_raised()->mutable_alert()->set_id("alert-another");
  ExpectOnly(all.Judged(), Charge::kForeign);
}

TEST(JudgeTest, FindsAServicesFactUnderAClientsName) {
  Case all;
  all.Raise(all.Report("one"));
  all.town().facts.back().event.mutable_actor()->set_role(options::v1::ROLE_COORDINATOR);
  ExpectOnly(all.Judged(), Charge::kForeign);
}

TEST(JudgeTest, FindsAVersionThatWasLeftOut) {
  Case all;
  const std::string alert = all.Raise(all.Report("one"));
  all.Update(alert);
  EXPECT_TRUE(all.Judged().ok());
  all.Update(alert);
  std::swap(all.town().facts[2], all.town().facts[3]);
  std::swap(all.town().facts[2].seq, all.town().facts[3].seq);
  EXPECT_EQ(all.Judged().Of(Charge::kForeign), 2u) << "each is not the next one";
}

TEST(JudgeTest, FindsAReplicaThatHasGoneAstray) {
  Case all;
  all.Everything();
  all.evidence().states[0].hash[0] ^= 1;
  ExpectOnly(all.Judged(), Charge::kDiverged);
}

TEST(JudgeTest, FindsAReplicaThatIsAheadOfTheLog) {
  Case all;
  all.Everything();
  all.evidence().states[0].position += 1;
  ExpectOnly(all.Judged(), Charge::kDiverged);
}

TEST(JudgeTest, FindsPersonalDataInAFact) {
  Case all;
  all.Everything();
  all.town().facts[0].bytes += "told by ANNA andersson";
  ExpectOnly(all.Judged(), Charge::kPersonal);
  all.town().facts[0].bytes.clear();
  all.town().deliveries[0].bytes += "smtp: 550 anna@example.se";
  ExpectOnly(all.Judged(), Charge::kPersonal);
}

TEST(JudgeTest, FindsPersonalDataInALineInEveryForm) {
  for (const char* text : {"to +46701234567", "to 0701234567", "POST /sms?to=%2B46701234567",
                           "no such user anna%40example.se"}) {
    Case all;
    all.Everything();
    all.evidence().lines.push_back({"notifications", text});
    EXPECT_GE(all.Judged().Of(Charge::kPersonal), 1u) << text;
  }
}

TEST(JudgeTest, ListsTheMostOfAKindAndCountsTheRest) {
  Case all;
  for (int i = 0; i < 25; ++i) {
    all.Call(absl::StrCat("lost-", i), Outcome::kAcknowledged, 1);
  }
  EXPECT_THAT(Text(all.Judged()), HasSubstr("lost: 15 more"));
  EXPECT_EQ(all.Judged().counts.lost, 25u);
}

}  // namespace
}  // namespace vaka::fault
