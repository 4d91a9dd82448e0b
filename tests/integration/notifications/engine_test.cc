#include "services/notifications/engine.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/notifications/plan.h"
#include "services/notifications/planned.h"
#include "services/notifications/raise.h"
#include "tests/integration/notifications/house.h"

namespace vaka::notifications {
namespace {

class EngineTest : public HouseTest {
 protected:
  EngineTest()
      : facts_(
            {.name = "notifications", .schema = State::kSchema},
            [](const std::string&) { return std::make_unique<State>(); }, *log_, bus_.Subscribe(),
            clock_),
        deliveries_(
            {.name = "deliveries",
             .schema = Deliveries::kSchema,
             .stream = log::Stream::kDeliveries},
            [](const std::string&) { return std::make_unique<Deliveries>(); }, *log_,
            bus_.Subscribe(), clock_),
        commands_(facts_, *log_, clock_),
        outbox_(*client_, bus_.publisher(), clock_),
        counted_(metrics_),
        engine_({facts_, deliveries_, commands_, outbox_, counted_, clock_, nullptr}) {
    EXPECT_TRUE(outbox_.Load().ok());
    EXPECT_TRUE(facts_.Start().ok());
    EXPECT_TRUE(deliveries_.Start().ok());
  }

  // Reports something, and raises the alert about it as an engine does.
  void RaiseOne() {
    Report("i1");
    uint64_t seq = *log_->Head("0127", log::Stream::kFacts);
    std::vector<event::v1::Event> raised;
    ASSERT_TRUE(ReadFacts(seq, [&](const State& state) {
                  for (const Chore& chore : ChoresAt(state, clock_.Now()).due) {
                    raised = DecideChore(state, "0127", chore, clock_.Now())->facts;
                  }
                }).ok());
    ASSERT_EQ(raised.size(), 1u);
    seq = Record(std::move(raised));
    ASSERT_TRUE(ReadFacts(seq, [](const State&) {}).ok());
  }

  // What a planner does next that stands there.
  PlannedPart Piece(const PlannerPosition& at) {
    PlannedPart piece;
    const absl::Status read = ReadFacts(0, [&](const State& state) {
      piece = PlanPart(state, Deliveries(), "0127", *state.NextStep(at.seq), at, kPlanLimit,
                       clock_.Now());
    });
    EXPECT_TRUE(read.ok()) << read;
    return piece;
  }

  absl::Status ReadFacts(uint64_t at_least, const std::function<void(const State&)>& reader) {
    return facts_.Read(
        "0127", at_least, clock_.Steady() + absl::Seconds(5),
        [&](const fold::Fold& fold, uint64_t) { reader(static_cast<const State&>(fold)); });
  }

  fold::Follower facts_;
  fold::Follower deliveries_;
  fold::Commands commands_;
  Outbox outbox_;
  Metrics counted_;
  Engine engine_;
};

TEST_F(EngineTest, AllWhoseTimeHasComeAreReleasedHoweverMany) {
  Effects effects;
  for (size_t i = 0; i < 2 * kReleaseLimit + 50; ++i) {
    Parcel parcel;
    parcel.set_message(absl::StrCat("msg-", i));
    parcel.set_person(absl::StrCat("p", i));
    parcel.set_channel(registry::v1::CHANNEL_EMAIL);
    effects.hold.emplace_back(clock_.Now() - absl::Seconds(1), parcel);
  }
  ASSERT_TRUE(*outbox_.Plan("0127", {}, {}, effects));
  ASSERT_EQ(*outbox_.HeldCount("0127"), 2 * kReleaseLimit + 50);
  const absl::Status done = engine_.RunOnce("0127");
  EXPECT_TRUE(done.ok()) << done;
  EXPECT_EQ(*outbox_.HeldCount("0127"), 0U);
}

// A planner that dies after a piece, and asked for it twice because the answer was lost.
TEST_F(EngineTest, WhoGoesOnAfterADeathBetweenTwoPiecesLosesAndDoublesNobody) {
  constexpr size_t kPeople = 2 * kPlanLimit + 50;
  constexpr size_t kMostFacts = 900;
  std::vector<event::v1::Event> people;
  for (size_t i = 0; i < kPeople; ++i) {
    for (event::v1::Event& fact : testing::TownPersonFacts({.id = absl::StrCat("p", i)})) {
      people.push_back(std::move(fact));
    }
    if (people.size() < kMostFacts && i + 1 < kPeople) continue;
    Record(std::exchange(people, {}));
  }
  RaiseOne();
  const PlannerPosition start = *outbox_.Position("0127");
  const PlannedPart piece = Piece(start);
  ASSERT_EQ(piece.effects.facts.size(), 1u) << "one fact for all of them";
  ASSERT_EQ(piece.effects.send.size(), kPlanLimit);
  EXPECT_TRUE(*outbox_.Plan("0127", start, piece.next, piece.effects));
  EXPECT_FALSE(*outbox_.Plan("0127", start, piece.next, piece.effects));
  const absl::Status done = engine_.RunOnce("0127");
  EXPECT_TRUE(done.ok()) << done;

  std::map<std::string, int> queued, planned;
  const auto entries = outbox_.Take("0127", registry::v1::CHANNEL_EMAIL, "sender", 2 * kPeople);
  ASSERT_TRUE(entries.ok()) << entries.status();
  for (const Taken& taken : *entries) {
    ++queued[taken.parcel.person()];
  }
  const auto facts = log_->Read("0127", log::Stream::kDeliveries, 0, 2 * kPeople);
  ASSERT_TRUE(facts.ok()) << facts.status();
  for (const log::Entry& entry : *facts) {
    event::v1::Event event;
    ASSERT_TRUE(event.ParseFromString(entry.bytes));
    for (const DeliveryPlanned& one : PlannedIn(event)) ++planned[one.person()];
  }
  for (const auto* times : {&queued, &planned}) {
    EXPECT_EQ(times->size(), kPeople);
    EXPECT_TRUE(std::all_of(times->begin(), times->end(),
                            [](const auto& person) { return person.second == 1; }));
  }
}

}  // namespace
}  // namespace vaka::notifications
