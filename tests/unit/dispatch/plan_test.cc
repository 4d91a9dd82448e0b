// The briefing list, the stops and the drive.
#include "services/dispatch/plan.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/dispatch/places.h"
#include "services/dispatch/route.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/unit/dispatch/dispatch_fixture.h"

namespace vaka::dispatch {
namespace {

class PlanTest : public DispatchFixture {
 protected:
  void SetUp() override { BringTo(v1::SHIFT_STATE_STAFFED); }

  std::vector<std::string> Briefing(absl::Time starts) const {
    std::vector<std::string> ids;
    for (const v1::RecentIncident* incident : BriefingList(state_, starts)) {
      ids.push_back(incident->id());
    }
    return ids;
  }
  static const v1::Stop* Find(const Plan& plan, v1::StopKind kind, const std::string& area = "") {
    for (const v1::Stop& stop : plan.stops) {
      if (stop.kind() == kind && (area.empty() || stop.area() == area)) return &stop;
    }
    return nullptr;
  }
  void PublishAlarm(uint32_t week, const std::string& district, uint32_t level) {
    event::v1::Event event;
    est::v1::Picture& picture = *event.mutable_picture_published()->mutable_picture();
    picture.mutable_week()->set_year(2026);
    picture.mutable_week()->set_week(week);
    est::v1::Cell& cell = *picture.add_cells();
    cell.set_district(district);
    cell.set_category("graffiti");
    cell.set_count(7);
    cell.set_expected(2.1);
    cell.set_level(level);
    Apply(std::move(event));
  }
};

TEST_F(PlanTest, TheBriefingListIsTheLastDaysPoliceReports) {
  Report("old", "graffiti", "", "alby", starts_ - absl::Hours(25));
  Report("mild", "graffiti", "", "alby", starts_ - absl::Hours(20), 1);
  Report("grave", "burglary_house", "a-villas", "tullinge", starts_ - absl::Hours(3), 4);
  Report("resident", "graffiti", "", "alby", starts_ - absl::Hours(2), 3, "municipality");
  Report("later", "graffiti", "", "alby", starts_ + absl::Minutes(1));
  Report("gone", "graffiti", "", "alby", starts_ - absl::Hours(2));
  Report("twice", "graffiti", "", "alby", starts_ - absl::Hours(2));
  event::v1::Event withdrawn;
  withdrawn.mutable_incident_withdrawn()->set_incident("gone");
  Apply(std::move(withdrawn));
  event::v1::Event linked;
  linked.mutable_incidents_linked()->set_event("mild");
  linked.mutable_incidents_linked()->add_incidents("mild");
  linked.mutable_incidents_linked()->add_incidents("twice");
  Apply(std::move(linked));
  EXPECT_EQ(Briefing(starts_), (std::vector<std::string>{"grave", "mild"}));
}

// Every shift keeps its list: one that grew with the reports would grow the state by their square.
TEST_F(PlanTest, ABriefingNamesNoMoreThanAnOfficerMayGive) {
  for (int i = 0; i < 300; ++i) {
    Report(absl::StrCat("mild", i), "graffiti", "", "alby", starts_ - absl::Hours(20), 1);
  }
  Report("grave", "burglary_house", "a-villas", "tullinge", starts_ - absl::Hours(3), 4);
  const Plan plan = PlanFor(state_, Shift(), {});
  ASSERT_EQ(plan.incidents.size(), 200u);
  EXPECT_EQ(plan.incidents.front(), "grave");
  EXPECT_EQ(Briefing(starts_).size(), 301u);
}

TEST_F(PlanTest, OnAMondayTheListGoesBackToFridaysShift) {
  const absl::Time monday = At("2026-03-30T08:30:00+02:00");  // the clocks changed on Sunday
  Report("friday-early", "graffiti", "", "alby", At("2026-03-27T08:29:00+01:00"));
  Report("friday", "graffiti", "", "alby", At("2026-03-27T08:31:00+01:00"));
  Report("sunday", "graffiti", "", "alby", At("2026-03-29T12:00:00+02:00"));
  EXPECT_EQ(Briefing(monday), (std::vector<std::string>{"friday", "sunday"}));
  EXPECT_EQ(Briefing(monday + absl::Hours(24)), std::vector<std::string>());
}

TEST_F(PlanTest, ABurglaryInAHomeIsShownAsItsAreaAndMeetsTheLeadContact) {
  Report("i-1", "burglary_house", "a-villas", "tullinge", starts_ - absl::Hours(3), 4);
  Report("i-2", "graffiti", "a-villas", "tullinge", starts_ - absl::Hours(2), 1);
  const Plan plan = PlanFor(state_, Shift(), {});
  const v1::Stop* stop = Find(plan, v1::STOP_KIND_INCIDENT);
  ASSERT_NE(stop, nullptr);
  EXPECT_EQ(stop->incident(), "i-1");
  EXPECT_NEAR(stop->point().lat(), 59.210, 1e-6);  // the area's middle, not 59.2123
  EXPECT_NEAR(stop->point().lon(), 17.910, 1e-6);
  EXPECT_EQ(stop->contact_person(), "c-lead");
  EXPECT_EQ(stop->why(), "2 anmälningar: Inbrott i villa, Klotter");
  EXPECT_EQ(plan.incidents, (std::vector<std::string>{"i-1", "i-2"}));
  EXPECT_EQ(std::count_if(plan.stops.begin(), plan.stops.end(),
                          [](const v1::Stop& s) { return s.kind() == v1::STOP_KIND_INCIDENT; }),
            1);
}

TEST_F(PlanTest, TheDayIsMadeOfWhatIsDue) {
  Signs("a-villas");  // active, with signs, never followed up
  PublishAlarm(46, "alby", 5);
  const Plan plan = PlanFor(state_, Shift(), {.depot_district = "tumba"});
  EXPECT_EQ(plan.stops.size(), 5U);
  ASSERT_NE(Find(plan, v1::STOP_KIND_HOT_SPOT), nullptr);
  EXPECT_EQ(Find(plan, v1::STOP_KIND_HOT_SPOT)->why(),
            "Avviker i lägesbilden: Klotter 7 (väntat 2,1)");
  EXPECT_NE(Find(plan, v1::STOP_KIND_FOLLOW_UP, "a-villas"), nullptr);
  EXPECT_NE(Find(plan, v1::STOP_KIND_MATERIAL, "a-trained"), nullptr);
  ASSERT_NE(Find(plan, v1::STOP_KIND_MATERIAL, "a-block"), nullptr);
  EXPECT_EQ(Find(plan, v1::STOP_KIND_MATERIAL, "a-block")->contact_person(), "c-block");
  EXPECT_NE(Find(plan, v1::STOP_KIND_START_AREA, "a-new"), nullptr);
}

TEST_F(PlanTest, AFollowUpIsDueAfterHalfAYear) {
  Signs("a-villas");
  const auto follow_up = [this](absl::Time at) {
    event::v1::Event event;
    event.mutable_follow_up_held()->set_area("a-villas");
    event.mutable_follow_up_held()->set_person("c-lead");
    *event.mutable_follow_up_held()->mutable_held_at() = ToProto(at);
    Apply(std::move(event));
  };
  follow_up(starts_ - absl::Hours(24 * 200));
  EXPECT_NE(Find(PlanFor(state_, Shift(), {}), v1::STOP_KIND_FOLLOW_UP), nullptr);
  follow_up(starts_ - absl::Hours(24 * 100));
  EXPECT_EQ(Find(PlanFor(state_, Shift(), {}), v1::STOP_KIND_FOLLOW_UP), nullptr);
}

TEST_F(PlanTest, OnlyTheNewestPicturesAlarmsCount) {
  PublishAlarm(46, "alby", 5);
  PublishAlarm(47, "tullinge", 3);  // no alarm any more
  EXPECT_EQ(Find(PlanFor(state_, Shift(), {}), v1::STOP_KIND_HOT_SPOT), nullptr);
  PublishAlarm(46, "alby", 5);  // a revision of the week before
  EXPECT_EQ(Find(PlanFor(state_, Shift(), {}), v1::STOP_KIND_HOT_SPOT), nullptr);
}

TEST_F(PlanTest, ThePlanKeepsWithinTheDayAndLeavesOutTheLeastUrgent) {
  Signs("a-villas");
  PublishAlarm(46, "alby", 5);
  const Plan whole = PlanFor(state_, Shift(), {});
  absl::Time before = starts_ + absl::Minutes(30);
  for (const v1::Stop& stop : whole.stops) {
    EXPECT_GT(FromProto(stop.planned_at()), before - absl::Minutes(1));
    before = FromProto(stop.planned_at());
  }
  EXPECT_LT(before, FromProto(Shift().ends()) - absl::Minutes(30));
  uint32_t metres = 0;
  for (const v1::Stop& stop : whole.stops) metres += stop.metres_from_previous();
  EXPECT_LE(metres, whole.metres);

  v1::ShiftView brief = Shift();
  *brief.mutable_ends() = ToProto(starts_ + absl::Minutes(130));
  const Plan shorter = PlanFor(state_, brief, {});
  ASSERT_LT(shorter.stops.size(), whole.stops.size());
  ASSERT_FALSE(shorter.stops.empty());
  EXPECT_NE(Find(shorter, v1::STOP_KIND_HOT_SPOT), nullptr);  // the most urgent
  EXPECT_EQ(Find(shorter, v1::STOP_KIND_FOLLOW_UP), nullptr);
  *brief.mutable_ends() = ToProto(starts_ + absl::Minutes(61));
  EXPECT_TRUE(PlanFor(state_, brief, {}).stops.empty());
}

TEST_F(PlanTest, LunchIsBeforeTheFirstStopAfterItsHour) {
  PlanRules rules;
  rules.lunch_minute = 9 * 60;  // during the drive to the first stop
  const Plan with = PlanFor(state_, Shift(), rules);
  rules.lunch = absl::ZeroDuration();
  const Plan without = PlanFor(state_, Shift(), rules);
  ASSERT_FALSE(with.stops.empty());
  EXPECT_EQ(FromProto(with.stops[0].planned_at()) - FromProto(without.stops[0].planned_at()),
            absl::Minutes(45));
}

TEST_F(PlanTest, TheOfficersOwnPlanIsCheckedAndTimedInItsOrder) {
  v1::BriefShiftRequest request;
  request.set_shift("s-1");
  const Plan plan = PlanFor(state_, Shift(), {});
  ASSERT_GE(plan.stops.size(), 2U);
  *request.mutable_stops() = {plan.stops.rbegin(), plan.stops.rend()};
  request.add_incidents("unknown");
  EXPECT_EQ(Field(DecideBrief(state_, request, {}).status()), "incidents");
  request.clear_incidents();
  request.mutable_stops(0)->set_area("nowhere");
  EXPECT_EQ(Field(DecideBrief(state_, request, {}).status()), "stops[0].area");
  request.mutable_stops(0)->clear_area();
  request.mutable_stops(1)->set_id(request.stops(0).id());
  EXPECT_EQ(Field(DecideBrief(state_, request, {}).status()), "stops[1].id");
  request.mutable_stops(1)->set_id("own");
  Apply(DecideBrief(state_, request, {}));
  EXPECT_EQ(Shift().stops(1).id(), "own");
  EXPECT_LT(FromProto(Shift().stops(0).planned_at()), FromProto(Shift().stops(1).planned_at()));
}

TEST_F(PlanTest, TheStateComesBackByteForByteAndPlansTheSame) {
  Report("i-1", "burglary_house", "a-villas", "tullinge", starts_ - absl::Hours(3), 4);
  PublishAlarm(46, "alby", 5);
  v1::BriefShiftRequest brief;
  brief.set_shift("s-1");
  Apply(DecideBrief(state_, brief, {}));
  State again;
  ASSERT_TRUE(again.Restore(state_.Serialize()).ok());
  EXPECT_EQ(again.Serialize(), state_.Serialize());
  const Plan one = PlanFor(state_, Shift(), {});
  const Plan two = PlanFor(again, *again.FindShift("s-1"), {});
  ASSERT_EQ(one.stops.size(), two.stops.size());
  for (size_t i = 0; i < one.stops.size(); ++i) {
    EXPECT_EQ(one.stops[i].SerializeAsString(), two.stops[i].SerializeAsString());
  }
  State broken;
  EXPECT_FALSE(broken.Restore("no state").ok());
}

TEST_F(PlanTest, WhatIsWeeksOldIsForgotten) {
  Report("old", "graffiti", "", "alby", starts_ - absl::Hours(24 * 30));
  EXPECT_NE(state_.FindIncident("old"), nullptr);
  Report("new", "graffiti", "", "alby", starts_);
  EXPECT_EQ(state_.FindIncident("old"), nullptr);
  Report("old-too", "graffiti", "", "alby", starts_ - absl::Hours(24 * 30));
  EXPECT_EQ(state_.FindIncident("old-too"), nullptr);
}

TEST(RouteTest, MetresAreThoseOfTheEarth) {
  // Tumba to Alby, about 4.4 km; a degree of latitude is 111.2 km.
  EXPECT_NEAR(MetresBetween(PointAt(59, 17), PointAt(60, 17)), 111195, 10);
  EXPECT_NEAR(MetresBetween(PointAt(59.200, 17.831), PointAt(59.239, 17.845)), 4409, 15);
  EXPECT_EQ(MetresBetween(PointAt(59, 17), PointAt(59, 17)), 0);
}

TEST(RouteTest, IsNeverLongerThanNearestNeighbourAndVisitsEveryStopOnce) {
  bus::SplitMix random(20261125);
  int shorter = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<registry::v1::Point> stops;
    const uint64_t count = random.Below(13);
    for (uint64_t i = 0; i < count; ++i) {
      stops.push_back(PointAt(59.13 + static_cast<double>(random.Below(1200)) * 1e-4,
                              17.80 + static_cast<double>(random.Below(1100)) * 1e-4));
    }
    const registry::v1::Point depot = PointAt(59.200, 17.831);
    const Route route = ShortRoute(depot, stops);
    const Route nearest = NearestNeighbour(depot, stops);
    EXPECT_LE(route.metres, nearest.metres + 1e-6) << "round " << round;
    if (route.metres < nearest.metres - 1) ++shorter;
    EXPECT_EQ(std::set<size_t>(route.order.begin(), route.order.end()).size(), stops.size());
    EXPECT_EQ(route.legs.size(), stops.size() + 1);
    EXPECT_EQ(ShortRoute(depot, stops).order, route.order);
  }
  EXPECT_GT(shorter, 50);  // the turns do help
}

TEST(RouteTest, UncrossesARouteThatCrossesItself) {
  // Given in an order that makes the nearest neighbour go back over the depot's side.
  const std::vector<registry::v1::Point> stops = {PointAt(0, 0.010), PointAt(0, -0.011),
                                                  PointAt(0, 0.023), PointAt(0, -0.040)};
  const Route route = ShortRoute(PointAt(0, 0), stops);
  EXPECT_NEAR(route.metres, 2 * (0.023 + 0.040) * 111195, 5);
}

TEST(PlacesTest, TheMiddleIsTheCentreOfGravityOfTheLargestRing) {
  registry::v1::Polygon polygon;
  const auto square = [&polygon](double lat, double lon, double side) {
    registry::v1::Ring& ring = *polygon.add_rings();
    for (const auto& [dy, dx] : {std::pair(0, 0), {0, 1}, {1, 1}, {1, 0}, {0, 0}}) {
      *ring.add_points() = PointAt(lat + dy * side, lon + dx * side);
    }
  };
  EXPECT_FALSE(MiddleOf(polygon).has_value());
  square(10, 10, 0.1);
  square(59, 17, 0.4);
  ASSERT_TRUE(MiddleOf(polygon).has_value());
  EXPECT_NEAR(MiddleOf(polygon)->lat(), 59.2, 1e-9);
  EXPECT_NEAR(MiddleOf(polygon)->lon(), 17.2, 1e-9);
}

}  // namespace
}  // namespace vaka::dispatch
