#include "services/registry/history.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "libs/base/time.h"

namespace vaka::registry {
namespace {

using event::v1::Event;

constexpr v1::AreaKind kForms[] = {v1::AREA_KIND_HOUSES, v1::AREA_KIND_ROW_HOUSES,
                                   v1::AREA_KIND_RENTED, v1::AREA_KIND_OWNED};

const char* FormKey(v1::AreaKind form) {
  switch (form) {
    case v1::AREA_KIND_HOUSES:
      return "houses";
    case v1::AREA_KIND_ROW_HOUSES:
      return "row_houses";
    case v1::AREA_KIND_RENTED:
      return "rented";
    default:
      return "owned";
  }
}

// Contact persons of an area at a moment, where the history keeps them.
using Contacts = std::vector<const std::string*>;

// One row while it is being counted; a person who is a contact of two areas counts once.
struct Tally {
  v1::CoverageRow row;
  std::vector<std::shared_ptr<const Contacts>> areas;  // shared by the rows that an area is in

  void Add(v1::AreaStage stage, uint32_t households, std::shared_ptr<const Contacts> contacts) {
    const bool active = stage == v1::AREA_STAGE_ACTIVE;
    row.set_households(row.households() + households);
    row.set_areas(row.areas() + 1);
    if (active) {
      row.set_covered(row.covered() + households);
      row.set_active(row.active() + 1);
      if (contacts->empty()) row.set_areas_without_contact(row.areas_without_contact() + 1);
    }
    if (stage == v1::AREA_STAGE_DORMANT) row.set_dormant(row.dormant() + 1);
    if (!contacts->empty()) areas.push_back(std::move(contacts));
  }

  // Nobody is in one area twice, so that a set is needed only for several.
  size_t People() const {
    if (areas.empty()) return 0;
    if (areas.size() == 1) return areas.front()->size();
    absl::flat_hash_set<absl::string_view> people;
    for (const auto& contacts : areas) {
      for (const std::string* person : *contacts) people.insert(*person);
    }
    return people.size();
  }

