#include "services/notifications/story.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"

namespace vaka::notifications {
namespace {

using registry::v1::Language;
using registry::v1::LANGUAGE_EN;
using registry::v1::LANGUAGE_SV;

std::string AreaName(const State& state, const std::string& area) {
  const AreaEntry* entry = state.registry().FindArea(area);
  return entry == nullptr ? "" : entry->area.name();
}

std::string DistrictName(const State& state, const std::string& district) {
  const registry::v1::District* found = state.registry().FindDistrict(district);
  return found == nullptr ? "" : found->name();
}

std::string CategoryName(const State& state, const std::string& category, Language language) {
  const registry::v1::Category* found = state.registry().FindCategory(category);
  if (found == nullptr) return category;
  return language == LANGUAGE_EN ? found->name_en() : found->name_sv();
}

// A named place when it tells no address, else the area, else the district.
std::string WhereText(const State& state, const intake::v1::Incident& incident) {
  const intake::v1::Where& where = incident.where();
  const registry::v1::Category* category = state.registry().FindCategory(incident.category());
  const bool home = category != nullptr && category->home_burglary();
  const std::string wide =
      where.area().empty() ? DistrictName(state, where.district()) : AreaName(state, where.area());
  const bool address = std::any_of(where.place().begin(), where.place().end(),
                                   [](char c) { return c >= '0' && c <= '9'; });
  if (home || where.place().empty() || where.precision() == intake::v1::PRECISION_EXACT ||
      address || where.place() == wide) {
    return wide;
  }
  return wide.empty() ? where.place() : absl::StrCat(where.place(), ", ", wide);
}

Story::Item ItemOf(const State& state, const intake::v1::Incident& incident, absl::Time now,
                   Language language) {
  const absl::Time from = FromProto(incident.observed_from());
  const absl::Time to = incident.has_observed_to() ? FromProto(incident.observed_to()) : from;
  return {CategoryName(state, incident.category(), language), WhereText(state, incident),
          WhenText(from, to, now, state.registry().zone(), language)};
}

Story::Form FormOf(const Alert& alert, const AlertVersion& version) {
  if (version.recall() || alert.recalled()) return Story::Form::kRecall;
  if (alert.kind() == ALERT_KIND_MESSAGE) return Story::Form::kMessage;
  if (version.grouped()) return Story::Form::kGrouped;
  if (version.version() > 1) return Story::Form::kUpdate;
  return alert.kind() == ALERT_KIND_DIGEST ? Story::Form::kDigest : Story::Form::kFirst;
}

std::string SentBy(const State& state, const Alert& alert, Language language) {
  options::v1::Role role = options::v1::ROLE_UNSPECIFIED;
  options::v1::Role_Parse(alert.sender_role(), &role);
  const registry::v1::Agency* agency = state.registry().FindAgency(alert.sender_agency());
  const std::string function = RoleText(role, language);
  if (agency == nullptr) return function;
  return function.empty() ? agency->name() : absl::StrCat(function, ", ", agency->name());
}

Story Tell(const State& state, const AlertRecord& record, const AlertVersion& version,
           absl::Time now, Language language) {
  const Alert& alert = record.alert();
  Story story;
  story.language = language;
  story.form = FormOf(alert, version);
  story.sender = state.registry().config().sender();
  story.sent_by = SentBy(state, alert, language);
  if (story.form == Story::Form::kRecall) story.reason = version.reason();
  if (alert.kind() == ALERT_KIND_MESSAGE) story.reason.clear();
  story.critical = alert.severity() >= state.rules().critical_severity();
  if (alert.areas_size() > 0) story.area = AreaName(state, alert.areas(0));
  std::vector<const IncidentNote*> notes;
  for (const std::string& id : alert.incidents()) {
    if (const IncidentNote* note = state.FindIncident(id)) notes.push_back(note);
  }
  std::stable_sort(notes.begin(), notes.end(), [](const IncidentNote* a, const IncidentNote* b) {
    return FromProto(a->incident().observed_from()) > FromProto(b->incident().observed_from());
  });
  for (const IncidentNote* note : notes) {
    story.items.push_back(ItemOf(state, note->incident(), now, language));
  }
  return story;
}

// What makes the person a recipient in this area.
std::string RoleIn(const PersonEntry& person, const std::string& area, Language language) {
  for (const registry::v1::RoleScope& scope : person.roles) {
    if (!area.empty() && scope.area() == area && IsContactRole(scope.role())) {
      return RoleText(scope.role(), language);
    }
  }
  return person.roles.empty() ? "" : RoleText(person.roles.front().role(), language);
}

const AlertVersion* VersionOf(const AlertRecord& record, uint32_t version) {
  for (const AlertVersion& candidate : record.versions()) {
    if (candidate.version() == version) return &candidate;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<Draft> DraftOf(const State& state, const std::string& alert, uint32_t version,
                              const std::string& person, const std::string& area, absl::Time now) {
  const AlertRecord* record = state.FindAlert(alert);
  const AlertVersion* told = record == nullptr ? nullptr : VersionOf(*record, version);
  if (told == nullptr) return absl::NotFoundError(absl::StrCat("alert: no alert ", alert));
  const PersonEntry* entry = state.registry().FindPerson(person);
  const Language language =
      entry != nullptr && entry->preferences.language() == LANGUAGE_EN ? LANGUAGE_EN : LANGUAGE_SV;
  Draft draft;
  draft.story = Tell(state, *record, *told, now, language);
  if (!area.empty()) draft.story.area = AreaName(state, area);
  draft.words = record->alert().text();
  draft.sender_name = draft.story.sender;
  if (entry != nullptr && !entry->erased) {
    draft.contact = entry->contact;
    draft.story.role = RoleIn(*entry, area, language);
  }
  return draft;
}

absl::StatusOr<Draft> OverviewOf(const State& state, const std::string& alert, absl::Time now) {
  const AlertRecord* record = state.FindAlert(alert);
  if (record == nullptr || record->versions().empty()) {
    return absl::NotFoundError(absl::StrCat("alert: no alert ", alert));
  }
  Draft draft;
  draft.story = Tell(state, *record, *record->versions().rbegin(), now, LANGUAGE_SV);
  draft.words = record->alert().text();
  return draft;
}

}  // namespace vaka::notifications
