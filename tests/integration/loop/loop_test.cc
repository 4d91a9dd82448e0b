// The whole loop over the public API alone: a report becomes an e-mail and a text message for
// exactly the right people, their answers become reach, the car gets the incident, the debrief and
// the incident are counted in the week's picture, and a correction becomes a numbered revision that
// says what changed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "tests/integration/loop/loop_fixture.h"

namespace vaka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

uint32_t CountOf(const est::v1::Picture& picture, const std::string& category) {
  uint32_t count = 0;
  for (const est::v1::Cell& cell : picture.cells())
    count += cell.category() == category ? cell.count() : 0;
  return count;
}

class LoopTest : public LoopFixture {
 public:
  // The loop's steps, in order; each goes on with what those before it left.
  void RegisterEverybody();
  void AReportReachesTheRightPeople();
  void OneAnswersFromTheLink();
  void APatrolGoesOut();
  void TheCarGetsTheIncident();
  void ThePatrolReturns();
  void TheWeekIsPublished();
  void ACorrectionBecomesARevision();

 protected:
  std::string incident_;
  std::string alert_;
  std::string shift_;
};

TEST_F(LoopTest, ReportAlertReachPatrolPictureAndRevision) {
  for (const auto step : {&LoopTest::RegisterEverybody, &LoopTest::AReportReachesTheRightPeople,
                          &LoopTest::OneAnswersFromTheLink, &LoopTest::APatrolGoesOut,
                          &LoopTest::TheCarGetsTheIncident, &LoopTest::ThePatrolReturns,
                          &LoopTest::TheWeekIsPublished, &LoopTest::ACorrectionBecomesARevision}) {
    ASSERT_NO_FATAL_FAILURE((this->*step)());
  }
}

TEST_F(LoopTest, GoesOnWithItsDataAfterARestart) {
  RegisterArea("torget", 59.2390, 17.8450);
  const auto report = CALL(intake, IntakeService, Report, police_,
                           *request.mutable_submission() = Shooting(59.2400, 17.8470));
  ASSERT_TRUE(system_.Stop().ok());
  ASSERT_TRUE(system_.Start().ok());
  const auto listed =
      CALL(intake, IntakeService, List, police_, request.set_at_least(report.seq()));
  ASSERT_EQ(listed.incidents_size(), 1);
  EXPECT_EQ(listed.incidents(0).incident().id(), report.incident());
  EXPECT_EQ(listed.incidents(0).text(), "Kraftig smäll vid torget, avspärrat.");
}

TEST_F(LoopTest, ReportWithPersonalDataIsRefusedWithItsPositionAndLeavesNothing) {
  intake::v1::ReportRequest personal;
  *personal.mutable_submission() = Shooting(59.2400, 17.8470);
  personal.mutable_submission()->set_text("Ring 070-174 06 05 om det.");
  intake::v1::ReportResponse response;
  const absl::Status status = Try<intake::v1::IntakeService>(
      &intake::v1::IntakeService::StubInterface::Report, personal, &response, police_);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  const auto info = InfoOf(status);
  ASSERT_TRUE(info.has_value());
  ASSERT_EQ(info->hits_size(), 1);
  EXPECT_EQ(info->hits(0).begin(), 5u);
  EXPECT_EQ(info->hits(0).kind(), "phone");
  const auto listed = CALL(intake, IntakeService, List, police_, request.set_limit(10));
  EXPECT_THAT(listed.incidents(), IsEmpty());
}

void LoopTest::RegisterEverybody() {
  RegisterArea("torget", 59.2390, 17.8450);
  RegisterArea("backen", 59.2440, 17.8560);
  RegisterContact("mejl-a", "torget", registry::v1::CHANNEL_EMAIL, true, 15);
  RegisterContact("sms-b", "torget", registry::v1::CHANNEL_SMS, true, 12);
  RegisterContact("nej-c", "torget", registry::v1::CHANNEL_EMAIL, false, 10);
  RegisterContact("annan-d", "backen", registry::v1::CHANNEL_EMAIL, true, 20);
  RegisterPatrol();
}

void LoopTest::AReportReachesTheRightPeople() {
  const auto report = CALL(intake, IntakeService, Report, police_,
                           { *request.mutable_submission() = Shooting(59.2400, 17.8470); });
  ASSERT_EQ(report.area(), "torget");
  incident_ = report.incident();
  ASSERT_TRUE(redis::Eventually([&] { return !MailTo().empty() && !SmsTo().empty(); }));
  const auto alerts = CALL(notifications, NotificationsService, ListAlerts, coordinator_,
                           request.set_at_least(seq_));
  ASSERT_EQ(alerts.alerts_size(), 1);
  alert_ = alerts.alerts(0).alert().id();
  ASSERT_TRUE(redis::Eventually([&] { return Alert(alert_).alert().reach().delivered() >= 1; }));
  EXPECT_THAT(MailTo(), ElementsAre(HasSubstr("mejl-a@example.org")));
  EXPECT_THAT(SmsTo(), ElementsAre(Phone("sms-b")));
  const sink::Mail mail = LastMail();
  EXPECT_THAT(mail.plain, HasSubstr("Område torget"));
  EXPECT_THAT(mail.html, HasSubstr("<html"));
  EXPECT_LE(LastSms().size(), 480u);
}

