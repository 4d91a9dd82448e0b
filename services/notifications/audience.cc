#include "services/notifications/audience.h"

#include <algorithm>
#include <map>
#include <utility>

namespace vaka::notifications {
namespace {

constexpr options::v1::Role kAgencyRoles[] = {options::v1::ROLE_AGENCY_REPORTER,
                                              options::v1::ROLE_BRIEFING_OFFICER};

bool TakesWebhooks(const PersonEntry& person) {
  const auto& channels = person.preferences.channels();
  return std::any_of(channels.begin(), channels.end(), [](const registry::v1::ChannelChoice& c) {
    return c.channel() == registry::v1::CHANNEL_WEBHOOK;
  });
}

// People of agencies who take webhooks, with their agency.
std::vector<std::pair<std::string, const PersonEntry*>> Subscribers(const RegistryView& registry,
                                                                    absl::Time at) {
  std::vector<std::pair<std::string, const PersonEntry*>> found;
  for (options::v1::Role role : kAgencyRoles) {
    for (const PersonEntry* person : registry.PeopleWithRole(role, at)) {
      if (!TakesWebhooks(*person)) continue;
      for (const registry::v1::RoleScope& scope : person->roles) {
        if (scope.role() == role && HoldsAt(scope, at)) found.emplace_back(scope.agency(), person);
      }
    }
  }
  return found;
}

std::vector<std::string> AreasOf(const Alert& alert, const RegistryView& registry) {
  if (!alert.areas().empty()) return {alert.areas().begin(), alert.areas().end()};
  std::vector<std::string> areas;
  for (const auto& [id, entry] : registry.areas()) {
    if (!alert.district().empty() && entry.area.district() == alert.district()) areas.push_back(id);
  }
  return areas;
}

}  // namespace

Recipient RecipientOf(const std::string& person, const std::string& area,
                      const RegistryView& registry) {
  Recipient recipient;
  recipient.person = person;
  recipient.area = area;
  const PersonEntry* entry = registry.FindPerson(person);
  recipient.erased = entry == nullptr || entry->erased;
  if (recipient.erased) return recipient;
  recipient.preferences = entry->preferences;
  recipient.consent = entry->consent;
  return recipient;
}

std::vector<Recipient> AudienceOf(const Alert& alert, const std::set<std::string>& reporters,
                                  const RegistryView& registry, absl::Time at) {
  std::map<std::string, Recipient> found;
  for (const std::string& area : AreasOf(alert, registry)) {
    const AreaEntry* entry = registry.FindArea(area);
    if (entry == nullptr || entry->stage == registry::v1::AREA_STAGE_CLOSED) continue;
    for (const AreaContact& contact : registry.ContactsOf(area, at)) {
      found.try_emplace(contact.person->id, RecipientOf(contact.person->id, area, registry));
    }
  }
  for (const auto& [agency, person] : Subscribers(registry, at)) {
    const auto& told = alert.agencies();
    if (std::find(told.begin(), told.end(), agency) == told.end()) continue;
    found.try_emplace(person->id, RecipientOf(person->id, "", registry));
  }
  std::vector<Recipient> audience;
  for (auto& [id, recipient] : found) {
    recipient.reporter = reporters.count(id) > 0;
    audience.push_back(std::move(recipient));
  }
  return audience;
}

std::vector<std::string> SubscribedAgencies(const RegistryView& registry, absl::Time at) {
  std::set<std::string> agencies;
  for (const auto& [agency, person] : Subscribers(registry, at)) agencies.insert(agency);
  return {agencies.begin(), agencies.end()};
}

}  // namespace vaka::notifications
