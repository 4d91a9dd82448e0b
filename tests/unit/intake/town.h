#pragma once

// A small made-up municipality, and a state that holds it.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/time.h"
#include "services/intake/intake.h"
#include "services/intake/state.h"

namespace vaka::intake::testing {

inline absl::Time Noon() {
  return absl::FromUnixSeconds(1795345200);
}  // 2026-11-22 12:00 in Sweden

inline registry::v1::Point At(double lat, double lon) {
  registry::v1::Point point;
  point.set_lat(lat);
  point.set_lon(lon);
  return point;
}

// A square of `half` degrees each way.
inline registry::v1::Polygon Square(double lat, double lon, double half) {
  registry::v1::Polygon polygon;
  registry::v1::Ring& ring = *polygon.add_rings();
  for (const auto& [y, x] : std::vector<std::pair<double, double>>{
           {-half, -half}, {-half, half}, {half, half}, {half, -half}, {-half, -half}}) {
    *ring.add_points() = At(lat + y, lon + x);
  }
  return polygon;
}

inline registry::v1::MunicipalityConfig TownConfig() {
  registry::v1::MunicipalityConfig config;
  config.set_kommun("0127");
  config.set_name("Botkyrka");
  config.set_zone("Europe/Stockholm");
  config.add_place_words("Botkyrka");
  const auto district = [&](const char* id, const char* name, double lat, double lon) {
    registry::v1::District& added = *config.add_districts();
    added.set_id(id);
    added.set_name(name);
    *added.mutable_centre() = At(lat, lon);
    return &added;
  };
  district("alby", "Alby", 59.239, 17.845);
  district("hallunda", "Hallunda", 59.243, 17.826)->add_words("hallunda centrum");
  district("norsborg", "Norsborg", 59.244, 17.814)->add_words("hallunda-norsborg");
  district("grodinge", "Grödinge", 59.130, 17.800);
  const auto category = [&](const char* id, uint32_t severity, std::vector<std::string> types) {
    registry::v1::Category& added = *config.add_categories();
    added.set_id(id);
    added.set_default_severity(severity);
    for (std::string& type : types) added.add_polisen_types(std::move(type));
    return &added;
  };
  category("graffiti", 1, {"Skadegörelse"});
  category("burglary_house", 3, {"Stöld/inbrott"})->set_home_burglary(true);
  category("homicide", 5, {"Mord/dråp", "Mord/dråp, försök"});
  category("worry", 1, {})->set_insecurity(true);
  category("traffic", 0, {"Trafikolycka"});
  category("other", 2, {});
  *config.mutable_outline() = Square(59.2, 17.83, 0.2);
  return config;
}

// Puts facts into a state as the log would, numbered from 1.
class Town {
 public:
  Town() {
    event::v1::Event configured;
    *configured.mutable_municipality_configured()->mutable_config() = TownConfig();
    Take(std::move(configured)).IgnoreError();
    AddArea("a-alby", "Albyberget", "alby", 59.239, 17.845, {"Albyvägen", "Alby centrum"});
  }

  absl::Status Take(event::v1::Event event) {
    event.set_seq(++seq_);
    if (!event.has_occurred_at()) *event.mutable_occurred_at() = ToProto(Noon());
    return state.Apply(event);
  }
  absl::Status Take(fold::Decision decision) {
    for (event::v1::Event& fact : decision.facts) {
      if (absl::Status taken = Take(std::move(fact)); !taken.ok()) return taken;
    }
    return absl::OkStatus();
  }

  void AddArea(const std::string& id, const std::string& name, const std::string& district,
               double lat, double lon, const std::vector<std::string>& places) {
    event::v1::Event event;
    registry::v1::AreaRegistered& fact = *event.mutable_area_registered();
    fact.set_stage(registry::v1::AREA_STAGE_ACTIVE);
    fact.mutable_area()->set_id(id);
    fact.mutable_area()->set_name(name);
    fact.mutable_area()->set_district(district);
    *fact.mutable_area()->mutable_polygon() = Square(lat, lon, 0.002);
    for (const std::string& place : places) fact.mutable_area()->add_place_names(place);
    Take(std::move(event)).IgnoreError();
  }

  // Decides on a report and takes in what was decided.
  absl::StatusOr<Report> Say(const Draft& draft, const Caller& caller, absl::Time now = Noon()) {
    absl::StatusOr<Report> report = DecideReport(state, draft, caller, now);
    if (report.ok()) {
      if (absl::Status taken = Take(report->decision); !taken.ok()) return taken;
    }
    return report;
  }

  uint64_t seq() const { return seq_; }

  State state;

 private:
  uint64_t seq_ = 0;
};

inline Caller Coordinator() { return {{options::v1::ROLE_COORDINATOR}, "municipality"}; }
inline Caller Patroller() { return {{options::v1::ROLE_PATROLLER}, "patrol"}; }
inline Caller Officer() { return {{options::v1::ROLE_BRIEFING_OFFICER}, "police"}; }
inline Caller Importer() { return {{options::v1::ROLE_SYSTEM}, "police"}; }
inline Caller Guard() { return {{options::v1::ROLE_AGENCY_REPORTER}, "guards"}; }

inline Draft DraftOf(const std::string& id, const std::string& category = "graffiti",
                     const std::string& place = "Albyvägen") {
  Draft draft;
  draft.id = id;
  draft.submission.set_category(category);
  draft.submission.mutable_where()->set_place(place);
  draft.content_hash = ContentHash(draft.submission);
  return draft;
}

// As an importer's: of a source, saying `what`.
inline Draft FromSource(const std::string& ref, const std::string& what) {
  Draft draft = DraftOf(IncidentId("0127", "key", [&] {
    v1::Submission submission;
    submission.set_source_ref(ref);
    return submission;
  }()));
  draft.submission.set_source_ref(ref);
  draft.content_hash = what;
  return draft;
}

inline v1::Incident Latest(const State& state, const std::string& id) {
  const State::Number number = state.Find(id);
  return number == State::kNone ? v1::Incident() : state.At(number).Unpack();
}

}  // namespace vaka::intake::testing
