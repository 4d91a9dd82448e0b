#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/registry_view/registry_view.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::registry {

// What a request says, checked by itself and against what there is. Pure. Each refusal names its
// field, what was given and what is allowed.

// A Swedish or international number as E.164: "070-123 45 67", "0046 70…" and "+46 70…" give
// "+4670…". INVALID_ARGUMENT for anything else. Never quotes the number.
absl::StatusOr<std::string> NormalPhone(absl::string_view field, absl::string_view phone);

// Checks the details and normalises phone and e-mail. At least a name and one way to reach the
// person are needed. INVALID_ARGUMENT names the field and never quotes what is personal.
absl::StatusOr<v1::Contact> NormalContact(const v1::Contact& contact, absl::string_view field);
// As NormalContact, adding everything that is wrong to `problems`; the answer holds if there is
// none.
v1::Contact NormalContact(const v1::Contact& contact, absl::string_view field,
                          std::vector<absl::Status>& problems);

// Channels known and given once, floors 0–5, quiet minutes within the day.
absl::Status CheckPreferences(const v1::Preferences& preferences, absl::string_view field);

// Id, name, kind, household forms, polygon, and that the district exists: all that is wrong, or the
// first of it.
std::vector<absl::Status> AreaProblems(const RegistryView& view, const v1::Area& area,
                                       absl::string_view field);
absl::Status CheckArea(const RegistryView& view, const v1::Area& area, absl::string_view field);

// That the role needs no more scope than is given, that it ends after it begins, and that area,
// district and agency exist (NOT_FOUND). FAILED_PRECONDITION for a closed area.
absl::Status CheckScope(const RegistryView& view, const v1::RoleScope& scope,
                        absl::string_view field);

// Whether the life cycle has the step. Closing is possible from any stage but closed.
bool CanStep(v1::AreaStage from, v1::AreaStage to);

// "interest", "start_meeting"; "houses"; "contact_person": enum names as people write them, and
// back. Empty or UNSPECIFIED when unknown; the proto's own names are read too.
std::string StageName(v1::AreaStage stage);
v1::AreaStage StageOf(absl::string_view name);
v1::AreaKind KindOf(absl::string_view name);
options::v1::Role RoleOf(absl::string_view name);
v1::Channel ChannelOf(absl::string_view name);

}  // namespace vaka::registry
