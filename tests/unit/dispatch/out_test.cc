// What happens while the car is out: dispatches, check-ins, and what time decides.
#include <prometheus/registry.h>

#include "services/dispatch/watch.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/unit/dispatch/dispatch_fixture.h"

namespace vaka::dispatch {
namespace {

class OutTest : public DispatchFixture {
 protected:
  void SetUp() override {
    BringTo(v1::SHIFT_STATE_OUT);
    Report("i-1", "burglary_house", "a-villas", "tullinge", now_, 4);
  }

  v1::DispatchIncidentRequest Send(const std::string& incident) const {
    v1::DispatchIncidentRequest request;
    request.set_shift("s-1");
    request.set_incident(incident);
    return request;
  }
  v1::AnswerDispatchRequest Answer(v1::DispatchAnswer answer) const {
    v1::AnswerDispatchRequest request;
    request.set_shift("s-1");
    request.set_dispatch("d-1");
    request.set_answer(answer);
    return request;
  }
};

TEST_F(OutTest, AnAcceptedIncidentIsTheNextStop) {
  v1::CompleteStopRequest done;
  done.set_shift("s-1");
  done.set_stop(Shift().stops(0).id());
  Apply(DecideComplete(state_, done, crew_));
  const int stops = Shift().stops_size();
  Apply(DecideDispatch(state_, Send("i-1"), "d-1", now_));
  EXPECT_EQ(Shift().stops_size(), stops);
  EXPECT_EQ(FromProto(Shift().dispatches(0).answer_by()), now_ + absl::Seconds(120));
  Apply(DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_ACCEPTED), crew_, now_));
  ASSERT_EQ(Shift().stops_size(), stops + 1);
  const v1::Stop& stop = Shift().stops(1);  // after what is done, before what is planned
  EXPECT_EQ(stop.kind(), v1::STOP_KIND_DISPATCH);
  EXPECT_EQ(stop.incident(), "i-1");
  EXPECT_EQ(stop.contact_person(), "c-lead");
  EXPECT_NEAR(stop.point().lat(), 59.210, 1e-6);  // a home: the area's middle
  EXPECT_TRUE(absl::IsFailedPrecondition(
      DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_DECLINED), crew_, now_).status()));
  done.set_stop(stop.id());
  EXPECT_TRUE(DecideComplete(state_, done, crew_).ok());
}

TEST_F(OutTest, ADeclinedIncidentCanBeSentAgainAndAnOpenOneCannot) {
  Apply(DecideDispatch(state_, Send("i-1"), "d-1", now_));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(DecideDispatch(state_, Send("i-1"), "d-2", now_).status()));
  Apply(DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_DECLINED), crew_, now_));
  EXPECT_TRUE(DecideDispatch(state_, Send("i-1"), "d-2", now_).ok());
}

TEST_F(OutTest, OnlyWhatIsFreshAndStandsIsSent) {
  EXPECT_TRUE(absl::IsNotFound(DecideDispatch(state_, Send("i-9"), "d-1", now_).status()));
  v1::DispatchIncidentRequest slow = Send("i-1");
  slow.set_answer_within_seconds(4000);
  EXPECT_EQ(Field(DecideDispatch(state_, slow, "d-1", now_).status()), "answer_within_seconds");
  event::v1::Event withdrawn;
  withdrawn.mutable_incident_withdrawn()->set_incident("i-1");
  Apply(std::move(withdrawn));
  EXPECT_TRUE(
      absl::IsFailedPrecondition(DecideDispatch(state_, Send("i-1"), "d-1", now_).status()));
}

TEST_F(OutTest, AnAnswerAfterItsTimeIsRefused) {
  Apply(DecideDispatch(state_, Send("i-1"), "d-1", now_));
  EXPECT_EQ(
      Field(DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_TIMED_OUT), crew_, now_).status()),
      "answer");
  EXPECT_TRUE(absl::IsFailedPrecondition(
      DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_ACCEPTED), crew_, now_ + absl::Seconds(120))
          .status()));
  EXPECT_TRUE(absl::IsPermissionDenied(DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_ACCEPTED),
                                                    {.person = "p-3", .leads = false}, now_)
                                           .status()));
  EXPECT_TRUE(
      DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_ACCEPTED), crew_, now_ + absl::Seconds(119))
          .ok());
}

