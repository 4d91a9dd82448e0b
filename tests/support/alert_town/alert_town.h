#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::testing {

// Facts of a small made-up municipality, 0127, for tests of who is told what. Noon of a Wednesday
// in winter is its usual time.
absl::Time TownNoon();

// Two districts (alby, tullinge), categories and agencies; now from severity 3, critical 5, digest
// at 17:00, grouping 600 s, quiet 22:00–07:00.
event::v1::Event TownConfigured();
event::v1::Event TownArea(const std::string& id, const std::string& name,
                          const std::string& district, uint32_t households = 100);

struct TownPerson {
  std::string id = {};
  std::string area = "a1";
  options::v1::Role role = options::v1::ROLE_CONTACT_PERSON;
  std::vector<registry::v1::Channel> channels = {registry::v1::CHANNEL_EMAIL};
  registry::v1::Language language = registry::v1::LANGUAGE_SV;
  bool consent = true;
  uint32_t floor = 0;
  std::string agency = {};
};
// Registered (with a contact box, if given) and given the role.
std::vector<event::v1::Event> TownPersonFacts(const TownPerson& person,
                                              const registry::v1::Sealed& contact = {});

// A burglary in area a1 of alby, an hour old, severity 3, shown to contact persons.
intake::v1::Incident TownIncident(const std::string& id, absl::Time now);
event::v1::Event Reported(const intake::v1::Incident& incident, const std::string& reporter = "");
event::v1::Event Corrected(const intake::v1::Incident& incident);
event::v1::Event Withdrawn(const std::string& incident);

}  // namespace vaka::testing
