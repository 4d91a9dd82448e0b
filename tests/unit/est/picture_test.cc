// The computed picture, and what is frozen, published and revised.
#include "services/est/picture.h"

#include <random>
#include <string>
#include <vector>

#include "tests/unit/est/est_fixture.h"
#include "tests/unit/stats/csv.h"

namespace vaka::est {
namespace {

class PictureTest : public EstFixture {};

TEST_F(PictureTest, APlantedSpikeIsFlaggedAndAnOrdinaryWeekIsNot) {
  AddHistory(kWeek, 80);
  v1::Picture picture = state_.Draft(kWeek);
  for (const v1::Cell& cell : picture.cells()) {
    EXPECT_LE(cell.flag(), v1::FLAG_LEVEL_WATCH) << cell.ShortDebugString();
    EXPECT_GT(cell.expected(), 0.5);
    EXPECT_LE(cell.low(), cell.high());
  }
  for (int i = 0; i < 6; ++i) {
    Report(Incident(absl::StrCat("spike-", i), "tumba", "graffiti", monday_ + absl::Hours(50 + i)));
  }
  picture = state_.Draft(kWeek);
  const v1::Cell* spike = FindCell(picture, "tumba", "graffiti");
  ASSERT_NE(spike, nullptr);
  EXPECT_EQ(spike->flag(), v1::FLAG_LEVEL_CLEAR);
  EXPECT_EQ(spike->level(), 5U);
  EXPECT_GT(spike->count(), spike->high());
  EXPECT_LT(spike->p_adjusted(), 0.1);
  int alarms = 0;
  for (const v1::Cell& cell : picture.cells()) alarms += cell.level() >= 4 ? 1 : 0;
  EXPECT_EQ(alarms, 1);
  EXPECT_GT(picture.chance_flags(), 0);
  EXPECT_LT(picture.chance_flags(), 1);
}

// The reference panel as incidents: 12 districts, 208 weeks, overdispersed, with a season, unequal
// districts, weeks that one of them did not report, and what was planted: +6 in district 4 in week
// 200, +3 a week in district 9 from week 205.
TEST_F(PictureTest, FindsWhatWasPlantedInTheReferencePanelAndLittleElse) {
  event::v1::Event configured;
  auto& config = *configured.mutable_municipality_configured()->mutable_config();
  config = SmallTown();
  config.clear_districts();
  for (int d = 1; d <= 12; ++d) config.add_districts()->set_id(absl::StrCat("d", d));
  Apply(std::move(configured));
  const IsoWeek first{2022, 1};
  for (auto& row : stats::ReadCsv("own_panel_12x208.csv")) {
    const absl::Time monday = WeekBegin(AddWeeks(first, std::stoi(row["week"]) - 1), state_.zone());
    const int count = row["count"].empty() ? 0 : std::stoi(row["count"]);
    for (int i = 0; i < count; ++i) {
      Report(Incident(absl::StrCat(row["area"], "-", row["week"], "-", i),
                      absl::StrCat("d", row["area"]), "graffiti",
                      monday + absl::Hours(20 * i + 1)));
    }
  }
  const v1::Picture week_200 = state_.Draft(AddWeeks(first, 199));
  EXPECT_EQ(FindCell(week_200, "d4", "graffiti")->flag(), v1::FLAG_LEVEL_CLEAR);
  const v1::Picture week_208 = state_.Draft(AddWeeks(first, 207));
  EXPECT_TRUE(FindCell(week_208, "d9", "graffiti")->rising());
  // Alarms over a year without anything planted: 12 cells a week at 1 %.
  int alarms = 0;
  for (int week = 145; week < 197; ++week) {
    const v1::Picture picture = state_.Draft(AddWeeks(first, week));
    for (const v1::Cell& cell : picture.cells()) {
      if (cell.level() >= 4) ++alarms;
    }
  }
  EXPECT_LE(alarms, 12);
}

TEST_F(PictureTest, ADriftThatNoSingleWeekShowsIsRising) {
  AddHistory(kWeek, 80);
  for (int back = 0; back < 4; ++back) {
    for (int i = 0; i < 3; ++i) {
      Report(Incident(absl::StrCat("drift-", back, "-", i), "alby", "graffiti",
                      monday_ - absl::Hours(168 * back - 40)));
    }
  }
  const v1::Picture picture = state_.Draft(kWeek);
  const v1::Cell* cell = FindCell(picture, "alby", "graffiti");
  ASSERT_NE(cell, nullptr);
  EXPECT_TRUE(cell->rising());
  EXPECT_GE(cell->level(), 3U);
  EXPECT_GE(cell->change_4_weeks(), 10);
  EXPECT_FALSE(FindCell(picture, "fittja", "graffiti")->rising());
}

TEST_F(PictureTest, WithoutHistoryNothingIsFlagged) {
  for (int i = 0; i < 9; ++i) {
    Report(Incident(absl::StrCat("a-", i), "alby", "graffiti", monday_ + absl::Hours(i)));
  }
  const v1::Picture picture = state_.Draft(kWeek);
  ASSERT_EQ(picture.cells_size(), 1);
  EXPECT_EQ(picture.cells(0).flag(), v1::FLAG_LEVEL_TOO_SHORT);
  EXPECT_EQ(picture.cells(0).level(), 2U);
  EXPECT_EQ(picture.cells(0).count(), 9U);
}

TEST_F(PictureTest, WhatThePoliceChoseToLookForIsNeverFlagged) {
  AddHistory(kWeek, 60);
  for (int i = 0; i < 30; ++i) {
    Report(Incident(absl::StrCat("p-", i), "alby", "drugs_police", monday_ + absl::Hours(i)));
  }
  const v1::Picture picture = state_.Draft(kWeek);
  EXPECT_EQ(FindCell(picture, "alby", "drugs_police")->flag(), v1::FLAG_LEVEL_NOT_FLAGGED);
}

TEST_F(PictureTest, PerceivedInsecurityStandsBesideTheTotal) {
  Report(Incident("a", "alby", "worry", monday_, "housing"));
  intake::v1::Incident felt = Incident("b", "alby", "graffiti", monday_, "housing");
  felt.set_insecurity(true);
  Report(felt);
  Report(Incident("c", "", "graffiti", monday_));
  const v1::Picture picture = state_.Draft(kWeek);
  EXPECT_EQ(picture.total(), 2U);
  EXPECT_EQ(picture.insecurity(), 2U);
  // Known for the municipality only: counted, never tested.
  ASSERT_NE(FindCell(picture, "", "graffiti"), nullptr);
  EXPECT_EQ(FindCell(picture, "", "graffiti")->flag(), v1::FLAG_LEVEL_NOT_FLAGGED);
}

TEST_F(PictureTest, AWeekInWhichNobodyReportedIsMissingNotQuiet) {
  AddHistory({2026, 38}, 60);
  AddHistory(kWeek, 1);  // eight weeks of silence before it
  const v1::Picture after_silence = state_.Draft(kWeek);
  const v1::Cell* cell = FindCell(after_silence, "alby", "graffiti");
  ASSERT_NE(cell, nullptr);
  EXPECT_NEAR(cell->expected(), 4.0 / 3, 0.25);
}

TEST_F(PictureTest, CompletenessTellsAnAnswerFromSilence) {
  Report(Incident("a", "alby", "graffiti", monday_ + absl::Hours(9), "police"));
  v1::SubmitContributionRequest nothing = Contribution(kWeek, "housing");
  nothing.set_nothing_to_report(true);
  Apply(DecideContribution(state_, nothing, {.agency = "housing"}, now_));
  Debrief("s-1", "alby", "graffiti", 0, monday_ + absl::Hours(39));
  const v1::Picture picture = state_.Draft(kWeek);
  ASSERT_EQ(picture.completeness_size(), 4);  // not fire: nobody expects it
  EXPECT_EQ(picture.completeness(0).completeness(), v1::COMPLETENESS_CONTRIBUTED);
  EXPECT_EQ(FromProto(picture.completeness(0).at()), monday_ + absl::Hours(11));
  EXPECT_EQ(picture.completeness(1).agency(), "municipality");
  EXPECT_EQ(picture.completeness(1).completeness(), v1::COMPLETENESS_MISSING);
  EXPECT_EQ(picture.completeness(2).completeness(), v1::COMPLETENESS_NOTHING);
  EXPECT_EQ(picture.completeness(3).completeness(), v1::COMPLETENESS_CONTRIBUTED);
}

TEST_F(PictureTest, TheFrozenPictureStandsWhileTheDraftMovesOn) {
  Report(Incident("a", "alby", "graffiti", monday_));
  Apply(DecideFreeze(state_, kWeek, now_));
  Report(Incident("b", "alby", "graffiti", monday_));
  EXPECT_EQ(Week(kWeek).picture().total(), 1U);
  EXPECT_TRUE(Week(kWeek).picture().frozen());
  v1::GetWeekRequest request;
  *request.mutable_week() = WeekToProto(kWeek);
  request.set_draft(true);
  v1::GetWeekResponse draft;
  ASSERT_TRUE(AnswerWeek(state_, request, now_, draft).ok());
  EXPECT_EQ(draft.picture().total(), 2U);
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideFreeze(state_, kWeek, now_).status()));
  Apply(DecidePublish(state_, kWeek));
  const v1::GetWeekResponse published = Week(kWeek);
  EXPECT_EQ(published.picture().revision(), 1U);
  EXPECT_TRUE(published.picture().published());
  EXPECT_EQ(published.picture().total(), 1U);
  ASSERT_EQ(published.pending_size(), 1);
  EXPECT_EQ(published.pending(0).reason(), "late report");
  EXPECT_TRUE(absl::IsFailedPrecondition(DecidePublish(state_, kWeek).status()));
}

