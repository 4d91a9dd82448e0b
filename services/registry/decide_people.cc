#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/validate.h"
#include "services/registry/check.h"
#include "services/registry/decide.h"

namespace vaka::registry {
namespace {

using fold::Decision;
using options::v1::Role;

bool SameScope(const v1::RoleScope& a, const v1::RoleScope& b) {
  return a.role() == b.role() && a.area() == b.area() && a.district() == b.district() &&
         a.agency() == b.agency();
}

// Every aggregate that a change of the person's roles or households touches.
std::vector<std::string> PersonAndAreas(const PersonEntry& person) {
  std::set<std::string> keys = {PersonKey(person.id)};
  for (const v1::RoleScope& scope : person.roles) {
    if (!scope.area().empty()) keys.insert(AreaKey(scope.area()));
  }
  return {keys.begin(), keys.end()};
}

}  // namespace

absl::StatusOr<const PersonEntry*> LivingPerson(const RegistryView& view, const std::string& id) {
  const PersonEntry* person = view.FindPerson(id);
  if (person == nullptr) return absl::NotFoundError(absl::StrCat("there is no person ", id));
  if (person->erased) {
    return absl::FailedPreconditionError(absl::StrCat("person ", id, " has been erased"));
  }
  return person;
}

absl::StatusOr<Decision> DecideRegisterPerson(const State& state, const SealedPerson& person) {
  if (!config::IsId(person.id)) {
    return FieldError("person", "allowed are 1–64 of a–z, 0–9, _ and -");
  }
  if (state.view().FindPerson(person.id) != nullptr) {
    VAKA_RETURN_IF_ERROR(LivingPerson(state.view(), person.id).status());
  }
  VAKA_RETURN_IF_ERROR(CheckPreferences(person.preferences, "preferences"));
  Decision decision;
  v1::PersonRegistered& fact = *decision.facts.emplace_back().mutable_person_registered();
  fact.set_person(person.id);
  *fact.mutable_contact() = person.contact.sealed;
  *fact.mutable_preferences() = person.preferences;
  fact.set_consent(person.consent);
  if (person.contact.new_key) decision.keys.push_back(*person.contact.new_key);
  decision.rests_on = {PersonKey(person.id)};
  return decision;
}

absl::StatusOr<Decision> DecideErasePerson(const State& state, const std::string& person) {
  const PersonEntry* known = state.view().FindPerson(person);
  if (known == nullptr) return absl::NotFoundError(absl::StrCat("there is no person ", person));
  Decision decision;
  if (known->erased) return decision;
  decision.facts.emplace_back().mutable_person_erased()->set_person(person);
  decision.rests_on = PersonAndAreas(*known);
  return decision;
}

absl::StatusOr<Decision> DecideSetPreferences(const State& state,
                                              const v1::SetPreferencesRequest& request) {
  VAKA_ASSIGN(const PersonEntry* person, LivingPerson(state.view(), request.person()));
  VAKA_RETURN_IF_ERROR(CheckPreferences(request.preferences(), "preferences"));
  Decision decision;
  if (Equal(person->preferences, request.preferences())) return decision;
  v1::PreferencesChanged& fact = *decision.facts.emplace_back().mutable_preferences_changed();
  fact.set_person(request.person());
  *fact.mutable_preferences() = request.preferences();
  decision.rests_on = {PersonKey(request.person())};
  return decision;
}

absl::StatusOr<Decision> DecideSetConsent(const State& state,
                                          const v1::SetConsentRequest& request) {
  VAKA_ASSIGN(const PersonEntry* person, LivingPerson(state.view(), request.person()));
  Decision decision;
  if (person->consent == request.consent()) return decision;
  v1::ConsentChanged& fact = *decision.facts.emplace_back().mutable_consent_changed();
  fact.set_person(request.person());
  fact.set_consent(request.consent());
  decision.rests_on = {PersonKey(request.person())};
  return decision;
}

absl::StatusOr<Decision> DecideAssignRole(const State& state, const std::string& person,
                                          const v1::RoleScope& scope, absl::Time now) {
  VAKA_ASSIGN(const PersonEntry* known, LivingPerson(state.view(), person));
  VAKA_RETURN_IF_ERROR(CheckScope(state.view(), scope, "scope"));
  const absl::Time from = scope.has_from() ? FromProto(scope.from()) : now;
  if (scope.has_to() && FromProto(scope.to()) <= from) {
    return FieldError("scope.to", "must lie after from");
  }
  for (const v1::RoleScope& held : known->roles) {
    if (SameScope(held, scope) && (!held.has_to() || FromProto(held.to()) > from)) {
      return absl::AlreadyExistsError(absl::StrCat("person ", person, " holds the role already"));
    }
  }
  if (scope.role() == options::v1::ROLE_LEAD_CONTACT) {
    for (const AreaContact& contact : state.view().ContactsOf(scope.area(), from)) {
      if (!contact.lead) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("area ", scope.area(), " has the lead contact ", contact.person->id,
                       " already; end that role first"));
    }
  }
  Decision decision;
  v1::RoleAssigned& fact = *decision.facts.emplace_back().mutable_role_assigned();
  fact.set_person(person);
  *fact.mutable_scope() = scope;
  *fact.mutable_scope()->mutable_from() = ToProto(from);
  decision.rests_on = {PersonKey(person)};
  if (!scope.area().empty()) decision.rests_on.push_back(AreaKey(scope.area()));
  return decision;
}

