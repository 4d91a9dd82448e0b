// How each of the registry's facts changes the view.
#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/registry_view/registry_view.h"

namespace vaka {

using event::v1::Event;
using registry::v1::RoleScope;

// Each function checks everything first and changes afterwards, so that an error changes nothing.
class RegistryApplier {
 public:
  RegistryApplier(RegistryView& view, const Event& event) : view_(view), event_(event) {}

  absl::Status Registered(const registry::v1::AreaRegistered& fact) {
    AreaEntry& entry = view_.areas_[fact.area().id()];
    entry.area = fact.area();
    entry.stage = fact.stage();
    entry.stage_since = At();
    view_.AreasChanged();
    return absl::OkStatus();
  }

  absl::Status Changed(const registry::v1::AreaChanged& fact) {
    VAKA_ASSIGN(AreaEntry * area, Area(fact.area().id()));
    area->area = fact.area();
    view_.AreasChanged();
    return absl::OkStatus();
  }

  absl::Status StageChanged(const registry::v1::AreaStageChanged& fact) {
    VAKA_ASSIGN(AreaEntry * area, Area(fact.area()));
    area->stage = fact.to();
    area->stage_since = At();
    view_.AreasChanged();
    return absl::OkStatus();
  }

  absl::Status Registered(const registry::v1::PersonRegistered& fact) {
    PersonEntry& person = view_.people_[fact.person()];
    person.id = fact.person();
    person.contact = fact.contact();
    person.preferences = fact.preferences();
    person.consent = fact.consent();
    person.erased = false;
    return absl::OkStatus();
  }

  absl::Status Erased(const registry::v1::PersonErased& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    view_.UnindexRoles(*person);
    PersonEntry blank;
    blank.id = person->id;
    blank.erased = true;
    *person = std::move(blank);
    return absl::OkStatus();
  }

  absl::Status Changed(const registry::v1::PreferencesChanged& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    person->preferences = fact.preferences();
    return absl::OkStatus();
  }

  absl::Status Changed(const registry::v1::ConsentChanged& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    person->consent = fact.consent();
    return absl::OkStatus();
  }

  absl::Status Assigned(const registry::v1::RoleAssigned& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    if (!fact.scope().area().empty()) VAKA_RETURN_IF_ERROR(Area(fact.scope().area()).status());
    person->roles.push_back(fact.scope());
    view_.IndexRoles(*person);
    return absl::OkStatus();
  }

  absl::Status Ended(const registry::v1::RoleEnded& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    Take(*person, fact.area(), [&](const RoleScope& scope) { return scope.role() == fact.role(); });
    DropCoverUnlessContact(*person, fact.area());
    return absl::OkStatus();
  }

  absl::Status Assigned(const registry::v1::HouseholdsAssigned& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    VAKA_RETURN_IF_ERROR(Area(fact.area()).status());
    Cover& cover = person->covers[fact.area()];
    cover.households = fact.households();
    cover.addresses.assign(fact.addresses().begin(), fact.addresses().end());
    return absl::OkStatus();
  }

  absl::Status Moved(const registry::v1::CaretakerRoundMoved& fact) {
    VAKA_ASSIGN(PersonEntry * from, Person(fact.from_person()));
    VAKA_ASSIGN(PersonEntry * to, Person(fact.to_person()));
    for (const std::string& area : fact.areas()) VAKA_RETURN_IF_ERROR(Area(area).status());
    if (from == to) return absl::OkStatus();
    for (const std::string& area : fact.areas()) {
      std::vector<RoleScope> taken = Take(*from, area, [](const RoleScope& scope) {
        return scope.role() == options::v1::ROLE_CARETAKER;
      });
      for (RoleScope& scope : taken) {
        if (to->Holds(scope.role(), At(), area)) continue;
        *scope.mutable_from() = ToProto(At());
        to->roles.push_back(std::move(scope));
      }
      const auto cover = from->covers.find(area);
      if (cover != from->covers.end()) {
        Cover& added = to->covers[area];
        added.households += cover->second.households;
        added.addresses.insert(added.addresses.end(), cover->second.addresses.begin(),
                               cover->second.addresses.end());
        from->covers.erase(cover);
      }
    }
    view_.IndexRoles(*to);
    return absl::OkStatus();
  }

  absl::Status Held(const registry::v1::FollowUpHeld& fact) {
    VAKA_ASSIGN(AreaEntry * area, Area(fact.area()));
    const absl::Time held_at = fact.has_held_at() ? FromProto(fact.held_at()) : At();
    area->last_follow_up = std::max(area->last_follow_up, held_at);
    return absl::OkStatus();
  }

