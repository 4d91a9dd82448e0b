#include "tests/support/alert_town/alert_town.h"

#include "libs/base/time.h"

namespace vaka::testing {

using event::v1::Event;

absl::Time TownNoon() {
  return absl::FromCivil(absl::CivilSecond(2026, 11, 18, 11, 0, 0), absl::UTCTimeZone());
}

Event TownConfigured() {
  Event event;
  registry::v1::MunicipalityConfig& config =
      *event.mutable_municipality_configured()->mutable_config();
  config.set_kommun("0127");
  config.set_name("Botkyrka");
  config.set_zone("Europe/Stockholm");
  config.set_sender("Grannsamverkan Botkyrka");
  for (const auto& [id, name] : {std::pair{"alby", "Alby"}, std::pair{"tullinge", "Tullinge"}}) {
    registry::v1::District& district = *config.add_districts();
    district.set_id(id);
    district.set_name(name);
  }
  const auto category = [&config](const char* id, const char* sv, const char* en, bool home) {
    registry::v1::Category& added = *config.add_categories();
    added.set_id(id);
    added.set_group("theft");
    added.set_name_sv(sv);
    added.set_name_en(en);
    added.set_default_severity(3);
    added.set_home_burglary(home);
  };
  category("burglary_house", "Inbrott i villa", "Burglary, house", true);
  category("theft_car", "Bilstöld", "Car theft", false);
  category("fire", "Anlagd brand", "Arson", false);
  registry::v1::Agency& police = *config.add_agencies();
  police.set_id("police");
  police.set_name("Polisen Botkyrka");
  registry::v1::NotifyRules& rules = *config.mutable_notify();
  rules.set_now_severity(3);
  rules.set_critical_severity(5);
  rules.set_digest_minute(17 * 60);
  rules.set_group_seconds(600);
  rules.mutable_default_quiet()->set_from_minute(22 * 60);
  rules.mutable_default_quiet()->set_to_minute(7 * 60);
  return event;
}

Event TownArea(const std::string& id, const std::string& name, const std::string& district,
               uint32_t households) {
  Event event;
  registry::v1::AreaRegistered& registered = *event.mutable_area_registered();
  registered.set_stage(registry::v1::AREA_STAGE_ACTIVE);
  registered.mutable_area()->set_id(id);
  registered.mutable_area()->set_name(name);
  registered.mutable_area()->set_district(district);
  registered.mutable_area()->set_kind(registry::v1::AREA_KIND_HOUSES);
  registry::v1::HouseholdCount& count = *registered.mutable_area()->add_households();
  count.set_form(registry::v1::AREA_KIND_HOUSES);
  count.set_households(households);
  return event;
}

std::vector<Event> TownPersonFacts(const TownPerson& person, const registry::v1::Sealed& contact) {
  std::vector<Event> facts(2);
  registry::v1::PersonRegistered& registered = *facts[0].mutable_person_registered();
  registered.set_person(person.id);
  *registered.mutable_contact() = contact;
  registered.set_consent(person.consent);
  for (registry::v1::Channel channel : person.channels) {
    registry::v1::ChannelChoice& choice = *registered.mutable_preferences()->add_channels();
    choice.set_channel(channel);
    choice.set_floor(person.floor);
  }
  registered.mutable_preferences()->set_language(person.language);
  registry::v1::RoleAssigned& assigned = *facts[1].mutable_role_assigned();
  assigned.set_person(person.id);
  assigned.mutable_scope()->set_role(person.role);
  assigned.mutable_scope()->set_area(person.area);
  assigned.mutable_scope()->set_agency(person.agency);
  *assigned.mutable_scope()->mutable_from() = ToProto(TownNoon() - absl::Hours(24 * 365));
  return facts;
}

intake::v1::Incident TownIncident(const std::string& id, absl::Time now) {
  intake::v1::Incident incident;
  incident.set_id(id);
  incident.set_category("burglary_house");
  incident.mutable_where()->set_area("a1");
  incident.mutable_where()->set_district("alby");
  incident.mutable_where()->set_precision(intake::v1::PRECISION_AREA);
  *incident.mutable_observed_from() = ToProto(now - absl::Hours(1));
  incident.set_severity(3);
  incident.set_source_role(options::v1::ROLE_BRIEFING_OFFICER);
  incident.set_source_agency("police");
  incident.set_visibility(intake::v1::VISIBILITY_CONTACT_PERSONS);
  return incident;
}

Event Reported(const intake::v1::Incident& incident, const std::string& reporter) {
  Event event;
  *event.mutable_incident_reported()->mutable_incident() = incident;
  event.mutable_actor()->set_person(reporter);
  return event;
}

Event Corrected(const intake::v1::Incident& incident) {
  Event event;
  *event.mutable_incident_corrected()->mutable_incident() = incident;
  return event;
}

Event Withdrawn(const std::string& incident) {
  Event event;
  event.mutable_incident_withdrawn()->set_incident(incident);
  return event;
}

}  // namespace vaka::testing
