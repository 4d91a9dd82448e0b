#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "libs/base/status.h"
#include "tests/unit/intake/town.h"

namespace vaka::intake {
namespace {

using testing::Coordinator;
using testing::DraftOf;
using ::testing::ElementsAre;
using testing::FromSource;
using testing::Guard;
using ::testing::HasSubstr;
using testing::Importer;
using testing::Latest;
using testing::Noon;
using testing::Patroller;
using testing::Town;

std::string FieldOf(const absl::Status& status) {
  const auto info = InfoOf(status);
  return status.code() == absl::StatusCode::kInvalidArgument && info.has_value()
             ? info->field()
             : status.ToString();
}

TEST(DecideReportTest, FillsInWhatTheReporterLeftOut) {
  Town town;
  const auto report = town.Say(DraftOf("inc-1", "burglary_house"), Guard());
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->outcome, v1::OUTCOME_REPORTED);
  EXPECT_THAT(report->decision.rests_on, ElementsAre("incident:inc-1"));
  const v1::Incident incident = Latest(town.state, "inc-1");
  EXPECT_EQ(incident.where().area(), "a-alby");
  EXPECT_EQ(incident.where().district(), "alby");
  EXPECT_EQ(incident.severity(), 3u);
  EXPECT_EQ(incident.visibility(), v1::VISIBILITY_CONTACT_PERSONS);
  EXPECT_EQ(incident.confidence(), v1::CONFIDENCE_SUSPECTED);
  EXPECT_EQ(incident.source_role(), options::v1::ROLE_AGENCY_REPORTER);
  EXPECT_EQ(incident.source_agency(), "guards");
  EXPECT_EQ(FromProto(incident.observed_from()), Noon());
  EXPECT_EQ(FromProto(incident.reported_at()), Noon());
  EXPECT_FALSE(incident.has_observed_to());
}

TEST(DecideReportTest, SeverityOfACategoryThatNamesNoneIsThree) {
  Town town;
  ASSERT_TRUE(town.Say(DraftOf("inc-1", "traffic"), Guard()).ok());
  EXPECT_EQ(Latest(town.state, "inc-1").severity(), 3u);
}

TEST(DecideReportTest, WorryCreatesInsecurityWhateverIsSaid) {
  Town town;
  ASSERT_TRUE(town.Say(DraftOf("inc-1", "worry"), Guard()).ok());
  EXPECT_TRUE(Latest(town.state, "inc-1").insecurity());
}

TEST(DecideReportTest, NamesTheFieldThatIsWrong) {
  Town town;
  const auto refused = [&](const std::function<void(v1::Submission&)>& spoil) {
    Draft draft = DraftOf("inc-1");
    spoil(draft.submission);
    return FieldOf(DecideReport(town.state, draft, Guard(), Noon()).status());
  };
  EXPECT_EQ(refused([](auto& s) { s.set_category("nonsense"); }), "submission.category");
  EXPECT_EQ(refused([](auto& s) { s.set_severity(6); }), "submission.severity");
  EXPECT_EQ(refused([](auto& s) { s.clear_where(); }), "submission.where");
  EXPECT_EQ(
      refused([](auto& s) { *s.mutable_observed_from() = ToProto(Noon() + absl::Minutes(6)); }),
      "submission.observed_from");
  EXPECT_EQ(refused([](auto& s) { *s.mutable_observed_from() = ToProto(absl::UnixEpoch()); }),
            "submission.observed_from");
  EXPECT_EQ(refused([](auto& s) {
              *s.mutable_observed_from() = ToProto(Noon());
              *s.mutable_observed_to() = ToProto(Noon() - absl::Seconds(1));
            }),
            "submission.observed_to");
  EXPECT_EQ(refused([](auto& s) { *s.mutable_reported_at() = ToProto(Noon() + absl::Minutes(6)); }),
            "submission.reported_at");
}

TEST(DecideReportTest, AClockThatRunsAheadALittleIsTolerated) {
  Town town;
  Draft draft = DraftOf("inc-1");
  *draft.submission.mutable_observed_from() = ToProto(Noon() + absl::Minutes(4));
  EXPECT_TRUE(DecideReport(town.state, draft, Guard(), Noon()).ok());
}

TEST(DecideReportTest, SourceReferencesAreNotForResidents) {
  Town town;
  const Caller resident{{options::v1::ROLE_RESIDENT}, ""};
  EXPECT_EQ(
      FieldOf(DecideReport(town.state, FromSource("polisen:1", "a"), resident, Noon()).status()),
      "submission.source_ref");
}

TEST(DecideReportTest, RepeatedKeyChangesNothing) {
  Town town;
  ASSERT_TRUE(town.Say(DraftOf("inc-1"), Guard()).ok());
  const auto again = town.Say(DraftOf("inc-1", "worry"), Guard());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->outcome, v1::OUTCOME_UNCHANGED);
  EXPECT_EQ(again->where.area(), "a-alby");
  EXPECT_TRUE(again->decision.facts.empty());
}

