#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/validate.h"
#include "services/registry/check.h"
#include "services/registry/decide.h"

namespace vaka::registry {
namespace {

using fold::Decision;

constexpr char kConfigKey[] = "config";
// The one item that is handed out only where an area is active.
constexpr char kSign[] = "sign";
constexpr absl::string_view kItems[] = {kSign, "folder", "sticker", "car_sign"};
constexpr int32_t kMostMaterial = 10000;

// What areas and roles refer to cannot vanish from the configuration.
absl::Status CheckStillThere(const RegistryView& view, const v1::MunicipalityConfig& config) {
  std::set<absl::string_view> districts, agencies;
  for (const v1::District& district : config.districts()) districts.insert(district.id());
  for (const v1::Agency& agency : config.agencies()) agencies.insert(agency.id());
  for (const auto& [id, area] : view.areas()) {
    if (area.stage == v1::AREA_STAGE_CLOSED || districts.count(area.area.district()) > 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("config.districts: area ", id, " lies in ", area.area.district()));
  }
  for (const auto& [id, person] : view.people()) {
    for (const v1::RoleScope& scope : person.roles) {
      if (!scope.agency().empty() && agencies.count(scope.agency()) == 0) {
        return absl::FailedPreconditionError(
            absl::StrCat("config.agencies: person ", id, " has a role at ", scope.agency()));
      }
      if (!scope.district().empty() && districts.count(scope.district()) == 0) {
        return absl::FailedPreconditionError(
            absl::StrCat("config.districts: person ", id, " has a role in ", scope.district()));
      }
    }
  }
  return absl::OkStatus();
}

uint32_t HouseholdsOf(const v1::Area& area) {
  uint32_t sum = 0;
  for (const v1::HouseholdCount& count : area.households()) sum += count.households();
  return sum;
}

}  // namespace

std::string AreaKey(const std::string& area) { return absl::StrCat("area:", area); }
std::string PersonKey(const std::string& person) { return absl::StrCat("person:", person); }

bool Equal(const google::protobuf::Message& a, const google::protobuf::Message& b) {
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

absl::StatusOr<const AreaEntry*> KnownArea(const RegistryView& view, const std::string& id) {
  const AreaEntry* area = view.FindArea(id);
  if (area == nullptr) return absl::NotFoundError(absl::StrCat("there is no area ", id));
  return area;
}

uint32_t CoveredByOthers(const RegistryView& view, const std::string& area,
                         const std::string& person) {
  uint32_t sum = 0;
  for (const std::string& id : view.FindArea(area)->people) {
    const PersonEntry& other = *view.FindPerson(id);
    const auto cover = other.covers.find(area);
    if (id != person && cover != other.covers.end()) sum += cover->second.households;
  }
  return sum;
}

absl::StatusOr<Decision> DecideConfigure(const State& state, const v1::ConfigureRequest& request) {
  if (absl::Status valid = config::ValidateMunicipality(request.config()); !valid.ok()) {
    const auto info = InfoOf(valid);
    options::v1::ErrorInfo named = info.value_or(options::v1::ErrorInfo());
    named.set_field(absl::StrCat("config.", named.field()));
    return WithInfo(absl::InvalidArgumentError(absl::StrCat("config.", valid.message())), named);
  }
  VAKA_RETURN_IF_ERROR(CheckStillThere(state.view(), request.config()));
  Decision decision;
  if (Equal(state.view().config(), request.config())) return decision;
  *decision.facts.emplace_back().mutable_municipality_configured()->mutable_config() =
      request.config();
  decision.rests_on = {kConfigKey};
  return decision;
}

absl::StatusOr<Decision> DecideRegisterArea(const State& state,
                                            const v1::RegisterAreaRequest& request,
                                            const std::string& id) {
  if (state.view().FindArea(id) != nullptr) {
    return absl::AlreadyExistsError(absl::StrCat("there is an area ", id));
  }
  Decision decision;
  v1::AreaRegistered& fact = *decision.facts.emplace_back().mutable_area_registered();
  *fact.mutable_area() = request.area();
  fact.mutable_area()->set_id(id);
  VAKA_RETURN_IF_ERROR(CheckArea(state.view(), fact.area(), "area"));
  if (!v1::AreaStage_IsValid(request.stage())) return FieldError("stage", "is no stage");
  fact.set_stage(request.stage() == v1::AREA_STAGE_UNSPECIFIED ? v1::AREA_STAGE_INTEREST
                                                               : request.stage());
  decision.rests_on = {AreaKey(id)};
  return decision;
}

absl::StatusOr<Decision> DecideChangeArea(const State& state,
                                          const v1::ChangeAreaRequest& request) {
  const v1::Area& area = request.area();
  VAKA_ASSIGN(const AreaEntry* known, KnownArea(state.view(), area.id()));
  VAKA_RETURN_IF_ERROR(CheckArea(state.view(), area, "area"));
  const uint32_t covered = CoveredByOthers(state.view(), area.id(), "");
  if (HouseholdsOf(area) < covered) {
    return absl::FailedPreconditionError(absl::StrCat("area.households: ", HouseholdsOf(area),
                                                      ", but contact persons cover ", covered,
                                                      "; lower theirs first"));
  }
  Decision decision;
  if (Equal(known->area, area)) return decision;
  *decision.facts.emplace_back().mutable_area_changed()->mutable_area() = area;
  decision.rests_on = {AreaKey(area.id())};
  return decision;
}

absl::StatusOr<Decision> DecideChangeAreaStage(const State& state,
                                               const v1::ChangeAreaStageRequest& request) {
  VAKA_ASSIGN(const AreaEntry* area, KnownArea(state.view(), request.area()));
  if (!CanStep(area->stage, request.to())) {
    return absl::FailedPreconditionError(
        absl::StrCat("area ", request.area(), " is ", StageName(area->stage),
                     "; the life cycle has no step from there to ", StageName(request.to())));
  }
  Decision decision;
  v1::AreaStageChanged& fact = *decision.facts.emplace_back().mutable_area_stage_changed();
  fact.set_area(request.area());
  fact.set_from(area->stage);
  fact.set_to(request.to());
  fact.set_reason(request.reason());
  decision.rests_on = {AreaKey(request.area())};
  return decision;
}

absl::StatusOr<Decision> DecideMoveMaterial(const State& state,
                                            const v1::MoveMaterialRequest& request) {
  VAKA_ASSIGN(const AreaEntry* area, KnownArea(state.view(), request.area()));
  if (std::find(std::begin(kItems), std::end(kItems), request.item()) == std::end(kItems)) {
    return FieldError("item", absl::StrCat("\"", request.item(),
                                           "\"; allowed are sign, folder, sticker, car_sign"));
  }
  if (request.count() > kMostMaterial || request.count() < -kMostMaterial) {
    return FieldError("count", absl::StrCat(request.count(), "; allowed −10000…10000"));
  }
  if (request.item() == kSign && request.count() > 0 && area->stage != v1::AREA_STAGE_ACTIVE) {
    return absl::FailedPreconditionError(
        absl::StrCat("signs are handed out only when the area is active; area ", request.area(),
                     " is ", StageName(area->stage)));
  }
  const auto there = area->material.find(request.item());
  const int32_t before = there == area->material.end() ? 0 : there->second;
  if (before + request.count() < 0) {
    return absl::FailedPreconditionError(absl::StrCat("only ", before, " of ", request.item(),
                                                      " were handed out in ", request.area()));
  }
  Decision decision;
  v1::MaterialMoved& fact = *decision.facts.emplace_back().mutable_material_moved();
  fact.set_area(request.area());
  fact.set_item(request.item());
  fact.set_count(request.count());
  decision.rests_on = {AreaKey(request.area())};
  return decision;
}

absl::StatusOr<Decision> DecideHoldFollowUp(const State& state,
                                            const v1::HoldFollowUpRequest& request,
                                            absl::Time now) {
  VAKA_ASSIGN(const AreaEntry* area, KnownArea(state.view(), request.area()));
  VAKA_RETURN_IF_ERROR(LivingPerson(state.view(), request.person()).status());
  if (area->people.count(request.person()) == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("person ", request.person(), " has no role in area ", request.area()));
  }
  if (request.has_held_at() && FromProto(request.held_at()) > now) {
    return FieldError("held_at", "lies ahead");
  }
  Decision decision;
  v1::FollowUpHeld& fact = *decision.facts.emplace_back().mutable_follow_up_held();
  fact.set_area(request.area());
  fact.set_person(request.person());
  *fact.mutable_held_at() = request.has_held_at() ? request.held_at() : ToProto(now);
  fact.set_details_right(request.details_right());
  fact.set_signs_in_place(request.signs_in_place());
  fact.set_relays_by(request.relays_by());
  decision.rests_on = {AreaKey(request.area()), PersonKey(request.person())};
  return decision;
}

absl::StatusOr<Decision> DecideSleep(const State& state, const std::string& area, absl::Time now) {
  VAKA_ASSIGN(const AreaEntry* known, KnownArea(state.view(), area));
  Decision decision;
  if (known->stage != v1::AREA_STAGE_ACTIVE || LastContact(*known) + kSleepsAfter > now) {
    return decision;
  }
  v1::AreaStageChanged& fact = *decision.facts.emplace_back().mutable_area_stage_changed();
  fact.set_area(area);
  fact.set_from(known->stage);
  fact.set_to(v1::AREA_STAGE_DORMANT);
  fact.set_reason("no contact for two follow-up periods");
  decision.rests_on = {AreaKey(area)};
  return decision;
}

}  // namespace vaka::registry
