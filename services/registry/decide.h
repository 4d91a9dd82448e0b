#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "libs/vault/vault.h"
#include "services/registry/registry.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::registry {

// What each command leads to. Pure: the same state, request and time give the same facts. Each
// answers the errors that its rpc documents; a command that would change nothing has no facts.
// Every decision names in `rests_on` the aggregates that it read or changes: "config", "area:…",
// "person:…".

// Areas and configuration (decide_areas.cc).
absl::StatusOr<fold::Decision> DecideConfigure(const State& state,
                                               const v1::ConfigureRequest& request);
// `id`: the request's, or one made from the key where it gives none.
absl::StatusOr<fold::Decision> DecideRegisterArea(const State& state,
                                                  const v1::RegisterAreaRequest& request,
                                                  const std::string& id);
absl::StatusOr<fold::Decision> DecideChangeArea(const State& state,
                                                const v1::ChangeAreaRequest& request);
absl::StatusOr<fold::Decision> DecideChangeAreaStage(const State& state,
                                                     const v1::ChangeAreaStageRequest& request);
absl::StatusOr<fold::Decision> DecideMoveMaterial(const State& state,
                                                  const v1::MoveMaterialRequest& request);
absl::StatusOr<fold::Decision> DecideHoldFollowUp(const State& state,
                                                  const v1::HoldFollowUpRequest& request,
                                                  absl::Time now);
// Puts an area to sleep when it is due; nothing otherwise.
absl::StatusOr<fold::Decision> DecideSleep(const State& state, const std::string& area,
                                           absl::Time now);

// People (decide_people.cc).
// A person with contact details that were checked and sealed.
struct SealedPerson {
  std::string id;
  vault::Vault::Box contact;
  v1::Preferences preferences;
  bool consent = false;
};
absl::StatusOr<fold::Decision> DecideRegisterPerson(const State& state, const SealedPerson& person);
absl::StatusOr<fold::Decision> DecideErasePerson(const State& state, const std::string& person);
absl::StatusOr<fold::Decision> DecideSetPreferences(const State& state,
                                                    const v1::SetPreferencesRequest& request);
absl::StatusOr<fold::Decision> DecideSetConsent(const State& state,
                                                const v1::SetConsentRequest& request);
absl::StatusOr<fold::Decision> DecideAssignRole(const State& state, const std::string& person,
                                                const v1::RoleScope& scope, absl::Time now);
absl::StatusOr<fold::Decision> DecideEndRole(const State& state, const v1::EndRoleRequest& request);
absl::StatusOr<fold::Decision> DecideAssignHouseholds(const State& state,
                                                      const v1::AssignHouseholdsRequest& request,
                                                      absl::Time now);
absl::StatusOr<fold::Decision> DecideMoveCaretakerRound(
    const State& state, const v1::MoveCaretakerRoundRequest& request, absl::Time now);
absl::StatusOr<fold::Decision> DecideHoldTraining(const State& state,
                                                  const v1::HoldTrainingRequest& request,
                                                  absl::Time now);
absl::StatusOr<fold::Decision> DecideApproveDriver(const State& state,
                                                   const v1::ApproveDriverRequest& request);
// Somebody is about to be shown the person's contact details in the rpc `purpose`.
absl::StatusOr<fold::Decision> DecideView(const State& state, const std::string& person,
                                          const std::string& purpose);

// Shared by both files and by the imports.
std::string AreaKey(const std::string& area);      // "area:…"
std::string PersonKey(const std::string& person);  // "person:…"
// The person, or NOT_FOUND; FAILED_PRECONDITION when erased.
absl::StatusOr<const PersonEntry*> LivingPerson(const RegistryView& view, const std::string& id);
absl::StatusOr<const AreaEntry*> KnownArea(const RegistryView& view, const std::string& id);
// Households of the area that its contacts but `person` cover.
uint32_t CoveredByOthers(const RegistryView& view, const std::string& area,
                         const std::string& person);
bool Equal(const google::protobuf::Message& a, const google::protobuf::Message& b);

}  // namespace vaka::registry
