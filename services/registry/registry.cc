#include "services/registry/registry.h"

#include <algorithm>

#include "libs/base/status.h"
#include "libs/base/time.h"

namespace vaka::registry {

absl::Status State::Apply(const event::v1::Event& event) {
  VAKA_RETURN_IF_ERROR(view_.Apply(event));
  history_.Apply(event, view_);
  return absl::OkStatus();
}

std::string State::Serialize() const {
  // No maps inside and every list sorted, so equal states give equal bytes.
  v1::RegistryState state;
  *state.mutable_view() = view_.ToProto();
  history_.ToProto(state);
  return state.SerializeAsString();
}

absl::Status State::Restore(absl::string_view bytes) {
  v1::RegistryState state;
  if (!state.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::InvalidArgumentError("no registry state");
  }
  view_.Restore(state.view());
  history_.Restore(state);
  return absl::OkStatus();
}

absl::Time LastContact(const AreaEntry& area) {
  return std::max(area.stage_since, area.last_follow_up);
}

std::vector<std::string> DueToSleep(const State& state, absl::Time now) {
  std::vector<std::string> due;
  for (const auto& [id, area] : state.view().areas()) {
    if (area.stage == v1::AREA_STAGE_ACTIVE && LastContact(area) + kSleepsAfter <= now) {
      due.push_back(id);
    }
  }
  return due;
}

void ListAreas(const State& state, const v1::ListAreasRequest& request, absl::Time now,
               v1::ListAreasResponse& response) {
  for (const auto& [id, entry] : state.view().areas()) {
    if (!request.district().empty() && entry.area.district() != request.district()) continue;
    if (request.stage() != v1::AREA_STAGE_UNSPECIFIED && entry.stage != request.stage()) continue;
    v1::AreaView& view = *response.add_areas();
    *view.mutable_area() = entry.area;
    if (request.without_polygons()) view.mutable_area()->clear_polygon();
    view.set_stage(entry.stage);
    uint32_t covered = 0;
    for (const AreaContact& contact : state.view().ContactsOf(id, now)) {
      covered += contact.households;
      view.add_contacts(contact.person->id);
      if (contact.lead) view.set_lead_contact(contact.person->id);
    }
    view.set_contact_persons(static_cast<uint32_t>(view.contacts_size()));
    view.set_households_covered(covered);
    if (entry.last_follow_up != absl::InfinitePast()) {
      *view.mutable_last_follow_up() = ToProto(entry.last_follow_up);
    }
    const auto signs = entry.material.find("sign");
    if (signs != entry.material.end()) view.set_signs(signs->second);
  }
}

v1::PersonView ViewOf(const PersonEntry& person) {
  v1::PersonView view;
  view.set_id(person.id);
  for (const v1::RoleScope& scope : person.roles) *view.add_roles() = scope;
  view.set_consent(person.consent);
  *view.mutable_preferences() = person.preferences;
  view.set_trained_patroller(person.TrainedPatroller());
  view.set_driver(person.driver);
  view.set_erased(person.erased);
  view.set_households(person.Households());
  return view;
}

void ListPeople(const State& state, const v1::ListPeopleRequest& request, absl::Time now,
                v1::ListPeopleResponse& response) {
  for (const auto& [id, person] : state.view().people()) {
    const bool any = request.role() == options::v1::ROLE_UNSPECIFIED && request.area().empty();
    const bool fits =
        any || std::any_of(person.roles.begin(), person.roles.end(), [&](const v1::RoleScope& s) {
          return (request.role() == options::v1::ROLE_UNSPECIFIED || s.role() == request.role()) &&
                 (request.area().empty() || s.area() == request.area()) && HoldsAt(s, now);
        });
    if (fits) *response.add_people() = ViewOf(person);
  }
}

}  // namespace vaka::registry
