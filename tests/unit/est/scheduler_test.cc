#include "services/est/scheduler.h"

#include <prometheus/registry.h>

#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/unit/est/est_fixture.h"

namespace vaka::est {
namespace {

// One replica of the service without its adapter.
struct Replica {
  Replica(log::Log& log, bus::MemoryBus& bus, Clock& clock)
      : follower(
            {.name = "est"}, [](const std::string&) { return std::make_unique<State>(); }, log,
            bus.Subscribe(), clock),
        commands(follower, log, clock),
        metrics(registry),
        scheduler(follower, commands, metrics, clock) {
    EXPECT_TRUE(follower.Start().ok());
  }
  ~Replica() { follower.Stop(); }

  prometheus::Registry registry;
  fold::Follower follower;
  fold::Commands commands;
  Metrics metrics;
  Scheduler scheduler;
};

class SchedulerTest : public EstFixture {
 protected:
  SchedulerTest() : clock_(At("2026-11-25T14:00:00+01:00")), log_(bus_.publisher()) {
    event::v1::Event configured;
    *configured.mutable_municipality_configured()->mutable_config() = SmallTown();
    event::v1::Event reported;
    *reported.mutable_incident_reported()->mutable_incident() =
        Incident("a", "alby", "graffiti", monday_);
    log::AppendRequest request;
    request.kommun = "0127";
    request.idempotency_key = "seed";
    request.facts = {configured.SerializeAsString(), reported.SerializeAsString()};
    EXPECT_TRUE(log_.AppendNow(request).ok());
  }

  // The facts after the seed, by kind.
  std::string Facts() {
    std::string kinds;
    const auto entries = log_.Read("0127", log::Stream::kFacts, 2, 1000);
    for (const log::Entry& entry : *entries) {
      event::v1::Event event;
      EXPECT_TRUE(event.ParseFromString(entry.bytes));
      absl::StrAppend(&kinds, event.has_week_frozen() ? "frozen " : "published ");
    }
    return kinds;
  }

  FakeClock clock_;
  bus::MemoryBus bus_;
  log::MemoryLog log_;
};

TEST_F(SchedulerTest, FreezesAndPublishesWhenItIsTimeAndOnce) {
  Replica replica(log_, bus_, clock_);
  replica.scheduler.RunOnce(clock_.Now());
  EXPECT_EQ(Facts(), "");
  clock_.Set(At("2026-11-25T15:00:01+01:00"));
  replica.scheduler.RunOnce(clock_.Now());
  replica.scheduler.RunOnce(clock_.Now());
  EXPECT_EQ(Facts(), "frozen ");
  clock_.Set(At("2026-11-26T16:00:01+01:00"));
  replica.scheduler.RunOnce(clock_.Now());
  replica.scheduler.RunOnce(clock_.Now());
  EXPECT_EQ(Facts(), "frozen published ");
}

TEST_F(SchedulerTest, TwoReplicasTakeAStepOnceAndAgree) {
  clock_.Set(At("2026-11-26T17:00:00+01:00"));
  Replica one(log_, bus_, clock_);
  Replica two(log_, bus_, clock_);
  one.scheduler.RunOnce(clock_.Now());
  two.scheduler.RunOnce(clock_.Now());
  EXPECT_EQ(Facts(), "frozen published ");
  const uint64_t head = log_.Head("0127", log::Stream::kFacts).value();
  std::string hashes[2];
  int i = 0;
  for (Replica* replica : {&one, &two}) {
    ASSERT_TRUE(replica->follower
                    .Read("0127", head, clock_.Now() + absl::Seconds(10),
                          [](const fold::Fold&, uint64_t) {})
                    .ok());
    hashes[i++] = replica->follower.StateHash("0127").value().second;
  }
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST_F(SchedulerTest, CatchesUpAfterAStandstillOverNewYear) {
  clock_.Set(At("2027-01-07T17:00:00+01:00"));  // weeks 47 to 53 are due
  Replica replica(log_, bus_, clock_);
  replica.scheduler.RunOnce(clock_.Now());
  std::string expected;
  for (int week = 47; week <= 53; ++week) absl::StrAppend(&expected, "frozen published ");
  EXPECT_EQ(Facts(), expected);
}

// Half an hour at a time over both clock changes, and over week 53 into the new year: each week is
// frozen and published once, at its hour on the wall.
TEST_F(SchedulerTest, EachWeekHasItsHourWhateverTheClocksDo) {
  struct Stretch {
    const char* from;
    const char* freeze;  // the last's
    IsoWeek last;
  };
  const Stretch stretches[] = {
      {"2027-01-01T00:00:00+01:00", "2027-01-06T15:00:00+01:00", {2026, 53}},
      {"2027-03-26T00:00:00+01:00", "2027-03-31T15:00:00+02:00", {2027, 12}},
      {"2027-10-29T00:00:00+02:00", "2027-11-03T15:00:00+01:00", {2027, 43}},
  };
  Replica replica(log_, bus_, clock_);
  for (const Stretch& stretch : stretches) {
    SCOPED_TRACE(stretch.from);
    clock_.Set(At(stretch.from));
    replica.scheduler.RunOnce(clock_.Now());  // what was due before
    const size_t before = Facts().size();
    absl::Time frozen;
    absl::Time published;
    while (clock_.Now() < At(stretch.from) + absl::Hours(24 * 8)) {
      clock_.Advance(absl::Minutes(30));
      replica.scheduler.RunOnce(clock_.Now());
      const std::string since = Facts().substr(before);
      if (frozen == absl::Time() && since == "frozen ") frozen = clock_.Now();
      if (published == absl::Time() && since == "frozen published ") published = clock_.Now();
    }
    EXPECT_EQ(Facts().substr(before), "frozen published ");
    EXPECT_EQ(frozen, At(stretch.freeze));
    EXPECT_EQ(published, At(stretch.freeze) + absl::Hours(25));
    ASSERT_TRUE(replica.follower
                    .Read("0127", 0, absl::InfiniteFuture(),
                          [&](const fold::Fold& fold, uint64_t) {
                            const auto& state = static_cast<const State&>(fold);
                            EXPECT_TRUE(absl::IsFailedPrecondition(
                                DecideFreeze(state, stretch.last, clock_.Now()).status()))
                                << "it was that week";
                          })
                    .ok());
  }
}

TEST_F(SchedulerTest, AClockThatIsSetTakesNoStepTwice) {
  clock_.Set(At("2026-11-25T14:30:00+01:00"));
  Replica replica(log_, bus_, clock_);
  for (const absl::Duration step :
       {absl::Hours(1), -absl::Hours(1), absl::Hours(1), -absl::Hours(2), absl::Hours(1)}) {
    clock_.Step(step);
    replica.scheduler.RunOnce(clock_.Now());
  }
  EXPECT_EQ(Facts(), "frozen ");
  clock_.Advance(absl::Hours(26));
  replica.scheduler.RunOnce(clock_.Now());
  EXPECT_EQ(Facts(), "frozen published ");
}

}  // namespace
}  // namespace vaka::est
