// A shift's states and their guards.
#include <algorithm>
#include <functional>
#include <memory>

#include "services/dispatch/guards.h"
#include "tests/unit/dispatch/dispatch_fixture.h"

namespace vaka::dispatch {
namespace {

class ShiftTest : public DispatchFixture {};

TEST_F(ShiftTest, ADayGoesThroughItsStates) {
  BringTo(v1::SHIFT_STATE_DEBRIEFED);
  EXPECT_EQ(Shift().state(), v1::SHIFT_STATE_DEBRIEFED);
  v1::CloseShiftRequest close;
  close.set_shift("s-1");
  Apply(DecideClose(state_, close));
  EXPECT_EQ(Shift().state(), v1::SHIFT_STATE_CLOSED);
}

TEST_F(ShiftTest, EachStepIsRefusedInEveryOtherStateAndSaysWhy) {
  v1::BriefShiftRequest brief;
  brief.set_shift("s-1");
  v1::DebriefShiftRequest debrief;
  debrief.set_shift("s-1");
  v1::CloseShiftRequest close;
  close.set_shift("s-1");
  v1::CheckInRequest check_in;
  check_in.set_shift("s-1");
  struct Step {
    std::function<absl::Status()> decide;
    std::vector<v1::ShiftState> allowed;
  };
  const std::vector<Step> steps = {
      {[&] { return DecideStaff(state_, StaffRequest("p-1", "p-2", "p-1")).status(); },
       {v1::SHIFT_STATE_OPEN, v1::SHIFT_STATE_STAFFED}},
      {[&] { return DecideBrief(state_, brief, {}).status(); }, {v1::SHIFT_STATE_STAFFED}},
      {[&] { return DecideStart(state_, "s-1", crew_).status(); }, {v1::SHIFT_STATE_BRIEFED}},
      {[&] { return DecideCheckIn(state_, check_in, crew_).status(); }, {v1::SHIFT_STATE_OUT}},
      {[&] { return DecideReturn(state_, "s-1", crew_).status(); }, {v1::SHIFT_STATE_OUT}},
      {[&] { return DecideDebrief(state_, debrief, crew_).status(); }, {v1::SHIFT_STATE_RETURNED}},
      {[&] { return DecideClose(state_, close).status(); }, {v1::SHIFT_STATE_DEBRIEFED}},
  };
  for (int state = v1::SHIFT_STATE_OPEN; state <= v1::SHIFT_STATE_DEBRIEFED; ++state) {
    std::destroy_at(&state_);
    std::construct_at(&state_);
    for (const event::v1::Event& fact : SmallTown()) Apply(fact);
    BringTo(static_cast<v1::ShiftState>(state));
    for (size_t i = 0; i < steps.size(); ++i) {
      const auto& allowed = steps[i].allowed;
      const bool may = std::find(allowed.begin(), allowed.end(), state) != allowed.end();
      const absl::Status status = steps[i].decide();
      EXPECT_EQ(status.ok(), may) << "step " << i << " in state " << state << ": " << status;
      if (may) continue;
      EXPECT_TRUE(absl::IsFailedPrecondition(status));
      const std::string is = absl::StrCat("is ", NameOf(static_cast<v1::ShiftState>(state)));
      EXPECT_NE(status.message().find(is), absl::string_view::npos) << status;
      EXPECT_NE(status.message().find(absl::StrCat("must be ", NameOf(allowed[0]))),
                absl::string_view::npos)
          << status;
    }
  }
}

TEST_F(ShiftTest, AFactAboutAShiftThatWasNeverOpenedIsRefusedAndLeavesNoTrace) {
  // It made a shift without an id, which the snapshot lost.
  const std::string before = state_.Serialize();
  std::vector<event::v1::Event> facts(12);
  facts[0].mutable_shift_staffed()->set_shift("other");
  facts[1].mutable_shift_briefed()->set_shift("other");
  facts[2].mutable_shift_started()->set_shift("other");
  facts[3].mutable_checked_in()->set_shift("other");
  facts[4].mutable_check_in_missed()->set_shift("other");
  facts[5].mutable_stop_completed()->set_shift("other");
  facts[6].mutable_stop_skipped()->set_shift("other");
  facts[7].mutable_incident_dispatched()->set_shift("other");
  facts[8].mutable_dispatch_answered()->set_shift("other");
  facts[9].mutable_shift_returned()->set_shift("other");
  facts[10].mutable_shift_debriefed()->set_shift("other");
  facts[11].mutable_shift_closed()->set_shift("other");
  for (const event::v1::Event& fact : facts) {
    EXPECT_TRUE(absl::IsNotFound(state_.Apply(fact))) << fact.ShortDebugString();
  }
  EXPECT_EQ(state_.Serialize(), before);
}

TEST_F(ShiftTest, StaffingNamesWhoLacksWhat) {
  BringTo(v1::SHIFT_STATE_OPEN);
  const auto refusal = [this](const char* one, const char* two, const char* driver) {
    return std::string(DecideStaff(state_, StaffRequest(one, two, driver)).status().message());
  };
  EXPECT_EQ(refusal("p-2", "p-3", "p-2"),
            "crew: p-2 is not approved to drive; p-3 lacks the patroller training");
  EXPECT_EQ(refusal("p-1", "p-4", "p-1"), "crew: p-4 has no patroller's role that day");
  EXPECT_EQ(refusal("p-1", "nobody", "p-1"), "crew: nobody is not in the registry");
  EXPECT_EQ(Field(DecideStaff(state_, StaffRequest("p-1", "p-1", "p-1")).status()), "crew");
  EXPECT_EQ(Field(DecideStaff(state_, StaffRequest("p-1", "p-2", "p-3")).status()), "driver");
  const auto staffed = DecideStaff(state_, StaffRequest("p-1", "p-2", "p-1"));
  ASSERT_TRUE(staffed.ok()) << staffed.status();
  EXPECT_EQ(staffed->rests_on,
            (std::vector<std::string>{"shift:s-1", "roster", "person:p-1", "person:p-2"}));
}

TEST_F(ShiftTest, NobodyIsOnTwoShiftsAtOnceAndNoCarEither) {
  BringTo(v1::SHIFT_STATE_STAFFED);
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideOpen(state_, OpenRequest(), "s-2", now_).status()));
  v1::OpenShiftRequest other = OpenRequest();
  other.set_car("Andra bilen");
  Apply(DecideOpen(state_, other, "s-2", now_));
  v1::StaffShiftRequest staff = StaffRequest("p-1", "p-2", "p-1");
  staff.set_shift("s-2");
  EXPECT_EQ(DecideStaff(state_, staff).status().message(),
            "crew: p-1 is on shift s-1 then; p-2 is on shift s-1 then");
}

