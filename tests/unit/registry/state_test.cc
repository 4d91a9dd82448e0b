#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/time.h"
#include "services/registry/decide.h"
#include "tests/unit/registry/town.h"

namespace vaka::registry {
namespace {

using options::v1::ROLE_CARETAKER;
using options::v1::ROLE_CONTACT_PERSON;

v1::CoverageRow Row(const google::protobuf::RepeatedPtrField<v1::CoverageRow>& rows,
                    const std::string& key) {
  for (const v1::CoverageRow& row : rows) {
    if (row.key() == key) return row;
  }
  ADD_FAILURE() << "no row " << key;
  return {};
}

// One area's life over two years, and another that stays.
struct Years {
  Town town;
  absl::Time registered = town.now;
  absl::Time active = registered + absl::Hours(24 * 100);
  absl::Time grown = registered + absl::Hours(24 * 200);
  absl::Time asleep = registered + absl::Hours(24 * 500);
  absl::Time closed = registered + absl::Hours(24 * 600);

  Years() {
    town.AddArea(TownArea("a1", 0, 30, 10), v1::AREA_STAGE_TRAINED);
    town.now = active;
    EXPECT_TRUE(town.Step("a1", v1::AREA_STAGE_ACTIVE).ok());
    v1::Area other = TownArea("a2", 1, 100);
    other.set_district("soder");
    town.AddArea(other);
    town.AddPerson("anna");
    town.AddPerson("bo");
    EXPECT_TRUE(town.Give("anna", ROLE_CONTACT_PERSON, "a1").ok());
    EXPECT_TRUE(town.Give("bo", ROLE_CARETAKER, "a1").ok());
    town.now = grown;
    v1::ChangeAreaRequest change;
    *change.mutable_area() = TownArea("a1", 0, 50, 10);
    EXPECT_TRUE(town.Do(DecideChangeArea(town.state(), change)).ok());
    EXPECT_TRUE(town.Do(DecideErasePerson(town.state(), "bo")).ok());
    town.now = asleep;
    EXPECT_TRUE(town.Step("a1", v1::AREA_STAGE_DORMANT).ok());
    town.now = closed;
    EXPECT_TRUE(town.Step("a1", v1::AREA_STAGE_CLOSED).ok());
  }
};

TEST(CoverageTest, AContactOfTwoAreasCountsOnceInWhatHoldsBoth) {
  Town town;
  town.AddArea(TownArea("a1", 0, 30));
  v1::Area other = TownArea("a2", 1, 100);
  other.set_district("soder");
  town.AddArea(other);
  for (const char* person : {"anna", "bo"}) town.AddPerson(person);
  EXPECT_TRUE(town.Give("anna", ROLE_CONTACT_PERSON, "a1").ok());
  EXPECT_TRUE(town.Give("anna", ROLE_CONTACT_PERSON, "a2").ok());
  EXPECT_TRUE(town.Give("bo", ROLE_CARETAKER, "a1").ok());
  const auto coverage = town.state().CoverageAt(town.now);
  EXPECT_EQ(coverage.total().contact_persons(), 2u);
  EXPECT_EQ(Row(coverage.by_district(), "norr").contact_persons(), 2u);
  EXPECT_EQ(Row(coverage.by_district(), "soder").contact_persons(), 1u);
}

TEST(CoverageTest, IsWhatItWasAtAnyPastDate) {
  const Years years;
  const State& state = years.town.state();

  const auto before = state.CoverageAt(years.registered - absl::Seconds(1));
  EXPECT_EQ(before.total().areas(), 0u);
  EXPECT_EQ(before.by_district_size(), 2) << "configured districts are there, empty";

  const auto trained = state.CoverageAt(years.registered);
  EXPECT_EQ(trained.total().households(), 40u);
  EXPECT_EQ(trained.total().covered(), 0u);

  const auto active = state.CoverageAt(years.active);
  EXPECT_EQ(active.total().covered(), 140u);
  EXPECT_EQ(active.total().contact_persons(), 2u);
  EXPECT_EQ(active.total().areas_without_contact(), 1u);
  EXPECT_EQ(Row(active.by_district(), "norr").covered(), 40u);
  EXPECT_EQ(Row(active.by_district(), "soder").covered(), 100u);
  EXPECT_EQ(Row(active.by_form(), "houses").covered(), 130u);
  EXPECT_EQ(Row(active.by_form(), "rented").covered(), 10u);
  EXPECT_EQ(Row(active.by_form(), "rented").areas(), 1u);

  const auto grown = state.CoverageAt(years.grown);
  EXPECT_EQ(Row(grown.by_form(), "houses").covered(), 150u);
  EXPECT_EQ(grown.total().contact_persons(), 1u) << "the erased one is gone from then on";

  const auto asleep = state.CoverageAt(years.asleep);
  EXPECT_EQ(Row(asleep.by_district(), "norr").covered(), 0u);
  EXPECT_EQ(Row(asleep.by_district(), "norr").households(), 60u);
  EXPECT_EQ(asleep.total().dormant(), 1u);
  EXPECT_EQ(asleep.total().active(), 1u);

  EXPECT_EQ(state.CoverageAt(years.closed).total().areas(), 1u);
}

TEST(CoverageTest, TakesInWhatIsRecordedLate) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40), v1::AREA_STAGE_TRAINED);
  const absl::Time then = town.now + absl::Hours(1);
  event::v1::Event fact;
  fact.mutable_area_stage_changed()->set_area("a1");
  fact.mutable_area_stage_changed()->set_to(v1::AREA_STAGE_ACTIVE);
  *fact.mutable_occurred_at() = ToProto(then);
  *fact.mutable_recorded_at() = ToProto(town.now + absl::Hours(500));
  ASSERT_TRUE(town.state().Apply(fact).ok());
  EXPECT_EQ(town.state().CoverageAt(then - absl::Seconds(1)).total().active(), 0u);
  EXPECT_EQ(town.state().CoverageAt(then).total().active(), 1u);
}

