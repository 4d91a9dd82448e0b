#include "services/dispatch/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "libs/base/time.h"
#include "services/dispatch/places.h"
#include "services/dispatch/route.h"

namespace vaka::dispatch {
namespace {

// A stop that could be made, and how urgent it is: higher goes first.
struct Candidate {
  v1::Stop stop;
  int urgency = 0;
};

absl::Duration TimeAt(v1::StopKind kind) {
  switch (kind) {
    case v1::STOP_KIND_MATERIAL:
      return absl::Minutes(10);
    case v1::STOP_KIND_HOT_SPOT:
      return absl::Minutes(15);
    default:
      return absl::Minutes(20);
  }
}

std::string NameOf(const registry::v1::Category* category, const std::string& id) {
  return category == nullptr || category->name_sv().empty() ? id : category->name_sv();
}

std::string CategoryName(const State& state, const std::string& id) {
  return NameOf(state.registry().FindCategory(id), id);
}

std::optional<registry::v1::Point> MiddleOfArea(const State& state, const std::string& id) {
  const AreaEntry* area = state.registry().FindArea(id);
  if (area == nullptr) return std::nullopt;
  std::optional<registry::v1::Point> middle = MiddleOf(area->area.polygon());
  if (middle.has_value()) return middle;
  const registry::v1::District* district = state.registry().FindDistrict(area->area.district());
  return district == nullptr ? std::nullopt : std::optional(district->centre());
}

registry::v1::Point DepotOf(const State& state, const PlanRules& rules) {
  const registry::v1::District* district = state.registry().FindDistrict(rules.depot_district);
  if (district != nullptr) return district->centre();
  const auto& districts = state.registry().config().districts();
  return districts.empty() ? registry::v1::Point() : districts[0].centre();
}

// A stop at a watch area; nothing when nobody knows where it is.
std::optional<Candidate> AtArea(const State& state, const v1::ShiftView& shift,
                                const AreaEntry& area, v1::StopKind kind, int urgency,
                                std::string why) {
  const std::optional<registry::v1::Point> middle = MiddleOfArea(state, area.area.id());
  if (!middle.has_value()) return std::nullopt;
  Candidate candidate;
  v1::Stop& stop = candidate.stop;
  stop.set_kind(kind);
  *stop.mutable_point() = *middle;
  stop.set_area(area.area.id());
  stop.set_district(area.area.district());
  stop.set_contact_person(ContactToMeet(state, area.area.id(), FromProto(shift.starts())));
  stop.set_why(std::move(why));
  candidate.urgency = urgency;
  return candidate;
}

// One stop for each area, or district outside of areas, with fresh incidents; the gravest first.
std::vector<Candidate> IncidentStops(const State& state, const v1::ShiftView& shift,
                                     const std::vector<const v1::RecentIncident*>& incidents) {
  std::map<std::pair<std::string, std::string>, std::vector<const v1::RecentIncident*>> groups;
  for (const v1::RecentIncident* incident : incidents) {
    groups[{incident->area(), incident->area().empty() ? incident->district() : ""}].push_back(
        incident);
  }
  std::vector<Candidate> stops;
  for (const auto& [place, group] : groups) {
    const v1::RecentIncident& gravest = *group.front();
    const std::optional<registry::v1::Point> point = PlaceOf(state, gravest);
    if (!point.has_value()) continue;
    std::vector<std::string> names;
    for (const v1::RecentIncident* incident : group) {
      const std::string name = CategoryName(state, incident->category());
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    Candidate& candidate = stops.emplace_back();
    v1::Stop& stop = candidate.stop;
    stop.set_kind(v1::STOP_KIND_INCIDENT);
    *stop.mutable_point() = *point;
    stop.set_area(gravest.area());
    stop.set_district(gravest.district());
    stop.set_incident(gravest.id());
    stop.set_contact_person(ContactToMeet(state, gravest.area(), FromProto(shift.starts())));
    stop.set_why(absl::StrCat(group.size(), group.size() == 1 ? " anmälan: " : " anmälningar: ",
                              absl::StrJoin(names, ", ")));
    candidate.urgency =
        1000 + 100 * static_cast<int>(gravest.severity()) + static_cast<int>(group.size());
  }
  return stops;
}

std::vector<Candidate> HotSpotStops(const State& state) {
  std::map<std::string, std::vector<const v1::HotSpot*>> districts;
  for (const v1::HotSpot& hot : state.hot_spots().cells()) {
    districts[hot.district()].push_back(&hot);
  }
  std::vector<Candidate> stops;
  for (const auto& [id, cells] : districts) {
    const registry::v1::District* district = state.registry().FindDistrict(id);
    if (district == nullptr) continue;
    std::vector<std::string> texts;
    uint32_t level = 0;
    for (const v1::HotSpot* hot : cells) {
      std::string expected = absl::StrFormat("%.1f", hot->expected());
      std::replace(expected.begin(), expected.end(), '.', ',');  // Swedish decimals
      texts.push_back(absl::StrCat(CategoryName(state, hot->category()), " ", hot->count(),
                                   " (väntat ", expected, ")"));
      level = std::max(level, hot->level());
    }
    Candidate& candidate = stops.emplace_back();
    candidate.stop.set_kind(v1::STOP_KIND_HOT_SPOT);
    *candidate.stop.mutable_point() = district->centre();
    candidate.stop.set_district(id);
    candidate.stop.set_why(absl::StrCat("Avviker i lägesbilden: ", absl::StrJoin(texts, ", ")));
    candidate.urgency = 800 + static_cast<int>(level);
  }
  return stops;
}

// What the areas themselves ask for: a start, material, a follow-up.
struct AreaStops {
  std::vector<Candidate> starts;
  std::vector<Candidate> deliveries;
  std::vector<Candidate> follow_ups;
};

AreaStops StopsOfAreas(const State& state, const v1::ShiftView& shift, const PlanRules& rules) {
  AreaStops stops;
  const absl::Time at = FromProto(shift.starts());
  const auto add = [](std::vector<Candidate>& to, std::optional<Candidate> candidate) {
    if (candidate.has_value()) to.push_back(*std::move(candidate));
  };
  for (const auto& [id, area] : state.registry().areas()) {
    switch (area.stage) {
      case registry::v1::AREA_STAGE_INTEREST:
      case registry::v1::AREA_STAGE_CONTACTED:
        add(stops.starts, AtArea(state, shift, area, v1::STOP_KIND_START_AREA, 600,
                                 "Vill starta grannsamverkan"));
        break;
      case registry::v1::AREA_STAGE_TRAINED:
        add(stops.deliveries, AtArea(state, shift, area, v1::STOP_KIND_MATERIAL, 700,
                                     "Utbildat område som väntar på material"));
        break;
      case registry::v1::AREA_STAGE_ACTIVE: {
        const auto signs = area.material.find("sign");
        if (signs == area.material.end() || signs->second <= 0) {
          add(stops.deliveries,
              AtArea(state, shift, area, v1::STOP_KIND_MATERIAL, 690, "Skyltar att lämna"));
        } else if (area.last_follow_up + rules.follow_up_every <= at) {
          // The longer ago, the sooner; an area never followed up comes first.
          const int days = area.last_follow_up == absl::InfinitePast()
                               ? 400
                               : static_cast<int>((at - area.last_follow_up) / absl::Hours(24));
          add(stops.follow_ups, AtArea(state, shift, area, v1::STOP_KIND_FOLLOW_UP,
                                       std::min(days, 400), "Uppföljning med kontaktombudet"));
        }
        break;
      }
      default:
        break;
    }
  }
  return stops;
}

// Moves the most urgent of `from` to `to`, at most `most` and until `to` has `full`.
void Take(std::vector<Candidate> from, size_t most, size_t full, std::vector<Candidate>& to) {
  std::stable_sort(from.begin(), from.end(),
                   [](const Candidate& a, const Candidate& b) { return a.urgency > b.urgency; });
  for (size_t i = 0; i < from.size() && i < most && to.size() < full; ++i) {
    to.push_back(std::move(from[i]));
  }
}

std::vector<registry::v1::Point> PointsOf(const std::vector<Candidate>& candidates) {
  std::vector<registry::v1::Point> points;
  for (const Candidate& candidate : candidates) points.push_back(candidate.stop.point());
  return points;
}

// Sets metres and times along the route; true when the car is back before the debrief.
bool Drive(const State& state, const v1::ShiftView& shift, const PlanRules& rules,
           const Route& route, std::vector<v1::Stop>& stops) {
  const absl::TimeZone zone = state.zone();
  const absl::Time starts = FromProto(shift.starts());
  const absl::CivilDay day = absl::ToCivilDay(starts, zone);
  const absl::Time lunch = absl::FromCivil(absl::CivilMinute(day) + rules.lunch_minute, zone);
  bool eaten = starts >= lunch;
  absl::Time at = starts + rules.briefing;
  const auto drive = [&](double metres) {
    at += absl::Seconds(metres * rules.detour / rules.metres_per_second);
    if (!eaten && at >= lunch) {
      at += rules.lunch;
      eaten = true;
    }
  };
  for (size_t i = 0; i < stops.size(); ++i) {
    drive(route.legs[i]);
    stops[i].set_metres_from_previous(static_cast<uint32_t>(route.legs[i] + 0.5));
    *stops[i].mutable_planned_at() =
        ToProto(absl::FromUnixSeconds(absl::ToUnixSeconds(at) / 60 * 60));
    at += TimeAt(stops[i].kind());
  }
  drive(route.legs.back());
  return at <= FromProto(shift.ends()) - rules.debrief;
}

}  // namespace

std::vector<const v1::RecentIncident*> BriefingList(const State& state, absl::Time starts) {
  const absl::CivilSecond local = absl::ToCivilSecond(starts, state.zone());
  const absl::Weekday weekday = absl::GetWeekday(local);
  const int days = weekday == absl::Weekday::monday ? 3 : weekday == absl::Weekday::sunday ? 2 : 1;
  const absl::CivilSecond back(local.year(), local.month(), local.day() - days, local.hour(),
                               local.minute(), local.second());
  const absl::Time since = absl::FromCivil(back, state.zone());
  std::vector<const v1::RecentIncident*> list;
  for (const auto& [id, incident] : state.incidents()) {
    const absl::Time reported = FromProto(incident.reported_at());
    if (incident.agency() != kPoliceAgency || incident.withdrawn() || !incident.event().empty() ||
        reported < since || reported >= starts) {
      continue;
    }
    list.push_back(&incident);
  }
  std::sort(list.begin(), list.end(), [](const v1::RecentIncident* a, const v1::RecentIncident* b) {
    if (a->severity() != b->severity()) return a->severity() > b->severity();
    const int64_t a_reported = a->reported_at().seconds();
    const int64_t b_reported = b->reported_at().seconds();
    if (a_reported != b_reported) return a_reported < b_reported;
    return a->id() < b->id();
  });
  return list;
}

Plan PlanFor(const State& state, const v1::ShiftView& shift, const PlanRules& rules) {
  const std::vector<const v1::RecentIncident*> incidents =
      BriefingList(state, FromProto(shift.starts()));
  AreaStops areas = StopsOfAreas(state, shift, rules);
  std::vector<Candidate> chosen;
  const size_t full = rules.most_stops;
  Take(IncidentStops(state, shift, incidents), rules.most_incident_stops, full, chosen);
  Take(HotSpotStops(state), rules.most_hot_spots, full, chosen);
  Take(std::move(areas.deliveries), rules.most_deliveries, full, chosen);
  Take(std::move(areas.starts), rules.most_areas_to_start, full, chosen);
  Take(std::move(areas.follow_ups), full, full, chosen);

  Plan plan;
  for (const v1::RecentIncident* incident : incidents) {
    if (plan.incidents.size() == rules.most_briefed) break;
    plan.incidents.push_back(incident->id());
  }
  const registry::v1::Point depot = DepotOf(state, rules);
  // Candidates lie in the order of urgency, so that the last is left out first.
  for (; !chosen.empty(); chosen.pop_back()) {
    const Route route = ShortRoute(depot, PointsOf(chosen));
    plan.stops.clear();
    for (const size_t i : route.order) plan.stops.push_back(chosen[i].stop);
    if (!Drive(state, shift, rules, route, plan.stops)) continue;
    plan.metres = static_cast<uint32_t>(route.metres + 0.5);
    int number = 0;
    for (v1::Stop& stop : plan.stops) {
      stop.set_id(absl::StrCat("stop-", ++number));
      stop.set_state(v1::STOP_STATE_PLANNED);
    }
    return plan;
  }
  plan.stops.clear();
  return plan;
}

void TimeStops(const State& state, const v1::ShiftView& shift, const PlanRules& rules,
               std::vector<v1::Stop>& stops) {
  std::vector<registry::v1::Point> points;
  std::vector<size_t> order;
  for (size_t i = 0; i < stops.size(); ++i) {
    points.push_back(stops[i].point());
    order.push_back(i);
  }
  Drive(state, shift, rules, RouteInOrder(DepotOf(state, rules), points, std::move(order)), stops);
}

std::optional<registry::v1::Point> PlaceOf(const State& state, const v1::RecentIncident& incident) {
  const registry::v1::Category* category = state.registry().FindCategory(incident.category());
  const bool home = category != nullptr && category->home_burglary();
  if (incident.has_point() && !home) return incident.point();
  const std::optional<registry::v1::Point> middle = MiddleOfArea(state, incident.area());
  if (middle.has_value()) return middle;
  const registry::v1::District* district = state.registry().FindDistrict(incident.district());
  return district == nullptr ? std::nullopt : std::optional(district->centre());
}

std::string ContactToMeet(const State& state, const std::string& area, absl::Time at) {
  const AreaContact* best = nullptr;
  const std::vector<AreaContact> contacts = state.registry().ContactsOf(area, at);
  for (const AreaContact& contact : contacts) {
    if (best == nullptr ||
        std::pair(contact.lead, contact.households) > std::pair(best->lead, best->households)) {
      best = &contact;
    }
  }
  return best == nullptr ? "" : best->person->id;
}

}  // namespace vaka::dispatch
