#include "services/intake/state.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/unit/intake/town.h"

namespace vaka::intake {
namespace {

using testing::Coordinator;
using testing::DraftOf;
using testing::FromSource;
using testing::Guard;
using testing::Importer;
using testing::Latest;
using testing::Noon;
using testing::Town;

std::unique_ptr<Town> BusyTown() {
  auto busy = std::make_unique<Town>();
  Town& town = *busy;
  town.Say(DraftOf("inc-1"), Guard()).IgnoreError();
  town.Say(FromSource("polisen:1", "a"), Importer()).IgnoreError();
  town.Say(FromSource("polisen:1", "b"), Importer()).IgnoreError();
  Draft earlier = DraftOf("inc-3", "worry", "Grödinge");
  *earlier.submission.mutable_observed_from() = ToProto(Noon() - absl::Hours(30));
  town.Say(earlier, Guard()).IgnoreError();
  town.Take(*DecideWithdraw(town.state, "inc-1", "wrong", Guard())).IgnoreError();
  v1::LinkRequest link;
  link.set_event("inc-3");
  link.add_incidents("inc-1");
  town.Take(*DecideLink(town.state, link)).IgnoreError();
  return busy;
}

TEST(IntakeStateTest, ComesBackFromItsSnapshot) {
  const auto busy = BusyTown();
  const Town& town = *busy;
  State again;
  ASSERT_TRUE(again.Restore(town.state.Serialize()).ok());
  EXPECT_EQ(again.Serialize(), town.state.Serialize());
  ASSERT_EQ(again.size(), 3u);
  EXPECT_EQ(again.by_time(), town.state.by_time());
  EXPECT_EQ(again.FindSource("polisen:1"), 1u);
  EXPECT_EQ(again.At(1).version, 2u);
  EXPECT_TRUE(again.At(0).withdrawn);
  EXPECT_EQ(again.At(0).event, 2u);
  EXPECT_EQ(again.At(1).event, State::kNone);
  EXPECT_EQ(again.registry().AreaByPlaceName("Albyvägen"), "a-alby");
  EXPECT_FALSE(again.InOutline(testing::At(60, 20)));
}

TEST(IntakeStateTest, GoesOnAlikeAfterItsSnapshot) {
  const auto busy = BusyTown();
  Town& town = *busy;
  State again;
  ASSERT_TRUE(again.Restore(town.state.Serialize()).ok());
  event::v1::Event next =
      DecideReport(town.state, DraftOf("inc-4"), Guard(), Noon())->decision.facts[0];
  next.set_seq(town.seq() + 1);
  ASSERT_TRUE(again.Apply(next).ok());
  ASSERT_TRUE(town.Take(next).ok());
  EXPECT_EQ(again.Serialize(), town.state.Serialize());
}

TEST(IntakeStateTest, ACorrectedReferenceNamesTheSameIncidentBeforeAndAfterItsSnapshot) {
  State state;
  uint64_t seq = 0;
  const auto say = [&](const std::string& id, const std::string& ref, bool corrected) {
    event::v1::Event event;
    event.set_seq(++seq);
    v1::Incident& incident = corrected ? *event.mutable_incident_corrected()->mutable_incident()
                                       : *event.mutable_incident_reported()->mutable_incident();
    incident.set_id(id);
    incident.set_source_ref(ref);
    ASSERT_TRUE(state.Apply(event).ok());
  };
  const auto expect = [&](const std::string& ref, State::Number number) {
    State again;
    ASSERT_TRUE(again.Restore(state.Serialize()).ok());
    EXPECT_EQ(state.FindSource(ref), number) << ref;
    EXPECT_EQ(again.FindSource(ref), number) << ref << ", restored";
  };
  say("a", "x", false);
  say("b", "y", false);
  say("b", "x", true);  // the same as another's
  expect("x", 0);
  expect("y", State::kNone);
  say("a", "z", true);
  expect("x", 1);
  expect("z", 0);
  say("b", "", true);
  expect("x", State::kNone);
}

TEST(IntakeStateTest, RefusesASnapshotThatIsNone) {
  const std::string good = BusyTown()->state.Serialize();
  EXPECT_FALSE(State().Restore("\xFF\xFFnonsense").ok());
  EXPECT_FALSE(State().Restore(good.substr(0, good.size() - 3)).ok());
}

TEST(IntakeStateTest, AnErrorLeavesItAsItWas) {
  const auto busy = BusyTown();
  Town& town = *busy;
  const std::string before = town.state.Serialize();
  event::v1::Event event;
  event.mutable_incident_reported()->mutable_incident()->set_id("inc-1");
  EXPECT_FALSE(town.Take(event).ok()) << "twice";
  event.mutable_incident_reported()->mutable_incident()->clear_id();
  EXPECT_FALSE(town.Take(event).ok()) << "without id";
  event.mutable_incident_corrected()->mutable_incident()->set_id("inc-9");
  EXPECT_FALSE(town.Take(event).ok());
  event.mutable_incident_withdrawn()->set_incident("inc-9");
  EXPECT_FALSE(town.Take(event).ok());
  event.mutable_incidents_linked()->set_event("inc-1");
  event.mutable_incidents_linked()->add_incidents("inc-9");
  EXPECT_FALSE(town.Take(event).ok());
  EXPECT_EQ(town.state.Serialize(), before);
}

TEST(IntakeStateTest, PassesOverFactsOfOthers) {
  Town town;
  const std::string before = town.state.Serialize();
  event::v1::Event event;
  event.mutable_shift_opened();
  EXPECT_TRUE(town.Take(event).ok());
  EXPECT_TRUE(town.Take(event::v1::Event()).ok());
  EXPECT_EQ(town.state.Serialize(), before);
}

TEST(IntakeStateTest, CorrectedTimeMovesTheIncidentInTheIndex) {
  Town town;
  ASSERT_TRUE(town.Say(DraftOf("inc-1"), Guard()).ok());
  Draft moved = DraftOf("inc-1");
  *moved.submission.mutable_observed_from() = ToProto(Noon() - absl::Hours(5));
  ASSERT_TRUE(town.Take(*DecideCorrect(town.state, moved, "", Guard(), Noon())).ok());
  ASSERT_EQ(town.state.by_time().size(), 1u);
  EXPECT_EQ(town.state.by_time().begin()->first, absl::ToUnixMicros(Noon() - absl::Hours(5)));
}

}  // namespace
}  // namespace vaka::intake