TEST(DecideReportTest, SourceThatSaysTheSameChangesNothing) {
  Town town;
  ASSERT_TRUE(town.Say(FromSource("polisen:1", "a"), Importer()).ok());
  const auto again = town.Say(FromSource("polisen:1", "a"), Importer());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->outcome, v1::OUTCOME_UNCHANGED);
  EXPECT_EQ(town.state.size(), 1u);
}

TEST(DecideReportTest, SourceThatEditsItsReportCorrectsIt) {
  Town town;
  ASSERT_TRUE(town.Say(FromSource("polisen:1", "a"), Importer()).ok());
  Draft edited = FromSource("polisen:1", "b");
  edited.submission.set_category("homicide");
  const auto corrected = town.Say(edited, Importer(), Noon() + absl::Hours(1));
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  EXPECT_EQ(corrected->outcome, v1::OUTCOME_CORRECTED);
  EXPECT_EQ(town.state.size(), 1u);
  EXPECT_EQ(town.state.At(0).version, 2u);
  const v1::Incident incident = Latest(town.state, edited.id);
  EXPECT_EQ(incident.severity(), 5u);
  EXPECT_EQ(incident.source_ref(), "polisen:1");
  EXPECT_EQ(FromProto(incident.reported_at()), Noon());
  EXPECT_EQ(town.Say(edited, Importer())->outcome, v1::OUTCOME_UNCHANGED);
}