absl::StatusOr<Decision> DecideEndRole(const State& state, const v1::EndRoleRequest& request) {
  VAKA_ASSIGN(const PersonEntry* person, LivingPerson(state.view(), request.person()));
  const bool holds =
      std::any_of(person->roles.begin(), person->roles.end(), [&](const v1::RoleScope& scope) {
        return scope.role() == request.role() && scope.area() == request.area();
      });
  if (!holds) {
    return absl::NotFoundError(absl::StrCat("person ", request.person(), " holds no such role"));
  }
  Decision decision;
  v1::RoleEnded& fact = *decision.facts.emplace_back().mutable_role_ended();
  fact.set_person(request.person());
  fact.set_role(request.role());
  fact.set_area(request.area());
  fact.set_reason(request.reason());
  decision.rests_on = {PersonKey(request.person())};
  if (!request.area().empty()) decision.rests_on.push_back(AreaKey(request.area()));
  return decision;
}

absl::StatusOr<Decision> DecideAssignHouseholds(const State& state,
                                                const v1::AssignHouseholdsRequest& request,
                                                absl::Time now) {
  VAKA_ASSIGN(const PersonEntry* person, LivingPerson(state.view(), request.person()));
  VAKA_ASSIGN(const AreaEntry* area, KnownArea(state.view(), request.area()));
  const std::vector<AreaContact> contacts = state.view().ContactsOf(request.area(), now);
  if (std::none_of(contacts.begin(), contacts.end(),
                   [&](const AreaContact& contact) { return contact.person == person; })) {
    return absl::FailedPreconditionError(
        absl::StrCat("person ", request.person(), " is no contact of area ", request.area()));
  }
  const uint32_t others = CoveredByOthers(state.view(), request.area(), request.person());
  const uint32_t left = area->Households() - std::min(area->Households(), others);
  if (request.households() > left) {
    return absl::FailedPreconditionError(absl::StrCat("households: ", request.households(),
                                                      ", but area ", request.area(), " has ", left,
                                                      " left of ", area->Households()));
  }
  Decision decision;
  Cover wanted{request.households(), {request.addresses().begin(), request.addresses().end()}};
  const auto cover = person->covers.find(request.area());
  if (cover != person->covers.end() && cover->second == wanted) return decision;
  v1::HouseholdsAssigned& fact = *decision.facts.emplace_back().mutable_households_assigned();
  fact.set_person(request.person());
  fact.set_area(request.area());
  fact.set_households(request.households());
  *fact.mutable_addresses() = request.addresses();
  decision.rests_on = {PersonKey(request.person()), AreaKey(request.area())};
  return decision;
}

