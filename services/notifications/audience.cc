#include "services/notifications/audience.h"

#include <algorithm>
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

// `entry` null: nobody is known by the id.
void Fill(const PersonEntry* entry, Recipient& recipient) {
  recipient.erased = entry == nullptr || entry->erased;
  if (recipient.erased) return;
  recipient.preferences = entry->preferences;
  recipient.consent = entry->consent;
}

}  // namespace

Recipient RecipientOf(const std::string& person, const std::string& area,
                      const RegistryView& registry) {
  Recipient recipient;
  recipient.person = person;
  recipient.area = area;
  Fill(registry.FindPerson(person), recipient);
  return recipient;
}

Recipient RecipientOf(const Audience::Member& member) {
  Recipient recipient;
  recipient.person = member.person;
  recipient.area = member.area;
  Fill(member.entry, recipient);
  return recipient;
}

Audience::Audience(const Alert& alert, const RegistryView& registry, absl::Time at,
                   absl::string_view after)
    : registry_(registry), at_(at), near_(registry.people().end()) {
  const std::string behind(after);
  for (std::string& area : AreasOf(alert, registry)) {
    const AreaEntry* entry = registry.FindArea(area);
    if (entry == nullptr || entry->stage == registry::v1::AREA_STAGE_CLOSED) continue;
    sources_.push_back({std::move(area), entry->people.upper_bound(behind), entry->people.end()});
  }
  const auto& told = alert.agencies();
  if (!told.empty()) {
    for (const auto& [agency, person] : Subscribers(registry, at)) {
      if (std::find(told.begin(), told.end(), agency) != told.end())
        subscribers_.insert(person->id);
    }
  }
  sources_.push_back({"", subscribers_.upper_bound(behind), subscribers_.end()});
  for (size_t i = 0; i < sources_.size(); ++i) Push(i);
}

void Audience::Push(size_t source) {
  if (sources_[source].next != sources_[source].end) heads_.emplace(*sources_[source].next, source);
}

// An area's people are also those who hold other roles in it.
bool Audience::Belongs(const PersonEntry& person, const std::string& area) const {
  if (area.empty()) return true;
  const auto& roles = person.roles;
  return std::any_of(roles.begin(), roles.end(), [&](const registry::v1::RoleScope& scope) {
    return scope.area() == area && IsContactRole(scope.role()) && HoldsAt(scope, at_);
  });
}

// The people of a large area follow one another in the registry too, and the next one is nearer
// than any search.
const PersonEntry& Audience::EntryOf(const std::string& person) {
  const auto& people = registry_.people();
  if (near_ != people.end() && near_->first != person) ++near_;
  if (near_ == people.end() || near_->first != person) near_ = people.find(person);
  return near_->second;
}

std::optional<Audience::Member> Audience::Next() {
  std::optional<Member> found;
  while (!heads_.empty()) {
    const auto [person, place] = heads_.top();
    if (found && person != found->person) break;
    heads_.pop();
    Source& source = sources_[place];
    if (!found) {
      const PersonEntry& entry = EntryOf(*source.next);
      if (Belongs(entry, source.area)) found = Member{*source.next, source.area, &entry};
    }
    ++source.next;
    Push(place);
  }
  return found;
}

std::vector<Recipient> AudienceOf(const Alert& alert, const RegistryView& registry, absl::Time at) {
  std::vector<Recipient> recipients;
  Audience audience(alert, registry, at);
  while (const auto member = audience.Next()) {
    recipients.push_back(RecipientOf(*member));
  }
  return recipients;
}

std::vector<std::string> SubscribedAgencies(const RegistryView& registry, absl::Time at) {
  std::set<std::string> agencies;
  for (const auto& [agency, person] : Subscribers(registry, at)) agencies.insert(agency);
  return {agencies.begin(), agencies.end()};
}

}  // namespace vaka::notifications
