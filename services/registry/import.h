#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "libs/vault/vault.h"
#include "services/registry/registry.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::registry {

// Imports in two halves: reading a file into what it says, and deciding what that changes. Both are
// pure and go on after a problem, so that one run lists them all.

using Problems = google::protobuf::RepeatedPtrField<v1::ImportProblem>;
void AddProblem(Problems& problems, uint32_t line, absl::string_view field,
                absl::string_view problem);
// The field and problem that a refusal names.
void AddProblem(Problems& problems, uint32_t line, const absl::Status& status);
// INVALID_ARGUMENT: how many problems there are, and the first.
absl::Status Refuse(const v1::ImportResult& result);

// What an import changes. `facts` and `rests_on` of each step belong together; a log takes only so
// many facts at once, so that a large file is several appends.
struct ImportPlan {
  std::vector<fold::Decision> steps;
  v1::ImportResult result;
};

// The first steps that fit into one append, in one decision. Steps that have been carried out do
// not come again when the plan is made anew, so the next call goes on where the last ended.
fold::Decision FirstOf(const ImportPlan& plan);

// Areas (import_areas.cc).
struct ImportedArea {
  uint32_t line = 0;                              // the feature's index from 1
  v1::Area area;                                  // district as it stands in the file, id or name
  v1::AreaStage stage = v1::AREA_STAGE_INTEREST;  // for an area that is new
};
// A FeatureCollection of Polygons and MultiPolygons in WGS 84 without holes. Properties: name,
// district and kind; households (a number, or an object by housing form); optional association,
// place_names (list, or separated by ";"), stage. The id is the feature's, else the property `id`,
// else made from district and name.
std::vector<ImportedArea> ReadAreas(const std::string& kommun, absl::string_view geojson,
                                    Problems& problems);
// An area that exists is changed, except for its stage, which lives its own life.
ImportPlan PlanAreas(const State& state, const std::vector<ImportedArea>& areas);

// People (import_people.cc).
struct ImportedRole {
  uint32_t line = 0;
  v1::RoleScope scope;
  std::optional<uint32_t> households;
  std::vector<std::string> addresses;
};
struct ImportedPerson {
  uint32_t line = 0;
  std::string id;  // the file's `person`; else that of who has these details, else a new one
  v1::Contact contact;
  std::optional<v1::Preferences> preferences;  // when the file has such columns
  std::optional<bool> consent;
  std::vector<ImportedRole> roles;
  std::optional<vault::Vault::Box> box;  // details that are new or have changed
};
// CSV with a header line. Columns: name; phone, email, webhook (one of them); optional person (an
// id), address, language (sv|en), consent (yes|no), channels ("sms;email:3", with the lowest
// severity), quiet ("21:00-07:00"), role, area, district, agency, households, addresses. Rows with
// the same person, or the same name and phone (or e-mail), are one person with several roles.
std::vector<ImportedPerson> ReadPeople(absl::string_view csv, Problems& problems);
// By what a person is recognised when a file gives no id.
std::string RecognisedBy(const v1::Contact& contact);
// REQUIRES: every person has an id, and a box unless they exist with the same details.
ImportPlan PlanPeople(const State& state, const std::vector<ImportedPerson>& people,
                      absl::Time now);

}  // namespace vaka::registry
