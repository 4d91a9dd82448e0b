// Contributions, measures and the schedule's steps.
#include "services/est/decide.h"

#include "libs/base/status.h"
#include "tests/unit/est/est_fixture.h"

namespace vaka::est {
namespace {

class DecideTest : public EstFixture {
 protected:
  v1::Measure ADarkPath() const {
    v1::Measure measure;
    measure.set_title("Belysning längs gångvägen");
    measure.set_owner_agency("municipality");
    measure.add_partners("housing");
    v1::Problem& problem = *measure.mutable_problem();
    problem.set_district("alby");
    problem.set_category("robbery");
    problem.set_statement("Rån vid gångtunneln efter mörkrets inbrott");
    *measure.mutable_due() = ToProto(now_ + absl::Hours(24 * 14));
    return measure;
  }
  static std::string Field(const absl::Status& status) {
    const auto info = InfoOf(status);
    return info.has_value() ? info->field() : "";
  }
};

TEST_F(DecideTest, AContributionIsCheckedFieldByField) {
  const Who police{.agency = "police"};
  v1::SubmitContributionRequest request = Contribution(kWeek, "police");
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()), "nothing_to_report");
  v1::ContributedCount& count = *request.add_counts();
  count.set_district("atlantis");
  count.set_category("graffiti");
  count.set_count(1);
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()),
            "counts[0].district");
  count.set_district("alby");
  count.set_category("dragons");
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()),
            "counts[0].category");
  count.set_category("graffiti");
  count.set_note("gärningsman 19811218-9876");
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()), "counts[0].note");
  count.clear_note();
  EXPECT_TRUE(DecideContribution(state_, request, police, now_).ok());
  *request.add_counts() = count;
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()),
            "counts[1].category");
  request.mutable_counts()->RemoveLast();
  request.set_nothing_to_report(true);
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()), "nothing_to_report");
}

TEST_F(DecideTest, AnAgencyContributesForItself) {
  v1::SubmitContributionRequest request = Contribution(kWeek, "housing");
  request.set_nothing_to_report(true);
  EXPECT_TRUE(absl::IsPermissionDenied(
      DecideContribution(state_, request, {.agency = "police"}, now_).status()));
  EXPECT_TRUE(
      DecideContribution(state_, request, {.agency = "municipality", .steers = true}, now_).ok());
  request.clear_agency();
  const auto own = DecideContribution(state_, request, {.agency = "police"}, now_);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->facts[0].contribution_submitted().agency(), "police");
}

TEST_F(DecideTest, AContributionWithoutAWeekIsToTheOneThatIsOpen) {
  v1::SubmitContributionRequest request;
  request.set_nothing_to_report(true);
  const Who police{.agency = "police"};
  const auto before = DecideContribution(state_, request, police, At("2026-11-25T11:00:00+01:00"));
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->facts[0].contribution_submitted().week().week(), 47U);
  EXPECT_EQ(before->rests_on, std::vector<std::string>{"week:2026-W47"});
  const auto after = DecideContribution(state_, request, police, now_);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->facts[0].contribution_submitted().week().week(), 48U);
  *request.mutable_week() = WeekToProto({2026, 49});
  EXPECT_EQ(Field(DecideContribution(state_, request, police, now_).status()), "week");
}

TEST_F(DecideTest, NothingIsDecidedBeforeTheMunicipalityIsConfigured) {
  const State empty;
  v1::SubmitContributionRequest request = Contribution(kWeek, "police");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      DecideContribution(empty, request, {.agency = "police"}, now_).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideFreeze(empty, kWeek, now_).status()));
  EXPECT_TRUE(DueSteps(empty, now_).empty());
}

TEST_F(DecideTest, AMeasureNeedsItsProblemOwnerAndDueDate) {
  v1::Measure measure = ADarkPath();
  measure.mutable_problem()->clear_statement();
  EXPECT_EQ(Field(DecideMeasure(state_, measure, "m-1").status()), "measure.problem.statement");
  measure = ADarkPath();
  measure.clear_problem();
  EXPECT_EQ(Field(DecideMeasure(state_, measure, "m-1").status()), "measure.problem.statement");
  measure = ADarkPath();
  measure.set_owner_agency("nobody");
  EXPECT_EQ(Field(DecideMeasure(state_, measure, "m-1").status()), "measure.owner_agency");
  measure = ADarkPath();
  measure.clear_due();
  EXPECT_EQ(Field(DecideMeasure(state_, measure, "m-1").status()), "measure.due");
  measure = ADarkPath();
  measure.set_place("Hos anna@example.se");
  EXPECT_EQ(Field(DecideMeasure(state_, measure, "m-1").status()), "measure.place");
  const auto decided = DecideMeasure(state_, ADarkPath(), "m-1");
  ASSERT_TRUE(decided.ok()) << decided.status();
  EXPECT_EQ(decided->facts[0].measure_decided().measure().status(), v1::MEASURE_STATUS_DECIDED);
}