TEST_F(ShiftTest, AShiftHasSensibleHours) {
  v1::OpenShiftRequest request = OpenRequest();
  *request.mutable_ends() = request.starts();
  EXPECT_EQ(Field(DecideOpen(state_, request, "s-1", now_).status()), "ends");
  *request.mutable_ends() = ToProto(starts_ + absl::Hours(15));
  EXPECT_EQ(Field(DecideOpen(state_, request, "s-1", now_).status()), "ends");
  EXPECT_EQ(Field(DecideOpen(state_, OpenRequest(), "s-1", now_ + absl::Hours(24)).status()),
            "ends");
}

TEST_F(ShiftTest, ADriverWhoseApprovalWasTakenBackDoesNotLeave) {
  BringTo(v1::SHIFT_STATE_BRIEFED);
  event::v1::Event event;
  event.mutable_driver_approved()->set_person("p-1");
  Apply(std::move(event));
  const absl::Status status = DecideStart(state_, "s-1", crew_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_NE(status.message().find("p-1"), absl::string_view::npos);
}

TEST_F(ShiftTest, OnlyTheCrewAndTheOfficerActForAShift) {
  BringTo(v1::SHIFT_STATE_BRIEFED);
  EXPECT_TRUE(absl::IsPermissionDenied(
      DecideStart(state_, "s-1", {.person = "p-3", .leads = false}).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(
      DecideStart(state_, "s-1", {.person = "", .leads = false}).status()));
  EXPECT_TRUE(DecideStart(state_, "s-1", officer_).ok());
  EXPECT_TRUE(absl::IsNotFound(DecideStart(state_, "s-9", officer_).status()));
}

TEST_F(ShiftTest, ACancelledShiftSaysWhyAndIsNotOut) {
  BringTo(v1::SHIFT_STATE_BRIEFED);
  v1::CloseShiftRequest cancel;
  cancel.set_shift("s-1");
  cancel.set_cancelled(true);
  EXPECT_EQ(Field(DecideClose(state_, cancel).status()), "reason");
  cancel.set_reason("Halka");
  Apply(DecideClose(state_, cancel));
  EXPECT_EQ(Shift().state(), v1::SHIFT_STATE_CANCELLED);
  // Car and crew are free again.
  Apply(DecideOpen(state_, OpenRequest(), "s-2", now_));
  v1::StaffShiftRequest staff = StaffRequest("p-1", "p-2", "p-1");
  staff.set_shift("s-2");
  EXPECT_TRUE(DecideStaff(state_, staff).ok());
}

TEST_F(ShiftTest, StopsAreDoneOrSkippedOnceAndASkipSaysWhy) {
  BringTo(v1::SHIFT_STATE_OUT);
  ASSERT_GE(Shift().stops_size(), 2);
  v1::CompleteStopRequest done;
  done.set_shift("s-1");
  done.set_stop("nowhere");
  EXPECT_TRUE(absl::IsNotFound(DecideComplete(state_, done, crew_).status()));
  done.set_stop(Shift().stops(0).id());
  done.set_note("Träffade Anna, 070-123 45 67");
  EXPECT_EQ(Field(DecideComplete(state_, done, crew_).status()), "note");
  done.set_note("Lugnt");
  Apply(DecideComplete(state_, done, crew_));
  EXPECT_EQ(Shift().stops(0).state(), v1::STOP_STATE_DONE);
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideComplete(state_, done, crew_).status()));
  v1::SkipStopRequest skip;
  skip.set_shift("s-1");
  skip.set_stop(Shift().stops(1).id());
  EXPECT_EQ(Field(DecideSkip(state_, skip, crew_).status()), "note");
  skip.set_note("Ingen hemma");
  Apply(DecideSkip(state_, skip, crew_));
  EXPECT_EQ(Shift().stops(1).state(), v1::STOP_STATE_SKIPPED);
  EXPECT_TRUE(absl::IsFailedPrecondition(DecideSkip(state_, skip, crew_).status()));
}