TEST_F(PictureTest, PublishingNeedsAFrozenWeekAndRevisingAPublishedOne) {
  EXPECT_TRUE(absl::IsFailedPrecondition(DecidePublish(state_, kWeek).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideRevision(state_, kWeek).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DecideFreeze(state_, {2026, 49}, now_).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(DecideFreeze(state_, {2025, 53}, now_).status()));
}

TEST_F(PictureTest, ARevisionSaysWhatChangedAndWhy) {
  const absl::Time at = monday_ + absl::Hours(30);
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    Report(Incident(id, "alby", id[0] < 'd' ? "graffiti" : "order_youth", at));
  }
  Report(Incident("f", "fittja", "graffiti", at));
  FreezeAndPublish(kWeek);
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideRevision(state_, kWeek).status()));

  Report(Incident("late", "tumba", "robbery", at));
  Correct(Incident("f", "hallunda", "graffiti", at));
  Withdraw("a");
  Link("d", {"e"});
  v1::SubmitContributionRequest late = Contribution(kWeek, "housing");
  v1::ContributedCount& count = *late.add_counts();
  count.set_district("norsborg");
  count.set_category("graffiti");
  count.set_count(4);
  Apply(DecideContribution(state_, late, {.agency = "housing"}, now_));

  Apply(DecideRevision(state_, kWeek));
  const v1::GetWeekResponse revised = Week(kWeek);
  EXPECT_EQ(revised.picture().revision(), 2U);
  EXPECT_EQ(revised.pending_size(), 0);
  std::vector<std::string> said;
  for (const v1::CellChange& change : revised.changes()) {
    said.push_back(absl::StrCat(change.district(), " ", change.category(), " ", change.before(),
                                "-", change.after(), " ", change.reason()));
  }
  EXPECT_EQ(said, (std::vector<std::string>{
                      "alby graffiti 3-2 withdrawn", "alby order_youth 2-1 linked",
                      "fittja graffiti 1-0 corrected", "hallunda graffiti 0-1 corrected",
                      "norsborg graffiti 0-4 contribution", "tumba robbery 0-1 late report"}));
  // What was published stays as it was.
  EXPECT_EQ(Week(kWeek, 1).picture().total(), 6U);
  EXPECT_EQ(Week(kWeek, 1).changes_size(), 0);
  EXPECT_EQ(Week(kWeek, 2).picture().total(), 9U);
  v1::GetWeekRequest request;
  *request.mutable_week() = WeekToProto(kWeek);
  request.set_revision(3);
  v1::GetWeekResponse none;
  EXPECT_TRUE(absl::IsNotFound(AnswerWeek(state_, request, now_, none)));
}