void LoopTest::OneAnswersFromTheLink() {
  const std::string link = LinkIn(LastMail().plain);
  ASSERT_FALSE(link.empty()) << LastMail().plain;
  const auto opened =
      CALL(notifications, NotificationsService, OpenLink, "", request.set_link(link));
  EXPECT_EQ(opened.alert(), alert_);
  EXPECT_EQ(opened.households(), 15u) << "the number this person covers is proposed";
  CALL(notifications, NotificationsService, Acknowledge, "", request.set_link(link));
  CALL(notifications, NotificationsService, RelayReported, "", {
    request.set_link(link);
    request.set_by(notifications::v1::RELAY_CHANNEL_NOTICE_BOARD);
    request.set_households(14);
  });
  // Their own page shows their own answer, however soon they look.
  const auto reread = CALL(notifications, NotificationsService, OpenLink, "", {
    request.set_link(link);
    request.set_at_least(seq_);
  });
  EXPECT_TRUE(reread.acknowledged());
  EXPECT_TRUE(reread.relayed());
  EXPECT_EQ(reread.households(), 14u);
  const notifications::v1::Reach reach = Alert(alert_).alert().reach();
  EXPECT_EQ(reach.told(), 2u);
  EXPECT_EQ(reach.acknowledged(), 1u);
  EXPECT_EQ(reach.relayed(), 1u);
  EXPECT_EQ(reach.households(), 14u);
  EXPECT_EQ(reach.suppressed(), 1u) << "no consent, no message, and it says so";
}

void LoopTest::APatrolGoesOut() {
  const auto shift = CALL(dispatch, DispatchService, OpenShift, police_, {
    *request.mutable_starts() = ToProto(clock_.Now());
    *request.mutable_ends() = ToProto(clock_.Now() + absl::Hours(6));
  });
  shift_ = shift.shift();
  CALL(dispatch, DispatchService, StaffShift, police_, {
    request.set_shift(shift_);
    request.add_crew("pat-1");
    request.add_crew("pat-2");
    request.set_driver("pat-1");
  });
  CALL(dispatch, DispatchService, BriefShift, police_, request.set_shift(shift_));
  CALL(dispatch, DispatchService, StartShift, patroller_, request.set_shift(shift_));
}

void LoopTest::TheCarGetsTheIncident() {
  const auto sent = CALL(dispatch, DispatchService, DispatchIncident, police_, {
    request.set_shift(shift_);
    request.set_incident(incident_);
  });
  CALL(dispatch, DispatchService, AnswerDispatch, patroller_, {
    request.set_shift(shift_);
    request.set_dispatch(sent.dispatch());
    request.set_answer(dispatch::v1::DISPATCH_ANSWER_ACCEPTED);
  });
  const auto out = CALL(dispatch, DispatchService, GetShift, patroller_, {
    request.set_shift(shift_);
    request.set_at_least(seq_);
  });
  std::string stop;
  for (const dispatch::v1::Stop& candidate : out.shift().stops()) {
    if (candidate.kind() == dispatch::v1::STOP_KIND_DISPATCH && candidate.incident() == incident_)
      stop = candidate.id();
  }
  ASSERT_FALSE(stop.empty()) << out.shift().DebugString();
  CALL(dispatch, DispatchService, CompleteStop, patroller_, {
    request.set_shift(shift_);
    request.set_stop(stop);
  });
}

void LoopTest::ThePatrolReturns() {
  CALL(dispatch, DispatchService, ReturnShift, patroller_, request.set_shift(shift_));
  CALL(dispatch, DispatchService, DebriefShift, patroller_, {
    request.set_shift(shift_);
    dispatch::v1::DebriefItem* item = request.add_items();
    item->set_category("graffiti");
    item->set_district("alby");
    item->set_count(2);
  });
}

void LoopTest::TheWeekIsPublished() {
  CALL(est, EstService, FreezeWeek, coordinator_, *request.mutable_week() = week_);
  CALL(est, EstService, Publish, coordinator_, *request.mutable_week() = week_);
  const auto published = Week();
  EXPECT_EQ(published.picture().revision(), 1u);
  EXPECT_EQ(CountOf(published.picture(), "shooting_explosion"), 1u);
  EXPECT_EQ(CountOf(published.picture(), "graffiti"), 2u);
}

void LoopTest::ACorrectionBecomesARevision() {
  CALL(intake, IntakeService, Correct, police_, {
    request.set_incident(incident_);
    *request.mutable_submission() = Shooting(59.2400, 17.8470);
    request.mutable_submission()->set_category("fire_other");
    request.set_reason("Gasolflaska i container");
  });
  const auto pending = Week();
  EXPECT_EQ(pending.picture().revision(), 1u);
  EXPECT_EQ(CountOf(pending.picture(), "shooting_explosion"), 1u)
      << "a published picture never changes silently";
  const auto revised = CALL(est, EstService, Revise, coordinator_, *request.mutable_week() = week_);
  EXPECT_EQ(revised.revision(), 2u);
  std::vector<std::string> changes;
  for (const est::v1::CellChange& change : revised.changes()) {
    changes.push_back(absl::StrCat(change.category(), " ", change.before(), "→", change.after(),
                                   " ", change.reason()));
  }
  EXPECT_THAT(changes,
              UnorderedElementsAre("shooting_explosion 1→0 corrected", "fire_other 0→1 corrected"));
  // The correction reaches exactly those who got the original.
  ASSERT_TRUE(redis::Eventually([&] { return MailTo().size() == 2 && SmsTo().size() == 2; }));
  EXPECT_THAT(MailTo(), testing::Each(HasSubstr("mejl-a@example.org")));
}

}  // namespace
}  // namespace vaka