TEST_F(ShiftTest, ADebriefIsScreenedAndFilledIn) {
  BringTo(v1::SHIFT_STATE_RETURNED);
  v1::DebriefShiftRequest request;
  request.set_shift("s-1");
  v1::DebriefItem& item = *request.add_items();
  const auto field = [&] { return Field(DecideDebrief(state_, request, crew_).status()); };
  item.set_category("dragons");
  EXPECT_EQ(field(), "items[0].category");
  item.set_category("graffiti");
  EXPECT_EQ(field(), "items[0].district");
  item.set_area("a-block");
  item.set_handed_to("nobody");
  EXPECT_EQ(field(), "items[0].handed_to");
  item.set_handed_to("municipality");
  item.set_note("Bilen ABC 123 stod där igen");
  EXPECT_EQ(field(), "items[0].note");
  item.set_note("Nytt klotter på garaget");
  request.set_summary("Ring mig på anna@example.se");
  EXPECT_EQ(field(), "summary");
  request.set_summary("En lugn dag");
  Apply(DecideDebrief(state_, request, crew_));
  ASSERT_EQ(Shift().debrief_size(), 1);
  EXPECT_EQ(Shift().debrief(0).district(), "alby");
  EXPECT_EQ(Shift().debrief(0).count(), 1U);
}

TEST_F(ShiftTest, TodaysShiftIsFoundWithoutItsId) {
  v1::GetShiftResponse response;
  EXPECT_TRUE(absl::IsNotFound(AnswerShift(state_, {}, now_, response)));
  BringTo(v1::SHIFT_STATE_OPEN);
  v1::OpenShiftRequest tomorrow = OpenRequest();
  *tomorrow.mutable_starts() = ToProto(starts_ + absl::Hours(24));
  *tomorrow.mutable_ends() = ToProto(starts_ + absl::Hours(30));
  Apply(DecideOpen(state_, tomorrow, "s-2", now_));
  ASSERT_TRUE(AnswerShift(state_, {}, now_, response).ok());
  EXPECT_EQ(response.shift().id(), "s-1");
  ASSERT_TRUE(AnswerShift(state_, {}, now_ + absl::Hours(24), response).ok());
  EXPECT_EQ(response.shift().id(), "s-2");
  v1::ListShiftsResponse list;
  AnswerShifts(state_, {}, list);
  ASSERT_EQ(list.shifts_size(), 2);
  EXPECT_EQ(list.shifts(0).id(), "s-2");
}

}  // namespace
}  // namespace vaka::dispatch