TEST_F(PictureTest, AFactThatCameBetweenDecisionAndRevisionIsStillPending) {
  Report(Incident("a", "alby", "graffiti", monday_));
  FreezeAndPublish(kWeek);
  Report(Incident("b", "alby", "graffiti", monday_));
  const absl::StatusOr<fold::Decision> decided = DecideRevision(state_, kWeek);
  Report(Incident("c", "alby", "graffiti", monday_));
  Apply(decided);
  const v1::GetWeekResponse week = Week(kWeek);
  EXPECT_EQ(week.picture().total(), 2U);
  ASSERT_EQ(week.pending_size(), 1);
  EXPECT_EQ(week.pending(0).after(), 3U);
  EXPECT_EQ(week.pending(0).reason(), "late report");
}

TEST_F(PictureTest, AJudgementStandsBesideTheComputedLevel) {
  Report(Incident("a", "alby", "graffiti", monday_));
  Apply(DecideFreeze(state_, kWeek, now_));
  v1::JudgeRequest request;
  *request.mutable_week() = WeekToProto(kWeek);
  request.set_district("alby");
  request.set_category("robbery");
  request.mutable_judgement()->set_level(4);
  EXPECT_TRUE(absl::IsInvalidArgument(DecideJudgement(state_, request, now_).status()));
  request.mutable_judgement()->set_reason("Ring 070-123 45 67");
  EXPECT_TRUE(absl::IsInvalidArgument(DecideJudgement(state_, request, now_).status()));
  request.mutable_judgement()->set_reason("Skolan berättar om fler försök än vad som anmälts.");
  Apply(DecideJudgement(state_, request, now_));
  Apply(DecidePublish(state_, kWeek));
  const v1::GetWeekResponse week = Week(kWeek);
  const v1::Cell* cell = FindCell(week.picture(), "alby", "robbery");
  ASSERT_NE(cell, nullptr);
  EXPECT_EQ(cell->judgement().level(), 4U);
  EXPECT_EQ(cell->level(), 1U);
  EXPECT_EQ(week.pending_size(), 0);
  request.mutable_judgement()->set_level(2);
  Apply(DecideJudgement(state_, request, now_));
  ASSERT_EQ(Week(kWeek).pending_size(), 1);
  EXPECT_EQ(Week(kWeek).pending(0).reason(), "judgement");
}

