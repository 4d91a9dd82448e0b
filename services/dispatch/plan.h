#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "services/dispatch/dispatch.h"
#include "vaka/dispatch/v1/types.pb.h"

namespace vaka::dispatch {

// How a day is planned; the defaults are the patrol's habits in DOMAIN.md.
struct PlanRules {
  std::string depot_district;  // where the briefing is held; empty or unknown: the first
  size_t most_stops = 10;
  size_t most_incident_stops = 5;
  size_t most_briefed = 200;  // as many as an officer may give
  size_t most_hot_spots = 2;
  size_t most_deliveries = 2;
  size_t most_areas_to_start = 2;
  absl::Duration briefing = absl::Minutes(30);  // at the start of the shift
  absl::Duration debrief = absl::Minutes(30);   // at its end
  int lunch_minute = 11 * 60 + 30;  // of the day: lunch is before the next stop after it
  absl::Duration lunch = absl::Minutes(45);
  double metres_per_second = 30 / 3.6;  // in town, stops at lights included
  double detour = 1.3;                  // road over straight line
  absl::Duration follow_up_every = absl::Hours(24 * 183);
};

// What is proposed for a shift.
struct Plan {
  std::vector<std::string> incidents;  // the briefing list, gravest first, as far as it is read
  std::vector<v1::Stop> stops;         // in driving order
  uint32_t metres = 0;                 // there, around and back, along straight lines
};

// Reports by the police in the 24 hours before the shift; on a Monday since Friday's shift, on a
// Sunday since Friday's too. Without what was withdrawn and what is a second report of an event.
std::vector<const v1::RecentIncident*> BriefingList(const State& state, absl::Time starts);

// The plan for a shift: one stop an area with fresh incidents, the alarms of the newest published
// picture, material to deliver, areas to start, and follow-ups that are due for what time is left;
// by a short route from the depot, within the shift's hours: what does not fit is left out, the
// least urgent first. Each stop in an area names the contact person to meet, where it has one. A
// burglary in a home is shown as its area. The same state gives the same plan. Pure.
Plan PlanFor(const State& state, const v1::ShiftView& shift, const PlanRules& rules);

// Metres and times of stops in the order given.
void TimeStops(const State& state, const v1::ShiftView& shift, const PlanRules& rules,
               std::vector<v1::Stop>& stops);

// Where the crew is sent for an incident: its point; its area's middle for a burglary in a home or
// when there is no point; else its district's. Unset: nobody knows.
std::optional<registry::v1::Point> PlaceOf(const State& state, const v1::RecentIncident& incident);

// The area's contact person to meet: the lead, else who covers most; empty: none.
std::string ContactToMeet(const State& state, const std::string& area, absl::Time at);

}  // namespace vaka::dispatch