TEST_F(OutTest, ACheckInThatDoesNotComeIsMissedOnceUntilTheNext) {
  const absl::Time due = now_ + absl::Minutes(90);
  EXPECT_TRUE(OverdueAt(state_, due - absl::Seconds(1)).empty());
  ASSERT_EQ(OverdueAt(state_, due).size(), 1U);
  Apply(DecideOverdue(state_, OverdueAt(state_, due)[0], due));
  EXPECT_TRUE(Shift().check_in_missed());
  EXPECT_TRUE(OverdueAt(state_, due + absl::Hours(3)).empty());
  now_ = due + absl::Minutes(5);
  v1::CheckInRequest check_in;
  check_in.set_shift("s-1");
  Apply(DecideCheckIn(state_, check_in, crew_));
  EXPECT_FALSE(Shift().check_in_missed());
  EXPECT_EQ(FromProto(Shift().check_in_due()), now_ + absl::Minutes(90));
  EXPECT_EQ(OverdueAt(state_, now_ + absl::Minutes(90)).size(), 1U);
  Apply(DecideReturn(state_, "s-1", crew_));
  EXPECT_TRUE(OverdueAt(state_, now_ + absl::Hours(9)).empty());
}

TEST_F(OutTest, WhatCameMeanwhileIsNotRecordedAsOverdue) {
  Apply(DecideDispatch(state_, Send("i-1"), "d-1", now_));
  const absl::Time late = now_ + absl::Seconds(121);
  const std::vector<Overdue> overdue = OverdueAt(state_, late);
  ASSERT_EQ(overdue.size(), 1U);
  EXPECT_EQ(overdue[0].dispatch, "d-1");
  Apply(DecideAnswer(state_, Answer(v1::DISPATCH_ANSWER_DECLINED), crew_, now_));
  const auto nothing = DecideOverdue(state_, overdue[0], late);
  ASSERT_TRUE(nothing.ok());
  EXPECT_TRUE(nothing->facts.empty());
}

TEST(WatchTest, RecordsATimeoutAndAMissedCheckInOnce) {
  FakeClock clock(At("2026-11-25T08:00:00+01:00"));
  bus::MemoryBus bus;
  log::MemoryLog log(bus.publisher());
  log::AppendRequest seed;
  seed.kommun = "0127";
  seed.idempotency_key = "seed";
  for (const event::v1::Event& fact : SmallTown()) seed.facts.push_back(fact.SerializeAsString());
  ASSERT_TRUE(log.AppendNow(seed).ok());
  fold::Follower follower(
      {.name = "dispatch"}, [](const std::string&) { return std::make_unique<State>(); }, log,
      bus.Subscribe(), clock);
  ASSERT_TRUE(follower.Start().ok());
  fold::Commands commands(follower, log, clock);
  prometheus::Registry registry;
  Metrics metrics(registry);
  Watch watch(follower, commands, metrics, clock);
  const auto execute = [&](const std::string& key, fold::Commands::Decide decide) {
    fold::Command command;
    command.kommun = "0127";
    command.key = key;
    command.deadline = clock.Now() + absl::Seconds(10);
    const auto outcome = commands.ExecuteAndWait(std::move(command), std::move(decide));
    EXPECT_TRUE(outcome.ok()) << outcome.status();
  };
  const auto record = [&](const std::string& key, event::v1::Event fact) {
    execute(key, [fact](const fold::Fold&, absl::Time) -> absl::StatusOr<fold::Decision> {
      fold::Decision decision;
      decision.facts.push_back(fact);
      return decision;
    });
  };
  event::v1::Event opened;
  opened.mutable_shift_opened()->set_shift("s-1");
  record("open", opened);
  event::v1::Event started;
  started.mutable_shift_started()->set_shift("s-1");
  record("start", started);
  event::v1::Event sent;
  sent.mutable_incident_dispatched()->set_shift("s-1");
  sent.mutable_incident_dispatched()->set_dispatch("d-1");
  *sent.mutable_incident_dispatched()->mutable_answer_by() =
      ToProto(clock.Now() + absl::Minutes(2));
  record("send", sent);

  const auto shift = [&] {
    v1::ShiftView view;
    const uint64_t head = log.Head("0127", log::Stream::kFacts).value();
    EXPECT_TRUE(follower
                    .Read("0127", head, clock.Now() + absl::Seconds(10),
                          [&](const fold::Fold& fold, uint64_t) {
                            view = *static_cast<const State&>(fold).FindShift("s-1");
                          })
                    .ok());
    return view;
  };
  shift();
  watch.RunOnce(clock.Now());
  EXPECT_EQ(shift().dispatches(0).answer(), v1::DISPATCH_ANSWER_UNSPECIFIED);
  clock.Advance(absl::Minutes(2));
  watch.RunOnce(clock.Now());
  EXPECT_EQ(shift().dispatches(0).answer(), v1::DISPATCH_ANSWER_TIMED_OUT);
  EXPECT_FALSE(shift().check_in_missed());
  clock.Advance(absl::Minutes(88));
  watch.RunOnce(clock.Now());
  EXPECT_TRUE(shift().check_in_missed());
  const uint64_t head = log.Head("0127", log::Stream::kFacts).value();
  watch.RunOnce(clock.Now());
  EXPECT_EQ(log.Head("0127", log::Stream::kFacts).value(), head);
  follower.Stop();
}

}  // namespace
}  // namespace vaka::dispatch