// Tests are kept from picture to picture: a state that has kept none says the same, whatever comes.
TEST_F(PictureTest, WhatIsKeptOfAPictureIsNeverOld) {
  AddHistory(kWeek, 12);
  const std::vector<std::string> districts = {"alby", "tumba", "nowhere"};
  const std::vector<std::string> categories = {"graffiti", "robbery", "worry", "unheard_of"};
  std::vector<std::string> reported = {"h-0-0-0"};
  std::mt19937 engine(7);
  const auto random = [&engine] { return static_cast<uint32_t>(engine()); };
  const auto any = [&random](const auto& of) { return of[random() % of.size()]; };
  for (int step = 0; step < 200; ++step) {
    const absl::Time at =
        monday_ + absl::Hours(random() % 168) - absl::Hours(168) * (random() % 16);
    switch (random() % 8) {
      case 0:
        Withdraw(any(reported));
        break;
      case 1:
        Correct(Incident(any(reported), any(districts), any(categories), at));
        break;
      case 2:
        Link(any(reported), {any(reported)});
        break;
      case 3:
        Debrief(absl::StrCat("s-", random() % 3), any(districts), any(categories), random() % 3,
                at);
        break;
      case 4: {
        event::v1::Event event;
        auto& config = *event.mutable_municipality_configured()->mutable_config();
        config = state_.config();
        config.set_zone(random() % 2 == 0 ? "Europe/Stockholm" : "Pacific/Auckland");
        config.mutable_categories(1)->set_flag_minimum(random() % 5);
        config.mutable_categories()->SwapElements(0, 2);
        Apply(std::move(event));
        break;
      }
      default:
        reported.push_back(absl::StrCat("r-", step));
        Report(Incident(reported.back(), any(districts), any(categories), at));
    }
    State fresh;
    ASSERT_EQ(fresh.Restore(state_.Serialize()), absl::OkStatus());
    for (const IsoWeek week : {kWeek, AddWeeks(kWeek, -1), kWeek, AddWeeks(kWeek, -2)}) {
      ASSERT_EQ(state_.Draft(week).SerializeAsString(), fresh.Draft(week).SerializeAsString())
          << "step " << step << ", " << ToString(week);
    }
  }
}

TEST_F(PictureTest, TheStateComesBackByteForByte) {
  AddHistory(kWeek, 20);
  Link("h-0-0-0", {"h-0-1-0", "h-1-1-0"});
  Withdraw("h-2-0-0");
  FreezeAndPublish(kWeek);
  Report(Incident("late", "alby", "graffiti", monday_));
  Debrief("s-1", "alby", "robbery", 2, monday_);
  Apply(DecideRevision(state_, kWeek));
  Report(Incident("later", "alby", "graffiti", monday_));
  const std::string bytes = state_.Serialize();
  State again;
  ASSERT_TRUE(again.Restore(bytes).ok());
  EXPECT_EQ(again.Serialize(), bytes);
  EXPECT_EQ(again.Draft(kWeek).SerializeAsString(), state_.Draft(kWeek).SerializeAsString());
  EXPECT_EQ(again.Pending(kWeek, again.Draft(kWeek)).size(), 1U);
  EXPECT_EQ(again.position(), state_.position());
  State broken;
  EXPECT_FALSE(broken.Restore("no state").ok());
}

TEST_F(PictureTest, ListsWeeksNewestFirstWithTheOneAtHand) {
  AddHistory(kWeek, 8);
  FreezeAndPublish({2026, 45});
  FreezeAndPublish({2026, 46});
  v1::ListWeeksResponse weeks;
  AnswerWeeks(state_, {}, now_, weeks);
  ASSERT_EQ(weeks.weeks_size(), 3);
  EXPECT_EQ(weeks.weeks(0).week().week(), 47U);
  EXPECT_FALSE(weeks.weeks(0).published());
  EXPECT_EQ(weeks.weeks(1).week().week(), 46U);
  EXPECT_TRUE(weeks.weeks(1).published());
  EXPECT_GE(weeks.weeks(1).total(), 6U);
}

}  // namespace
}  // namespace vaka::est