TEST_F(DecideTest, AMeasureIsOverdueUntilItIsDoneAndKeepsItsFollowUps) {
  Apply(DecideMeasure(state_, ADarkPath(), "m-1"));
  v1::ListMeasuresResponse measures;
  AnswerMeasures(state_, {}, now_, measures);
  ASSERT_EQ(measures.measures_size(), 1);
  EXPECT_FALSE(measures.measures(0).overdue());
  const absl::Time later = now_ + absl::Hours(24 * 15);
  measures.Clear();
  AnswerMeasures(state_, {}, later, measures);
  EXPECT_TRUE(measures.measures(0).overdue());

  v1::Measure changed = measures.measures(0).measure();
  changed.set_status(v1::MEASURE_STATUS_DONE);
  EXPECT_TRUE(absl::IsPermissionDenied(
      DecideMeasureChange(state_, changed, {.agency = "housing"}).status()));
  Apply(DecideMeasureChange(state_, changed, {.agency = "municipality"}));
  changed.set_id("m-2");
  EXPECT_TRUE(absl::IsNotFound(
      DecideMeasureChange(state_, changed, {.agency = "", .steers = true}).status()));

  v1::FollowUpMeasureRequest follow_up;
  follow_up.set_measure("m-1");
  follow_up.set_effect(v1::EFFECT_BETTER);
  EXPECT_TRUE(absl::IsPermissionDenied(
      DecideFollowUp(state_, follow_up, {.agency = "fire"}, later).status()));
  Apply(DecideFollowUp(state_, follow_up, {.agency = "housing"}, later));
  measures.Clear();
  AnswerMeasures(state_, {}, later, measures);
  EXPECT_FALSE(measures.measures(0).overdue());
  ASSERT_EQ(measures.measures(0).follow_ups_size(), 1);
  EXPECT_EQ(measures.measures(0).follow_ups(0).effect(), v1::EFFECT_BETTER);
  v1::ListMeasuresRequest open;
  open.set_open_only(true);
  measures.Clear();
  AnswerMeasures(state_, open, later, measures);
  EXPECT_EQ(measures.measures_size(), 0);
}

TEST_F(DecideTest, StepsAreDueWhenTheirMomentHasPassed) {
  AddHistory(kWeek, 1);
  const auto due = [this](const char* at) {
    std::string text;
    for (const DueStep& step : DueSteps(state_, At(at))) {
      absl::StrAppend(&text, step.publish ? "publish " : "freeze ", ToString(step.week), " ");
    }
    return text;
  };
  EXPECT_EQ(due("2026-11-25T14:59:59+01:00"), "");
  EXPECT_EQ(due("2026-11-25T15:00:00+01:00"), "freeze 2026-W47 ");
  EXPECT_EQ(due("2026-11-26T16:00:00+01:00"), "freeze 2026-W47 publish 2026-W47 ");
  Apply(DecideFreeze(state_, kWeek, now_));
  EXPECT_EQ(due("2026-11-26T16:00:00+01:00"), "publish 2026-W47 ");
  Apply(DecidePublish(state_, kWeek));
  EXPECT_EQ(due("2026-11-26T16:00:00+01:00"), "");
  // A silent week has its picture too.
  EXPECT_EQ(due("2026-12-02T15:00:00+01:00"), "freeze 2026-W48 ");
  // Over week 53 into the new year.
  EXPECT_EQ(DueSteps(state_, At("2027-01-07T16:00:00+01:00")).back().week, (IsoWeek{2026, 53}));
  // A long standstill is caught up eight weeks back, not for ever.
  EXPECT_EQ(DueSteps(state_, At("2027-11-25T16:00:00+01:00")).size(), 16U);
}

}  // namespace
}  // namespace vaka::est
