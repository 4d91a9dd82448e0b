// What is counted, and in which week.
#include "services/est/counts.h"

#include "services/est/weeks.h"
#include "tests/unit/est/est_fixture.h"
#include "tests/unit/stats/csv.h"

namespace vaka::est {
namespace {

class CountsTest : public EstFixture {};

TEST_F(CountsTest, AnEventIsCountedOnceHoweverManyReportIt) {
  const absl::Time at = monday_ + absl::Hours(30);
  Report(Incident("a", "alby", "graffiti", at));
  Report(Incident("b", "alby", "graffiti", at, "housing"));
  Report(Incident("c", "fittja", "graffiti", at, "municipality"));
  EXPECT_EQ(Count("alby", "graffiti"), 2);
  Link("a", {"a", "b", "c", "unknown"});
  EXPECT_EQ(Count("alby", "graffiti"), 1);
  EXPECT_EQ(Count("fittja", "graffiti"), 0);
  Link("a", {"b"});  // said again
  EXPECT_EQ(Count("alby", "graffiti"), 1);
}

TEST_F(CountsTest, LinkingTwoEventsMakesThemOne) {
  const absl::Time at = monday_ + absl::Hours(30);
  for (const char* id : {"a", "b", "c", "d"}) Report(Incident(id, "alby", "graffiti", at));
  Link("a", {"b"});
  Link("c", {"d"});
  EXPECT_EQ(Count("alby", "graffiti"), 2);
  Link("d", {"b"});
  EXPECT_EQ(Count("alby", "graffiti"), 1);
}

TEST_F(CountsTest, AnEventOutlivesTheReportThatStoodForIt) {
  const absl::Time at = monday_ + absl::Hours(30);
  Report(Incident("a", "alby", "graffiti", at));
  Report(Incident("b", "fittja", "graffiti", at));
  Link("a", {"b"});
  Withdraw("a");
  EXPECT_EQ(Count("alby", "graffiti"), 0);
  EXPECT_EQ(Count("fittja", "graffiti"), 1);
  Withdraw("b");
  EXPECT_EQ(Count("fittja", "graffiti"), 0);
  Withdraw("b");  // again, and of one that is not there
  Withdraw("unknown");
  EXPECT_EQ(Count("fittja", "graffiti"), 0);
}

TEST_F(CountsTest, ACorrectionMovesTheEventToItsNewCellAndWeek) {
  Report(Incident("a", "alby", "graffiti", monday_ + absl::Hours(30)));
  Correct(Incident("a", "fittja", "robbery", monday_ - absl::Hours(1)));
  EXPECT_EQ(Count("alby", "graffiti"), 0);
  EXPECT_EQ(Count("fittja", "robbery"), 0);
  EXPECT_EQ(Count("fittja", "robbery", {2026, 46}), 1);
  EXPECT_TRUE(state_.counts().TallyOf(WeekNumber(kWeek)).empty());
}

TEST_F(CountsTest, ACorrectionOfAWithdrawnReportLeavesItWithdrawn) {
  Report(Incident("a", "alby", "graffiti", monday_ + absl::Hours(30)));
  Withdraw("a");
  Correct(Incident("a", "fittja", "graffiti", monday_ + absl::Hours(30)));
  EXPECT_EQ(Count("fittja", "graffiti"), 0);
}

TEST_F(CountsTest, AnIntervalFallsInTheWeekOfItsMiddle) {
  intake::v1::Incident weekend = Incident("a", "alby", "burglary_house", monday_ - absl::Hours(10));
  *weekend.mutable_observed_to() = ToProto(monday_ + absl::Hours(12));
  Report(weekend);
  EXPECT_EQ(Count("alby", "burglary_house"), 1);
  *weekend.mutable_observed_to() = ToProto(monday_ + absl::Hours(8));
  Correct(weekend);
  EXPECT_EQ(Count("alby", "burglary_house", {2026, 46}), 1);
  EXPECT_EQ(Count("alby", "burglary_house"), 0);
}

TEST_F(CountsTest, TheWeekIsTheZonesAlsoAroundNewYearAndClockChanges) {
  int cases = 0;
  for (auto& row : stats::ReadCsv("timezone_week_cases.csv")) {
    const IsoWeek week{std::stoi(row["iso_year"]), std::stoi(row["iso_week"])};
    const int before = Count("alby", "graffiti", week);
    Report(Incident(absl::StrCat("tz-", ++cases), "alby", "graffiti", At(row["utc"])));
    EXPECT_EQ(Count("alby", "graffiti", week), before + 1) << row["utc"];
  }
  EXPECT_EQ(cases, 17);
  EXPECT_EQ(WeekOfNumber(WeekNumber({2026, 53})), (IsoWeek{2026, 53}));
  EXPECT_EQ(WeekNumber({2027, 1}), WeekNumber({2026, 53}) + 1);
}

TEST_F(CountsTest, FiguresAndDebriefsAreAddedAndReplaced) {
  v1::SubmitContributionRequest request = Contribution(kWeek, "housing");
  v1::ContributedCount& count = *request.add_counts();
  count.set_district("alby");
  count.set_category("graffiti");
  count.set_count(5);
  Apply(DecideContribution(state_, request, {.agency = "housing"}, now_));
  Debrief("s-1", "alby", "graffiti", 2, monday_ + absl::Hours(39));
  EXPECT_EQ(Count("alby", "graffiti"), 7);
  request.mutable_counts(0)->set_count(3);
  Apply(DecideContribution(state_, request, {.agency = "housing"}, now_));
  EXPECT_EQ(Count("alby", "graffiti"), 5);
  const auto tallies = state_.counts().TallyOf(WeekNumber(kWeek));
  ASSERT_EQ(tallies.size(), 1U);
  ASSERT_EQ(tallies[0].agencies.size(), 2U);
  EXPECT_EQ(tallies[0].agencies[0].agency, "housing");
  EXPECT_EQ(tallies[0].agencies[0].count, 3);
  EXPECT_EQ(tallies[0].agencies[1].agency, "patrol");
  EXPECT_EQ(tallies[0].agencies[1].count, 2);
}

TEST_F(CountsTest, AnotherZoneMovesWhatLayNearMidnight) {
  Report(Incident("a", "alby", "graffiti", monday_ + absl::Minutes(20)));
  EXPECT_EQ(Count("alby", "graffiti"), 1);
  event::v1::Event event;
  *event.mutable_municipality_configured()->mutable_config() = SmallTown();
  event.mutable_municipality_configured()->mutable_config()->set_zone("Europe/London");
  Apply(std::move(event));
  EXPECT_EQ(Count("alby", "graffiti"), 0);
  EXPECT_EQ(Count("alby", "graffiti", {2026, 46}), 1);
}

TEST(WeeksTest, APicturesMomentsFallInTheWeekAfter) {
  const absl::TimeZone zone = LoadZone("Europe/Stockholm").value();
  const registry::v1::EstSchedule schedule;
  const WeekMoments moments = MomentsOf(schedule, zone, {2026, 47});
  EXPECT_EQ(moments.begins, At("2026-11-16T00:00:00+01:00"));
  EXPECT_EQ(moments.ends, At("2026-11-23T00:00:00+01:00"));
  EXPECT_EQ(moments.cut_off, At("2026-11-25T12:00:00+01:00"));
  EXPECT_EQ(moments.freeze, At("2026-11-25T15:00:00+01:00"));
  EXPECT_EQ(moments.publish, At("2026-11-26T16:00:00+01:00"));
  // Week 53 is followed by week 1, and the hours are the zone's on both sides of a clock change.
  EXPECT_EQ(MomentsOf(schedule, zone, {2026, 53}).publish, At("2027-01-07T16:00:00+01:00"));
  EXPECT_EQ(MomentsOf(schedule, zone, {2026, 12}).ends - MomentsOf(schedule, zone, {2026, 13}).ends,
            -absl::Hours(167));
  EXPECT_EQ(MomentsOf(schedule, zone, {2026, 13}).freeze, At("2026-04-01T15:00:00+02:00"));
  EXPECT_EQ(MomentsOf(schedule, zone, {2026, 43}).freeze, At("2026-10-28T15:00:00+01:00"));
}

TEST(WeeksTest, TheWeekAtHandIsTheOldestThatIsNotDone) {
  const absl::TimeZone zone = LoadZone("Europe/Stockholm").value();
  registry::v1::EstSchedule schedule;
  const auto contribution = [&](const char* at) {
    return ContributionWeek(schedule, zone, At(at));
  };
  EXPECT_EQ(contribution("2026-11-25T11:59:59+01:00"), (IsoWeek{2026, 47}));
  EXPECT_EQ(contribution("2026-11-25T12:00:00+01:00"), (IsoWeek{2026, 48}));
  EXPECT_EQ(PictureWeek(schedule, zone, At("2026-11-26T15:59:59+01:00")), (IsoWeek{2026, 47}));
  EXPECT_EQ(PictureWeek(schedule, zone, At("2026-11-26T16:00:00+01:00")), (IsoWeek{2026, 48}));
  EXPECT_EQ(PictureWeek(schedule, zone, At("2027-01-04T08:00:00+01:00")), (IsoWeek{2026, 53}));
  schedule.mutable_cut_off()->set_weekday(1);
  schedule.mutable_cut_off()->set_hour(9);
  EXPECT_EQ(contribution("2026-11-23T09:00:00+01:00"), (IsoWeek{2026, 48}));
}

TEST_F(CountsTest, WhatCannotBeCountedIsRefusedAndLeavesNoTrace) {
  // Weeks overflowed, and a count dense by week would have grown without end.
  const std::string before = state_.Serialize();
  std::vector<event::v1::Event> facts(8);
  *facts[0].mutable_incident_reported()->mutable_incident() =
      Incident("a", "alby", "graffiti", absl::FromUnixSeconds(int64_t{1} << 40));
  *facts[1].mutable_incident_corrected()->mutable_incident() =
      Incident("a", "alby", "graffiti", absl::FromUnixSeconds(-(int64_t{1} << 62)));
  facts[2].mutable_week_frozen()->mutable_week()->set_week(3419130826u);
  facts[3].mutable_judgement_made()->mutable_week()->set_year(2026);
  *facts[4].mutable_contribution_submitted()->mutable_week() = WeekToProto(kWeek);
  facts[4].mutable_contribution_submitted()->add_counts()->set_count(4000000000u);
  facts[5].mutable_picture_published();
  facts[6].mutable_shift_debriefed();
  facts[6].mutable_occurred_at()->set_seconds(int64_t{1} << 62);
  facts[7].mutable_picture_revised();
  for (const event::v1::Event& fact : facts) {
    EXPECT_TRUE(absl::IsInvalidArgument(state_.Apply(fact))) << fact.ShortDebugString();
  }
  EXPECT_EQ(state_.Serialize(), before);
}

TEST_F(CountsTest, AMeasureIsChangedAndFollowedUpOnlyOnceItWasDecided) {
  const std::string before = state_.Serialize();
  std::vector<event::v1::Event> facts(2);
  facts[0].mutable_measure_changed()->mutable_measure()->set_id("m-1");
  facts[1].mutable_measure_followed_up()->set_measure("m-1");
  for (const event::v1::Event& fact : facts) EXPECT_TRUE(absl::IsNotFound(state_.Apply(fact)));
  EXPECT_EQ(state_.Serialize(), before);
}

}  // namespace
}  // namespace vaka::est