TEST(StateTest, ComesBackFromItsBytesTheSame) {
  const Years years;
  const std::string bytes = years.town.state().Serialize();
  State restored;
  ASSERT_TRUE(restored.Restore(bytes).ok());
  EXPECT_EQ(restored.Serialize(), bytes);
  for (const absl::Time at : {years.active, years.grown, years.asleep, years.closed}) {
    EXPECT_EQ(restored.CoverageAt(at).SerializeAsString(),
              years.town.state().CoverageAt(at).SerializeAsString());
  }
  EXPECT_EQ(restored.view().AreaAt(TownArea("x", 1, 0).polygon().rings(0).points(0)), "a2");
  State other;
  EXPECT_FALSE(other.Restore("\xff\xff\xff").ok());
}

TEST(StateTest, AFactOfSomethingUnknownChangesNothing) {
  Town town;
  const std::string before = town.state().Serialize();
  std::vector<event::v1::Event> strange(5);
  strange[0].mutable_area_changed()->mutable_area()->set_id("a9");
  strange[1].mutable_area_stage_changed()->set_area("a9");
  strange[2].mutable_role_assigned()->set_person("nobody");
  strange[3].mutable_training_held()->add_attended("nobody");
  strange[4].mutable_caretaker_round_moved()->set_from_person("nobody");
  for (const event::v1::Event& fact : strange) {
    EXPECT_EQ(town.state().Apply(fact).code(), absl::StatusCode::kNotFound) << fact.DebugString();
    EXPECT_EQ(town.state().Serialize(), before);
  }
  event::v1::Event foreign;
  foreign.mutable_incident_reported();
  EXPECT_TRUE(town.state().Apply(foreign).ok());
  EXPECT_EQ(town.state().Serialize(), before);
}