  v1::CoverageRow Finish(const std::string& key) {
    row.set_key(key);
    row.set_contact_persons(static_cast<uint32_t>(People()));
    return row;
  }
};

uint32_t Sum(const std::vector<v1::HouseholdCount>& counts, v1::AreaKind form) {
  uint32_t sum = 0;
  for (const v1::HouseholdCount& count : counts) {
    if (form == v1::AREA_KIND_UNSPECIFIED || count.form() == form) sum += count.households();
  }
  return sum;
}

}  // namespace

void History::NoteArea(const std::string& area, absl::Time at, const RegistryView& view) {
  const AreaEntry& entry = *view.FindArea(area);
  Moment moment{
      .at = at, .stage = entry.stage, .district = entry.area.district(), .households = {}};
  moment.households.assign(entry.area.households().begin(), entry.area.households().end());
  std::vector<Moment>& moments = areas_[area];
  const auto after = std::upper_bound(moments.begin(), moments.end(), at,
                                      [](absl::Time t, const Moment& m) { return t < m.at; });
  moments.insert(after, std::move(moment));
}

// Opens or closes the person's span so that it agrees with the view.
void History::NoteContact(const std::string& area, const std::string& person, absl::Time at,
                          const RegistryView& view) {
  const PersonEntry* entry = view.FindPerson(person);
  absl::Time from = absl::InfiniteFuture(), to = absl::InfinitePast();
  for (const v1::RoleScope& scope : entry->roles) {
    if (scope.area() != area || !IsContactRole(scope.role())) continue;
    from = std::min(from, scope.has_from() ? FromProto(scope.from()) : at);
    to = std::max(to, scope.has_to() ? FromProto(scope.to()) : absl::InfiniteFuture());
  }
  std::vector<Span>& spans = contacts_[area][person];
  const bool open = !spans.empty() && spans.back().to > at;
  if (to > at) {
    if (open) {
      spans.back().to = to;
    } else {
      spans.push_back({from, to});
    }
  } else if (open) {
    spans.back().to = std::max(spans.back().from, at);
  }
}

void History::Apply(const Event& event, const RegistryView& view) {
  const absl::Time at =
      FromProto(event.has_occurred_at() ? event.occurred_at() : event.recorded_at());
  switch (event.fact_case()) {
    case Event::kAreaRegistered:
      return NoteArea(event.area_registered().area().id(), at, view);
    case Event::kAreaChanged:
      return NoteArea(event.area_changed().area().id(), at, view);
    case Event::kAreaStageChanged:
      return NoteArea(event.area_stage_changed().area(), at, view);
    case Event::kRoleAssigned:
      if (!IsContactRole(event.role_assigned().scope().role())) return;
      return NoteContact(event.role_assigned().scope().area(), event.role_assigned().person(), at,
                         view);
    case Event::kRoleEnded:
      if (!IsContactRole(event.role_ended().role())) return;
      return NoteContact(event.role_ended().area(), event.role_ended().person(), at, view);
    case Event::kCaretakerRoundMoved:
      for (const std::string& area : event.caretaker_round_moved().areas()) {
        NoteContact(area, event.caretaker_round_moved().from_person(), at, view);
        NoteContact(area, event.caretaker_round_moved().to_person(), at, view);
      }
      return;
    case Event::kPersonErased:
      for (auto& [area, people] : contacts_) {
        if (people.count(event.person_erased().person()) == 0) continue;
        NoteContact(area, event.person_erased().person(), at, view);
      }
      return;
    default:
      return;
  }
}

v1::CoverageResponse History::CoverageAt(absl::Time at, const RegistryView& view) const {
  std::map<std::string, Tally> districts;
  std::map<v1::AreaKind, Tally> forms;
  Tally total;
  for (const v1::District& district : view.config().districts()) districts[district.id()];
  for (const auto& [area, moments] : areas_) {
    const auto after = std::upper_bound(moments.begin(), moments.end(), at,
                                        [](absl::Time t, const Moment& m) { return t < m.at; });
    if (after == moments.begin()) continue;
    const Moment& then = *std::prev(after);
    if (then.stage == v1::AREA_STAGE_CLOSED) continue;
    const auto contacts = std::make_shared<Contacts>();
    if (const auto known = contacts_.find(area); known != contacts_.end()) {
      contacts->reserve(known->second.size());
      for (const auto& [person, spans] : known->second) {
        const bool was = std::any_of(spans.begin(), spans.end(),
                                     [&](const Span& s) { return s.from <= at && at < s.to; });
        if (was) contacts->push_back(&person);
      }
    }
    const uint32_t households = Sum(then.households, v1::AREA_KIND_UNSPECIFIED);
    districts[then.district].Add(then.stage, households, contacts);
    total.Add(then.stage, households, contacts);
    for (const v1::AreaKind form : kForms) {
      const uint32_t of_form = Sum(then.households, form);
      if (of_form > 0) forms[form].Add(then.stage, of_form, contacts);
    }
  }
  v1::CoverageResponse response;
  for (auto& [id, tally] : districts) *response.add_by_district() = tally.Finish(id);
  for (const v1::AreaKind form : kForms)
    *response.add_by_form() = forms[form].Finish(FormKey(form));
  *response.mutable_total() = total.Finish("total");
  return response;
}

void History::ToProto(v1::RegistryState& state) const {
  for (const auto& [id, moments] : areas_) {
    v1::AreaHistory& area = *state.add_areas();
    area.set_area(id);
    for (const Moment& moment : moments) {
      v1::AreaMoment& kept = *area.add_moments();
      *kept.mutable_at() = vaka::ToProto(moment.at);
      kept.set_stage(moment.stage);
      kept.set_district(moment.district);
      for (const v1::HouseholdCount& count : moment.households) *kept.add_households() = count;
    }
  }
  for (const auto& [area, people] : contacts_) {
    for (const auto& [person, spans] : people) {
      for (const Span& span : spans) {
        v1::ContactHistory& kept = *state.add_contacts();
        kept.set_area(area);
        kept.set_person(person);
        *kept.mutable_from() = vaka::ToProto(span.from);
        if (span.to != absl::InfiniteFuture()) *kept.mutable_to() = vaka::ToProto(span.to);
      }
    }
  }
}

void History::Restore(const v1::RegistryState& state) {
  areas_.clear();
  contacts_.clear();
  for (const v1::AreaHistory& area : state.areas()) {
    std::vector<Moment>& moments = areas_[area.area()];
    for (const v1::AreaMoment& kept : area.moments()) {
      moments.push_back({.at = FromProto(kept.at()),
                         .stage = kept.stage(),
                         .district = kept.district(),
                         .households = {kept.households().begin(), kept.households().end()}});
    }
  }
  for (const v1::ContactHistory& kept : state.contacts()) {
    contacts_[kept.area()][kept.person()].push_back(
        {FromProto(kept.from()), kept.has_to() ? FromProto(kept.to()) : absl::InfiniteFuture()});
  }
}

}  // namespace vaka::registry