absl::StatusOr<Decision> DecideMoveCaretakerRound(const State& state,
                                                  const v1::MoveCaretakerRoundRequest& request,
                                                  absl::Time now) {
  VAKA_ASSIGN(const PersonEntry* from, LivingPerson(state.view(), request.from_person()));
  VAKA_RETURN_IF_ERROR(LivingPerson(state.view(), request.to_person()).status());
  if (request.from_person() == request.to_person()) {
    return FieldError("to_person", "must be somebody else");
  }
  Decision decision;
  decision.rests_on = {PersonKey(request.from_person()), PersonKey(request.to_person())};
  std::set<std::string> areas;
  for (const std::string& area : request.areas()) {
    VAKA_RETURN_IF_ERROR(KnownArea(state.view(), area).status());
    if (!from->Holds(options::v1::ROLE_CARETAKER, now, area)) {
      return absl::FailedPreconditionError(
          absl::StrCat("person ", request.from_person(), " is no caretaker of area ", area));
    }
    if (areas.insert(area).second) decision.rests_on.push_back(AreaKey(area));
  }
  v1::CaretakerRoundMoved& fact = *decision.facts.emplace_back().mutable_caretaker_round_moved();
  fact.set_from_person(request.from_person());
  fact.set_to_person(request.to_person());
  for (const std::string& area : areas) fact.add_areas(area);
  return decision;
}

absl::StatusOr<Decision> DecideHoldTraining(const State& state,
                                            const v1::HoldTrainingRequest& request,
                                            absl::Time now) {
  if (!v1::Training_IsValid(request.training())) return FieldError("training", "is not known");
  if (request.has_held_at() && FromProto(request.held_at()) > now) {
    return FieldError("held_at", "lies ahead");
  }
  Decision decision;
  v1::TrainingHeld& fact = *decision.facts.emplace_back().mutable_training_held();
  fact.set_training(request.training());
  *fact.mutable_held_at() = request.has_held_at() ? request.held_at() : ToProto(now);
  std::set<std::string> attended(request.attended().begin(), request.attended().end());
  for (const std::string& person : attended) {
    VAKA_RETURN_IF_ERROR(LivingPerson(state.view(), person).status());
    fact.add_attended(person);
    decision.rests_on.push_back(PersonKey(person));
  }
  return decision;
}

absl::StatusOr<Decision> DecideApproveDriver(const State& state,
                                             const v1::ApproveDriverRequest& request) {
  VAKA_ASSIGN(const PersonEntry* person, LivingPerson(state.view(), request.person()));
  if (request.approved() && !person->TrainedPatroller()) {
    return absl::FailedPreconditionError(
        absl::StrCat("person ", request.person(), " has not attended the patroller course"));
  }
  Decision decision;
  if (person->driver == request.approved()) return decision;
  v1::DriverApproved& fact = *decision.facts.emplace_back().mutable_driver_approved();
  fact.set_person(request.person());
  fact.set_approved(request.approved());
  decision.rests_on = {PersonKey(request.person())};
  return decision;
}

absl::StatusOr<Decision> DecideView(const State& state, const std::string& person,
                                    const std::string& purpose) {
  VAKA_RETURN_IF_ERROR(LivingPerson(state.view(), person).status());
  Decision decision;
  v1::PersonalDataViewed& fact = *decision.facts.emplace_back().mutable_personal_data_viewed();
  fact.set_person(person);
  fact.set_purpose(purpose);
  return decision;  // rests on nothing: a look is recorded whatever else happens
}

}  // namespace vaka::registry
