#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/dispatch/decide.h"
#include "services/dispatch/dispatch.h"
#include "services/dispatch/views.h"

namespace vaka::dispatch {

inline absl::Time At(absl::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << text << ": " << error;
  return time;
}

inline registry::v1::Point PointAt(double lat, double lon) {
  registry::v1::Point point;
  point.set_lat(lat);
  point.set_lon(lon);
  return point;
}

// A town with three districts and four watch areas; p-1 may drive, p-1 and p-2 are trained, p-3 is
// a patroller without training, p-4 is trained but no patroller.
inline std::vector<event::v1::Event> SmallTown() {
  std::vector<event::v1::Event> facts;
  auto& config = *facts.emplace_back().mutable_municipality_configured()->mutable_config();
  config.set_kommun("0127");
  config.set_zone("Europe/Stockholm");
  const std::pair<const char*, registry::v1::Point> districts[] = {
      {"alby", PointAt(59.239, 17.845)},
      {"tumba", PointAt(59.200, 17.831)},
      {"tullinge", PointAt(59.205, 17.903)}};
  for (const auto& [id, centre] : districts) {
    registry::v1::District& district = *config.add_districts();
    district.set_id(id);
    *district.mutable_centre() = centre;
  }
  const auto category = [&config](const char* id, const char* name, bool home) {
    registry::v1::Category& added = *config.add_categories();
    added.set_id(id);
    added.set_name_sv(name);
    added.set_home_burglary(home);
  };
  category("burglary_house", "Inbrott i villa", true);
  category("graffiti", "Klotter", false);
  category("positive", "Positivt", false);
  for (const char* id : {"police", "municipality", "patrol"}) config.add_agencies()->set_id(id);

  const auto area = [&facts](const std::string& id, const char* district, double lat, double lon,
                             registry::v1::AreaStage stage) {
    registry::v1::AreaRegistered& fact = *facts.emplace_back().mutable_area_registered();
    fact.mutable_area()->set_id(id);
    fact.mutable_area()->set_name(id);
    fact.mutable_area()->set_district(district);
    fact.set_stage(stage);
    registry::v1::Ring& ring = *fact.mutable_area()->mutable_polygon()->add_rings();
    for (const auto& [dy, dx] : {std::pair(-1, -1), {-1, 1}, {1, 1}, {1, -1}, {-1, -1}}) {
      *ring.add_points() = PointAt(lat + dy * 0.001, lon + dx * 0.001);
    }
  };
  area("a-villas", "tullinge", 59.210, 17.910, registry::v1::AREA_STAGE_ACTIVE);
  area("a-block", "alby", 59.240, 17.850, registry::v1::AREA_STAGE_ACTIVE);
  area("a-new", "tumba", 59.195, 17.825, registry::v1::AREA_STAGE_INTEREST);
  area("a-trained", "tumba", 59.205, 17.840, registry::v1::AREA_STAGE_TRAINED);

  const auto person = [&facts](const std::string& id, options::v1::Role role,
                               const std::string& in_area, bool trained, bool driver) {
    facts.emplace_back().mutable_person_registered()->set_person(id);
    registry::v1::RoleAssigned& assigned = *facts.emplace_back().mutable_role_assigned();
    assigned.set_person(id);
    assigned.mutable_scope()->set_role(role);
    assigned.mutable_scope()->set_area(in_area);
    if (trained) {
      registry::v1::TrainingHeld& held = *facts.emplace_back().mutable_training_held();
      held.set_training(registry::v1::TRAINING_PATROLLER);
      held.add_attended(id);
    }
    if (driver) {
      facts.emplace_back().mutable_driver_approved()->set_person(id);
      facts.back().mutable_driver_approved()->set_approved(true);
    }
  };
  person("p-1", options::v1::ROLE_PATROLLER, "", true, true);
  person("p-2", options::v1::ROLE_PATROLLER, "", true, false);
  person("p-3", options::v1::ROLE_PATROLLER, "", false, false);
  person("p-4", options::v1::ROLE_RESIDENT, "", true, true);
  person("c-plain", options::v1::ROLE_CONTACT_PERSON, "a-villas", false, false);
  person("c-lead", options::v1::ROLE_LEAD_CONTACT, "a-villas", false, false);
  person("c-block", options::v1::ROLE_CARETAKER, "a-block", false, false);
  return facts;
}

// A state on a Wednesday morning, and the facts that made it.
class DispatchFixture : public ::testing::Test {
 protected:
  DispatchFixture() {
    for (const event::v1::Event& fact : SmallTown()) Apply(fact);
  }