TEST(DecideReportTest, AnotherAgencyCannotCorrectASourcesReport) {
  Town town;
  ASSERT_TRUE(town.Say(FromSource("polisen:1", "a"), Importer()).ok());
  EXPECT_EQ(town.Say(FromSource("polisen:1", "b"), Guard()).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(DecideReportTest, WithdrawnReportStaysWithdrawnWhenItsSourceEditsIt) {
  Town town;
  const Draft draft = FromSource("polisen:1", "a");
  ASSERT_TRUE(town.Say(draft, Importer()).ok());
  ASSERT_TRUE(town.Take(*DecideWithdraw(town.state, draft.id, "wrong", Coordinator())).ok());
  EXPECT_EQ(town.Say(FromSource("polisen:1", "b"), Importer())->outcome, v1::OUTCOME_UNCHANGED);
}

TEST(DecideReportTest, NeedsAConfiguration) {
  const State empty;
  EXPECT_EQ(DecideReport(empty, DraftOf("inc-1"), Guard(), Noon()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(DecideCorrectTest, KeepsSourceAndTimesThatWereNotGiven) {
  Town town;
  ASSERT_TRUE(town.Say(FromSource("polisen:1", "a"), Importer()).ok());
  const std::string id = FromSource("polisen:1", "a").id;
  const auto decision = DecideCorrect(town.state, DraftOf(id, "worry", "Grödinge kyrka"),
                                      "fel plats", Coordinator(), Noon() + absl::Hours(2));
  ASSERT_TRUE(decision.ok()) << decision.status();
  EXPECT_THAT(decision->rests_on, ElementsAre("incident:" + id));
  ASSERT_TRUE(town.Take(*decision).ok());
  const v1::Incident incident = Latest(town.state, id);
  EXPECT_EQ(incident.where().district(), "grodinge");
  EXPECT_EQ(incident.where().area(), "");
  EXPECT_EQ(incident.source_role(), options::v1::ROLE_SYSTEM);
  EXPECT_EQ(FromProto(incident.observed_from()), Noon());
  // The next import of the same content does not take the correction back.
  EXPECT_EQ(town.Say(FromSource("polisen:1", "a"), Importer())->outcome, v1::OUTCOME_UNCHANGED);
  EXPECT_EQ(Latest(town.state, id).category(), "worry");
}

TEST(DecideCorrectTest, IsForOwnReportsAndForCoordinators) {
  Town town;
  ASSERT_TRUE(town.Say(DraftOf("inc-1"), Guard()).ok());
  const auto by = [&](const Caller& caller) {
    return DecideCorrect(town.state, DraftOf("inc-1"), "", caller, Noon()).status().code();
  };
  EXPECT_EQ(by(Guard()), absl::StatusCode::kOk);
  EXPECT_EQ(by(Coordinator()), absl::StatusCode::kOk);
  EXPECT_EQ(by(Patroller()), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(by(Caller{{options::v1::ROLE_PATROLLER}, ""}), absl::StatusCode::kPermissionDenied);
}

TEST(DecideCorrectTest, NeedsAnIncidentThatStands) {
  Town town;
  EXPECT_EQ(DecideCorrect(town.state, DraftOf("inc-9"), "", Coordinator(), Noon()).status().code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(town.Say(DraftOf("inc-1"), Guard()).ok());
  ASSERT_TRUE(town.Take(*DecideWithdraw(town.state, "inc-1", "wrong", Guard())).ok());
  EXPECT_EQ(DecideCorrect(town.state, DraftOf("inc-1"), "", Guard(), Noon()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(DecideWithdrawTest, TwiceIsOnce) {
  Town town;
  ASSERT_TRUE(town.Say(DraftOf("inc-1"), Guard()).ok());
  const auto first = DecideWithdraw(town.state, "inc-1", "wrong", Guard());
  ASSERT_TRUE(first.ok());
  ASSERT_EQ(first->facts.size(), 1u);
  EXPECT_THAT(first->rests_on, ElementsAre("incident:inc-1"));
  ASSERT_TRUE(town.Take(*first).ok());
  EXPECT_TRUE(town.state.At(0).withdrawn);
  EXPECT_TRUE(DecideWithdraw(town.state, "inc-1", "wrong", Guard())->facts.empty());
  EXPECT_EQ(DecideWithdraw(town.state, "inc-9", "wrong", Guard()).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(DecideWithdraw(town.state, "inc-1", "wrong", Patroller()).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST(DecideLinkTest, LinksKnownIncidentsOnce) {
  Town town;
  for (const char* id : {"inc-1", "inc-2", "inc-3"})
    ASSERT_TRUE(town.Say(DraftOf(id), Guard()).ok());
  v1::LinkRequest request;
  request.set_event("inc-2");
  request.add_incidents("inc-2");
  EXPECT_EQ(FieldOf(DecideLink(town.state, request).status()), "incidents");
  request.add_incidents("inc-9");
  EXPECT_EQ(DecideLink(town.state, request).status().code(), absl::StatusCode::kNotFound);
  request.set_incidents(1, "inc-3");
  const auto decision = DecideLink(town.state, request);
  ASSERT_TRUE(decision.ok());
  EXPECT_THAT(decision->rests_on, ElementsAre("incident:inc-2", "incident:inc-3"));
  ASSERT_TRUE(town.Take(*decision).ok());
  EXPECT_EQ(town.state.At(0).event, State::kNone);
  EXPECT_EQ(town.state.At(1).event, 1u);
  EXPECT_EQ(town.state.At(2).event, 1u);
  EXPECT_TRUE(DecideLink(town.state, request)->facts.empty());
}

TEST(ScreenSubmissionTest, LooksAtTextAndPlace) {
  v1::Submission submission;
  submission.set_text("Ring 070-123 45 67");
  EXPECT_EQ(FieldOf(ScreenSubmission(submission)), "submission.text");
  submission.set_text("Klotter");
  EXPECT_TRUE(ScreenSubmission(submission).ok());
  submission.mutable_where()->set_place("hos 640823-3234");
  EXPECT_EQ(FieldOf(ScreenSubmission(submission)), "submission.where.place");
}

TEST(IncidentIdTest, IsOfTheSourceWhereThereIsOne) {
  v1::Submission said;
  EXPECT_NE(IncidentId("0127", "a", said), IncidentId("0127", "b", said));
  EXPECT_NE(IncidentId("0127", "a", said), IncidentId("0180", "a", said));
  said.set_source_ref("polisen:1");
  EXPECT_EQ(IncidentId("0127", "a", said), IncidentId("0127", "b", said));
}

}  // namespace
}  // namespace vaka::intake