  absl::Status Held(const registry::v1::TrainingHeld& fact) {
    for (const std::string& id : fact.attended()) VAKA_RETURN_IF_ERROR(Person(id).status());
    const absl::Time held_at = fact.has_held_at() ? FromProto(fact.held_at()) : At();
    for (const std::string& id : fact.attended()) {
      absl::Time& last =
          view_.people_.at(id).trainings.try_emplace(fact.training(), held_at).first->second;
      last = std::max(last, held_at);
    }
    return absl::OkStatus();
  }

  absl::Status Approved(const registry::v1::DriverApproved& fact) {
    VAKA_ASSIGN(PersonEntry * person, Person(fact.person()));
    person->driver = fact.approved();
    return absl::OkStatus();
  }

  absl::Status Moved(const registry::v1::MaterialMoved& fact) {
    VAKA_ASSIGN(AreaEntry * area, Area(fact.area()));
    const auto had = area->material.find(fact.item());
    const int64_t now = (had == area->material.end() ? 0 : int64_t{had->second}) + fact.count();
    if (now != static_cast<int32_t>(now)) {
      return absl::OutOfRangeError(absl::StrCat("material of area ", fact.area(), ": ", now));
    }
    area->material[fact.item()] = static_cast<int32_t>(now);
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<AreaEntry*> Area(const std::string& id) {
    const auto it = view_.areas_.find(id);
    if (it == view_.areas_.end()) return absl::NotFoundError(absl::StrCat("area ", id));
    return &it->second;
  }

  absl::StatusOr<PersonEntry*> Person(const std::string& id) {
    const auto it = view_.people_.find(id);
    if (it == view_.people_.end()) return absl::NotFoundError(absl::StrCat("person ", id));
    return &it->second;
  }

  // Removes the person's roles of an area (or without one) that `which` names, and returns them.
  template <typename Which>
  std::vector<RoleScope> Take(PersonEntry& person, const std::string& area, Which which) {
    view_.UnindexRoles(person);
    std::vector<RoleScope> taken, kept;
    for (RoleScope& scope : person.roles) {
      (scope.area() == area && which(scope) ? taken : kept).push_back(std::move(scope));
    }
    person.roles = std::move(kept);
    view_.IndexRoles(person);
    return taken;
  }

  void DropCoverUnlessContact(PersonEntry& person, const std::string& area) {
    const bool contact =
        std::any_of(person.roles.begin(), person.roles.end(), [&](const RoleScope& scope) {
          return scope.area() == area && IsContactRole(scope.role());
        });
    if (!contact) person.covers.erase(area);
  }

  // When it happened. Most facts are not the registry's and need no time.
  absl::Time At() const {
    return FromProto(event_.has_occurred_at() ? event_.occurred_at() : event_.recorded_at());
  }

  RegistryView& view_;
  const Event& event_;
};

absl::Status RegistryView::Apply(const Event& event) {
  RegistryApplier apply(*this, event);
  switch (event.fact_case()) {
    case Event::kMunicipalityConfigured:
      SetConfig(event.municipality_configured().config());
      return absl::OkStatus();
    case Event::kAreaRegistered:
      return apply.Registered(event.area_registered());
    case Event::kAreaChanged:
      return apply.Changed(event.area_changed());
    case Event::kAreaStageChanged:
      return apply.StageChanged(event.area_stage_changed());
    case Event::kPersonRegistered:
      return apply.Registered(event.person_registered());
    case Event::kPersonErased:
      return apply.Erased(event.person_erased());
    case Event::kPreferencesChanged:
      return apply.Changed(event.preferences_changed());
    case Event::kConsentChanged:
      return apply.Changed(event.consent_changed());
    case Event::kRoleAssigned:
      return apply.Assigned(event.role_assigned());
    case Event::kRoleEnded:
      return apply.Ended(event.role_ended());
    case Event::kHouseholdsAssigned:
      return apply.Assigned(event.households_assigned());
    case Event::kCaretakerRoundMoved:
      return apply.Moved(event.caretaker_round_moved());
    case Event::kFollowUpHeld:
      return apply.Held(event.follow_up_held());
    case Event::kTrainingHeld:
      return apply.Held(event.training_held());
    case Event::kDriverApproved:
      return apply.Approved(event.driver_approved());
    case Event::kMaterialMoved:
      return apply.Moved(event.material_moved());
    default:
      return absl::OkStatus();
  }
}

}  // namespace vaka
