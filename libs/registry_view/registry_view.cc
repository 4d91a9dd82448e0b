#include "libs/registry_view/registry_view.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "libs/geo/geo.h"

namespace vaka {

using options::v1::Role;
using registry::v1::MunicipalityConfig;
using registry::v1::RoleScope;

// What finding a place needs; immutable.
struct RegistryView::Places {
  geo::AreaIndex index;
  absl::flat_hash_map<std::string, std::string> names;  // folded name → area
};

bool IsContactRole(Role role) {
  return role == options::v1::ROLE_CONTACT_PERSON || role == options::v1::ROLE_LEAD_CONTACT ||
         role == options::v1::ROLE_CARETAKER;
}

bool HoldsAt(const RoleScope& scope, absl::Time at) {
  return (!scope.has_from() || FromProto(scope.from()) <= at) &&
         (!scope.has_to() || at < FromProto(scope.to()));
}

std::string FoldName(absl::string_view name) {
  std::string folded;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = static_cast<unsigned char>(name[i]);
    if (absl::ascii_isspace(byte)) {
      if (!folded.empty() && folded.back() != ' ') folded += ' ';
    } else if (byte == 0xC3 && i + 1 < name.size()) {
      // À–Þ are 0xC3 0x80–0x9E, their small letters lie 0x20 above; 0x97 is the sign ×.
      const auto second = static_cast<unsigned char>(name[++i]);
      const bool capital = second >= 0x80 && second <= 0x9E && second != 0x97;
      folded += name[i - 1];
      folded += static_cast<char>(capital ? second + 0x20 : second);
    } else {
      folded += absl::ascii_tolower(byte);
    }
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

bool PersonEntry::Holds(Role role, absl::Time at, absl::string_view area) const {
  return std::any_of(roles.begin(), roles.end(), [&](const RoleScope& scope) {
    return scope.role() == role && (area.empty() || scope.area() == area) && HoldsAt(scope, at);
  });
}

uint32_t PersonEntry::Households() const {
  uint32_t sum = 0;
  for (const auto& [area, cover] : covers) sum += cover.households;
  return sum;
}

uint32_t AreaEntry::Households() const {
  uint32_t sum = 0;
  for (const registry::v1::HouseholdCount& count : area.households()) sum += count.households();
  return sum;
}

void RegistryView::SetConfig(const MunicipalityConfig& config) {
  config_ = config;
  const absl::StatusOr<absl::TimeZone> zone = LoadZone(config.zone());
  zone_ = zone.ok() ? *zone : absl::UTCTimeZone();  // the registry refuses unknown zones
  districts_.clear();
  categories_.clear();
  agencies_.clear();
  for (int i = 0; i < config.districts_size(); ++i) districts_[config.districts(i).id()] = i;
  for (int i = 0; i < config.categories_size(); ++i) categories_[config.categories(i).id()] = i;
  for (int i = 0; i < config.agencies_size(); ++i) agencies_[config.agencies(i).id()] = i;
}

const registry::v1::District* RegistryView::FindDistrict(absl::string_view id) const {
  const auto it = districts_.find(id);
  return it == districts_.end() ? nullptr : &config_.districts(it->second);
}

const registry::v1::Category* RegistryView::FindCategory(absl::string_view id) const {
  const auto it = categories_.find(id);
  return it == categories_.end() ? nullptr : &config_.categories(it->second);
}

const registry::v1::Agency* RegistryView::FindAgency(absl::string_view id) const {
  const auto it = agencies_.find(id);
  return it == agencies_.end() ? nullptr : &config_.agencies(it->second);
}

const AreaEntry* RegistryView::FindArea(absl::string_view id) const {
  const auto it = areas_.find(std::string(id));
  return it == areas_.end() ? nullptr : &it->second;
}

const PersonEntry* RegistryView::FindPerson(absl::string_view id) const {
  const auto it = people_.find(std::string(id));
  return it == people_.end() ? nullptr : &it->second;
}

std::vector<const PersonEntry*> RegistryView::PeopleWithRole(Role role, absl::Time at,
                                                             const Scope& scope) const {
  std::vector<const PersonEntry*> found;
  const auto ids = by_role_.find(role);
  if (ids == by_role_.end()) return found;
  const auto fits = [&](const RoleScope& held) {
    return held.role() == role && HoldsAt(held, at) &&
           (scope.area.empty() || held.area() == scope.area) &&
           (scope.district.empty() || held.district() == scope.district) &&
           (scope.agency.empty() || held.agency() == scope.agency);
  };
  for (const std::string& id : ids->second) {
    const PersonEntry& person = people_.at(id);
    if (std::any_of(person.roles.begin(), person.roles.end(), fits)) found.push_back(&person);
  }
  return found;
}

std::vector<AreaContact> RegistryView::ContactsOf(absl::string_view area, absl::Time at) const {
  std::vector<AreaContact> contacts;
  const AreaEntry* entry = FindArea(area);
  if (entry == nullptr) return contacts;
  for (const std::string& id : entry->people) {
    const PersonEntry& person = people_.at(id);
    bool holds = false, lead = false;
    for (const RoleScope& scope : person.roles) {
      if (scope.area() != area || !IsContactRole(scope.role()) || !HoldsAt(scope, at)) continue;
      holds = true;
      lead |= scope.role() == options::v1::ROLE_LEAD_CONTACT;
    }
    if (!holds) continue;
    const auto cover = person.covers.find(std::string(area));
    contacts.push_back(
        {&person, cover == person.covers.end() ? 0 : cover->second.households, lead});
  }
  return contacts;
}

std::shared_ptr<const RegistryView::Places> RegistryView::places() const {
  absl::MutexLock lock(&places_mu_);
  if (places_ != nullptr) return places_;
  auto places = std::make_shared<Places>();
  std::vector<geo::NamedPolygon> polygons;
  for (const auto& [id, entry] : areas_) {
    if (entry.stage == registry::v1::AREA_STAGE_CLOSED) continue;
    polygons.push_back({id, &entry.area.polygon()});
    places->names.try_emplace(FoldName(entry.area.name()), id);
    for (const std::string& name : entry.area.place_names()) {
      places->names.try_emplace(FoldName(name), id);
    }
  }
  places->index = geo::AreaIndex(polygons);
  places_ = std::move(places);
  return places_;
}

void RegistryView::AreasChanged() {
  absl::MutexLock lock(&places_mu_);
  places_.reset();
}

std::string RegistryView::AreaAt(const registry::v1::Point& point) const {
  return std::string(places()->index.Find(point));
}

std::string RegistryView::AreaByPlaceName(absl::string_view name) const {
  const std::shared_ptr<const Places> known = places();
  const auto it = known->names.find(FoldName(name));
  return it == known->names.end() ? "" : it->second;
}

std::string RegistryView::DistrictNearest(const registry::v1::Point& point) const {
  std::string nearest;
  double least = std::numeric_limits<double>::infinity();
  for (const registry::v1::District& district : config_.districts()) {
    const double metres = geo::DistanceMetres(point, district.centre());
    if (metres < least) {
      least = metres;
      nearest = district.id();
    }
  }
  return nearest;
}

void RegistryView::IndexRoles(const PersonEntry& person) {
  for (const RoleScope& scope : person.roles) {
    by_role_[scope.role()].insert(person.id);
    const auto area = areas_.find(scope.area());
    if (area != areas_.end()) area->second.people.insert(person.id);
  }
}

void RegistryView::UnindexRoles(const PersonEntry& person) {
  for (const RoleScope& scope : person.roles) {
    by_role_[scope.role()].erase(person.id);
    const auto area = areas_.find(scope.area());
    if (area != areas_.end()) area->second.people.erase(person.id);
  }
}

registry::v1::RegistryViewState RegistryView::ToProto() const {
  registry::v1::RegistryViewState state;
  *state.mutable_config() = config_;
  for (const auto& [id, entry] : areas_) {
    registry::v1::AreaState& area = *state.add_areas();
    area.set_id(id);
    *area.mutable_area() = entry.area;
    area.set_stage(entry.stage);
    *area.mutable_stage_since() = vaka::ToProto(entry.stage_since);
    if (entry.last_follow_up != absl::InfinitePast()) {
      *area.mutable_last_follow_up() = vaka::ToProto(entry.last_follow_up);
    }
    for (const auto& [item, count] : entry.material) {
      registry::v1::MaterialState& material = *area.add_material();
      material.set_item(item);
      material.set_count(count);
    }
  }
  for (const auto& [id, entry] : people_) {
    registry::v1::PersonState& person = *state.add_people();
    person.set_id(id);
    *person.mutable_contact() = entry.contact;
    *person.mutable_preferences() = entry.preferences;
    person.set_consent(entry.consent);
    person.set_erased(entry.erased);
    for (const RoleScope& scope : entry.roles) *person.add_roles() = scope;
    for (const auto& [training, held_at] : entry.trainings) {
      registry::v1::TrainingState& held = *person.add_trainings();
      held.set_training(training);
      *held.mutable_held_at() = vaka::ToProto(held_at);
    }
    person.set_driver(entry.driver);
    for (const auto& [area, cover] : entry.covers) {
      registry::v1::CoverState& covered = *person.add_covers();
      covered.set_area(area);
      covered.set_households(cover.households);
      for (const std::string& address : cover.addresses) covered.add_addresses(address);
    }
  }
  return state;
}

void RegistryView::Restore(const registry::v1::RegistryViewState& state) {
  areas_.clear();
  people_.clear();
  by_role_.clear();
  SetConfig(state.config());
  for (const registry::v1::AreaState& area : state.areas()) {
    AreaEntry& entry = areas_[area.id()];
    entry.area = area.area();
    entry.stage = area.stage();
    entry.stage_since = FromProto(area.stage_since());
    if (area.has_last_follow_up()) entry.last_follow_up = FromProto(area.last_follow_up());
    for (const auto& material : area.material()) entry.material[material.item()] = material.count();
  }
  for (const registry::v1::PersonState& person : state.people()) {
    PersonEntry& entry = people_[person.id()];
    entry.id = person.id();
    entry.contact = person.contact();
    entry.preferences = person.preferences();
    entry.consent = person.consent();
    entry.erased = person.erased();
    entry.roles.assign(person.roles().begin(), person.roles().end());
    for (const registry::v1::TrainingState& held : person.trainings()) {
      entry.trainings[held.training()] = FromProto(held.held_at());
    }
    entry.driver = person.driver();
    for (const registry::v1::CoverState& cover : person.covers()) {
      entry.covers[cover.area()] = {cover.households(),
                                    {cover.addresses().begin(), cover.addresses().end()}};
    }
    IndexRoles(entry);
  }
  AreasChanged();
}

}  // namespace vaka
