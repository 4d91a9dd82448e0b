#include "tests/unit/registry/town.h"

#include "gtest/gtest.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/registry/decide.h"

namespace vaka::registry {

v1::MunicipalityConfig TownConfig() {
  v1::MunicipalityConfig config;
  config.set_kommun("9901");
  config.set_county("99");
  config.set_name("Provstad");
  config.set_zone("Europe/Stockholm");
  config.set_sender("Grannsamverkan Provstad");
  for (const auto& [id, name, lon] : {std::tuple("norr", "Norr", 17.0), {"soder", "Söder", 18.0}}) {
    v1::District& district = *config.add_districts();
    district.set_id(id);
    district.set_name(name);
    district.mutable_centre()->set_lat(59);
    district.mutable_centre()->set_lon(lon);
  }
  for (const char* id : {"police", "housing"}) {
    v1::Agency& agency = *config.add_agencies();
    agency.set_id(id);
    agency.set_name(id);
  }
  v1::Category& category = *config.add_categories();
  category.set_id("graffiti");
  category.set_group("damage");
  category.set_name_sv("Klotter");
  category.set_name_en("Graffiti");
  category.set_default_severity(1);
  for (v1::WeekMoment* moment :
       {config.mutable_est()->mutable_cut_off(), config.mutable_est()->mutable_freeze(),
        config.mutable_est()->mutable_meeting(), config.mutable_est()->mutable_publish()}) {
    moment->set_weekday(4);
  }
  config.mutable_notify()->set_now_severity(3);
  config.mutable_notify()->set_critical_severity(5);
  return config;
}

v1::Area TownArea(const std::string& id, int place, uint32_t houses, uint32_t rented) {
  v1::Area area;
  area.set_id(id);
  area.set_name("Område " + id);
  area.set_district("norr");
  area.set_kind(rented > 0 ? v1::AREA_KIND_MIXED : v1::AREA_KIND_HOUSES);
  for (const auto& [form, count] :
       {std::pair(v1::AREA_KIND_HOUSES, houses), {v1::AREA_KIND_RENTED, rented}}) {
    if (count == 0) continue;
    v1::HouseholdCount& households = *area.add_households();
    households.set_form(form);
    households.set_households(count);
  }
  const double west = 17 + 0.01 * place;
  v1::Ring& ring = *area.mutable_polygon()->add_rings();
  for (const auto& [lat, lon] : {std::pair(59.0, west),
                                 {59.0, west + 0.01},
                                 {59.01, west + 0.01},
                                 {59.01, west},
                                 {59.0, west}}) {
    v1::Point& point = *ring.add_points();
    point.set_lat(lat);
    point.set_lon(lon);
  }
  return area;
}

Town::Town() {
  v1::ConfigureRequest request;
  *request.mutable_config() = TownConfig();
  EXPECT_EQ(Do(DecideConfigure(state_, request)), absl::OkStatus());
}

absl::Status Town::Do(const absl::StatusOr<fold::Decision>& decision) {
  if (!decision.ok()) return decision.status();
  for (event::v1::Event fact : decision->facts) {
    if (!fact.has_occurred_at()) *fact.mutable_occurred_at() = ToProto(now);
    VAKA_RETURN_IF_ERROR(state_.Apply(fact));
    ++facts;
  }
  return absl::OkStatus();
}

void Town::AddArea(const v1::Area& area, v1::AreaStage stage) {
  v1::RegisterAreaRequest request;
  *request.mutable_area() = area;
  request.set_stage(stage);
  ASSERT_EQ(Do(DecideRegisterArea(state_, request, area.id())), absl::OkStatus());
}

void Town::AddPerson(const std::string& id) {
  SealedPerson person;
  person.id = id;
  person.contact.sealed.set_subject("person:" + id);
  person.contact.sealed.set_box("sealed");
  person.consent = true;
  ASSERT_EQ(Do(DecideRegisterPerson(state_, person)), absl::OkStatus());
}

absl::Status Town::Give(const std::string& person, options::v1::Role role,
                        const std::string& area) {
  v1::RoleScope scope;
  scope.set_role(role);
  scope.set_area(area);
  return Do(DecideAssignRole(state_, person, scope, now));
}

absl::Status Town::Step(const std::string& area, v1::AreaStage to) {
  v1::ChangeAreaStageRequest request;
  request.set_area(area);
  request.set_to(to);
  return Do(DecideChangeAreaStage(state_, request));
}

}  // namespace vaka::registry