  void Apply(event::v1::Event event) {
    event.set_seq(++seq_);
    event.set_kommun("0127");
    *event.mutable_occurred_at() = ToProto(now_);
    *event.mutable_recorded_at() = ToProto(now_);
    const absl::Status status = state_.Apply(event);
    EXPECT_TRUE(status.ok()) << status;
  }
  void Apply(const absl::StatusOr<fold::Decision>& decision) {
    ASSERT_TRUE(decision.ok()) << decision.status();
    for (const event::v1::Event& fact : decision->facts) Apply(fact);
  }

  void Report(const std::string& id, const std::string& category, const std::string& area,
              const std::string& district, absl::Time reported, uint32_t severity = 2,
              const std::string& agency = "police") {
    event::v1::Event event;
    intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
    incident.set_id(id);
    incident.set_category(category);
    incident.mutable_where()->set_area(area);
    incident.mutable_where()->set_district(district);
    *incident.mutable_where()->mutable_point() = PointAt(59.2123, 17.9123);
    *incident.mutable_reported_at() = ToProto(reported);
    *incident.mutable_observed_from() = ToProto(reported - absl::Hours(1));
    incident.set_severity(severity);
    incident.set_source_agency(agency);
    Apply(std::move(event));
  }
  void Signs(const std::string& area) {
    event::v1::Event event;
    event.mutable_material_moved()->set_area(area);
    event.mutable_material_moved()->set_item("sign");
    event.mutable_material_moved()->set_count(4);
    Apply(std::move(event));
  }

  v1::OpenShiftRequest OpenRequest() const {
    v1::OpenShiftRequest request;
    *request.mutable_starts() = ToProto(starts_);
    *request.mutable_ends() = ToProto(starts_ + absl::Minutes(390));
    request.set_car("Bilen");
    return request;
  }
  v1::StaffShiftRequest StaffRequest(const std::string& one, const std::string& two,
                                     const std::string& driver) const {
    v1::StaffShiftRequest request;
    request.set_shift("s-1");
    request.add_crew(one);
    request.add_crew(two);
    request.set_driver(driver);
    return request;
  }
  // Takes shift s-1 to a state, by its steps.
  void BringTo(v1::ShiftState state) {
    v1::BriefShiftRequest brief;
    brief.set_shift("s-1");
    v1::DebriefShiftRequest debrief;
    debrief.set_shift("s-1");
    if (state >= v1::SHIFT_STATE_OPEN) Apply(DecideOpen(state_, OpenRequest(), "s-1", now_));
    if (state >= v1::SHIFT_STATE_STAFFED) {
      Apply(DecideStaff(state_, StaffRequest("p-1", "p-2", "p-1")));
    }
    if (state >= v1::SHIFT_STATE_BRIEFED) Apply(DecideBrief(state_, brief, {}));
    if (state >= v1::SHIFT_STATE_OUT) Apply(DecideStart(state_, "s-1", crew_));
    if (state >= v1::SHIFT_STATE_RETURNED) Apply(DecideReturn(state_, "s-1", crew_));
    if (state >= v1::SHIFT_STATE_DEBRIEFED) Apply(DecideDebrief(state_, debrief, crew_));
  }
  const v1::ShiftView& Shift() const { return *state_.FindShift("s-1"); }

  static std::string Field(const absl::Status& status) {
    const auto info = InfoOf(status);
    return info.has_value() ? info->field() : "";
  }

  const Who crew_{.person = "p-2", .leads = false};
  const Who officer_{.person = "", .leads = true};
  absl::Time starts_ = At("2026-11-25T08:30:00+01:00");  // a Wednesday
  absl::Time now_ = At("2026-11-25T08:00:00+01:00");
  uint64_t seq_ = 0;
  State state_;
};

}  // namespace vaka::dispatch