TEST(ListTest, ShowsVitalityAndFilters) {
  Town town;
  v1::Area named = TownArea("a1", 0, 40);
  named.add_place_names("Albyvägen");
  town.AddArea(named);
  town.AddArea(TownArea("a2", 1, 40), v1::AREA_STAGE_INTEREST);
  town.AddPerson("anna");
  ASSERT_TRUE(town.Give("anna", options::v1::ROLE_LEAD_CONTACT, "a1").ok());
  v1::ListAreasRequest request;
  request.set_stage(v1::AREA_STAGE_ACTIVE);
  request.set_without_polygons(true);
  v1::ListAreasResponse areas;
  ListAreas(town.state(), request, town.now, areas);
  ASSERT_EQ(areas.areas_size(), 1);
  EXPECT_EQ(areas.areas(0).lead_contact(), "anna");
  EXPECT_EQ(areas.areas(0).contact_persons(), 1u);
  EXPECT_FALSE(areas.areas(0).area().has_polygon());
  v1::ListPeopleRequest asked;
  asked.set_role(options::v1::ROLE_PATROLLER);
  v1::ListPeopleResponse people;
  ListPeople(town.state(), asked, town.now, people);
  EXPECT_EQ(people.people_size(), 0);
  asked.set_role(options::v1::ROLE_LEAD_CONTACT);
  ListPeople(town.state(), asked, town.now, people);
  EXPECT_EQ(people.people_size(), 1);
}

TEST(RegistryViewTest, FindsPlaces) {
  Town town;
  v1::Area named = TownArea("a1", 0, 40);
  named.add_place_names("Ängsvägen  12");
  town.AddArea(named);
  const RegistryView& view = town.state().view();
  v1::Point point;
  point.set_lat(59.005);
  point.set_lon(17.005);
  EXPECT_EQ(view.AreaAt(point), "a1");
  EXPECT_EQ(view.AreaByPlaceName(" ÄNGSVÄGEN 12 "), "a1");
  EXPECT_EQ(view.AreaByPlaceName("område a1"), "a1");
  EXPECT_EQ(view.AreaByPlaceName("elsewhere"), "");
  EXPECT_EQ(view.DistrictNearest(point), "norr");
  point.set_lon(17.9);
  EXPECT_EQ(view.DistrictNearest(point), "soder");
  ASSERT_TRUE(town.Step("a1", v1::AREA_STAGE_CLOSED).ok());
  point.set_lon(17.005);
  EXPECT_EQ(view.AreaAt(point), "") << "closed areas hold nothing";
  EXPECT_EQ(view.AreaByPlaceName("område a1"), "");
}

TEST(RegistryViewTest, RolesHoldFromTheirDayToTheirDay) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  town.AddPerson("anna");
  v1::RoleScope scope;
  scope.set_role(ROLE_CONTACT_PERSON);
  scope.set_area("a1");
  *scope.mutable_from() = ToProto(town.now + absl::Hours(1));
  *scope.mutable_to() = ToProto(town.now + absl::Hours(3));
  ASSERT_TRUE(town.Do(DecideAssignRole(town.state(), "anna", scope, town.now)).ok());
  const RegistryView& view = town.state().view();
  for (const auto& [hours, expected] : {std::pair(0, 0u), {1, 1u}, {2, 1u}, {3, 0u}}) {
    const absl::Time at = town.now + absl::Hours(hours);
    EXPECT_EQ(view.PeopleWithRole(ROLE_CONTACT_PERSON, at).size(), expected) << hours;
    EXPECT_EQ(view.ContactsOf("a1", at).size(), expected) << hours;
    EXPECT_EQ(town.state().CoverageAt(at).total().contact_persons(), expected) << hours;
  }
  EXPECT_EQ(view.PeopleWithRole(ROLE_CONTACT_PERSON, town.now + absl::Hours(2),
                                {.area = "a2", .district = "", .agency = ""})
                .size(),
            0u);
}

TEST(MaterialTest, ACountPastItsTypesRangeIsRefusedAndLeavesNoTrace) {
  Town town;
  town.AddArea(TownArea("a1", 0, 30, 10), v1::AREA_STAGE_TRAINED);
  State state;
  ASSERT_TRUE(state.Restore(town.state().Serialize()).ok());
  event::v1::Event fact;
  fact.mutable_material_moved()->set_area("a1");
  fact.mutable_material_moved()->set_item("sign");
  fact.mutable_material_moved()->set_count(std::numeric_limits<int32_t>::max());
  ASSERT_TRUE(state.Apply(fact).ok());
  const std::string before = state.Serialize();
  EXPECT_TRUE(absl::IsOutOfRange(state.Apply(fact)));
  EXPECT_EQ(state.Serialize(), before);
}

}  // namespace
}  // namespace vaka::registry
