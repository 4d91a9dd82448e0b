#include "services/registry/registry_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

#include "services/registry/check.h"

namespace vaka::registry {
namespace {

prometheus::Gauge& MakeGauge(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Counter& MakeCounter(prometheus::Registry& registry, const std::string& name,
                                 const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

void Totals::Add(const State& state, absl::Time now) {
  for (const auto& [id, area] : state.view().areas()) ++areas[area.stage];
  for (const auto& [id, person] : state.view().people()) {
    people += person.erased ? 0 : 1;
    people_with_consent += person.consent ? 1 : 0;
  }
  const v1::CoverageResponse coverage = state.CoverageAt(now);
  areas_without_contact += static_cast<int>(coverage.total().areas_without_contact());
  households_covered += coverage.total().covered();
}

Metrics::Metrics(prometheus::Registry& registry)
    : areas_without_contact_(MakeGauge(registry, "vaka_registry_areas_without_contact",
                                       "Active watch areas that have no contact person")),
      people_(MakeGauge(registry, "vaka_registry_people", "People entered and not erased")),
      people_with_consent_(MakeGauge(registry, "vaka_registry_people_with_consent",
                                     "People who consent to messages")),
      households_covered_(MakeGauge(registry, "vaka_registry_households_covered",
                                    "Households in active watch areas")),
      slept_(MakeCounter(registry, "vaka_registry_areas_slept_total",
                         "Areas that fell asleep for want of contact")),
      viewed_(MakeCounter(registry, "vaka_registry_personal_data_views_total",
                          "Times that somebody was shown a person's contact details")),
      erased_(MakeCounter(registry, "vaka_registry_people_erased_total", "People erased")),
      imports_refused_(MakeCounter(registry, "vaka_registry_imports_refused_total",
                                   "Imports refused for problems in the file")) {
  auto& areas = prometheus::BuildGauge()
                    .Name("vaka_registry_areas")
                    .Help("Watch areas by stage of their life cycle")
                    .Register(registry);
  for (int stage = v1::AREA_STAGE_INTEREST; stage <= v1::AreaStage_MAX; ++stage) {
    const auto value = static_cast<v1::AreaStage>(stage);
    areas_[value] = &areas.Add({{"stage", StageName(value)}});
  }
}

void Metrics::Show(const Totals& totals) {
  for (const auto& [stage, gauge] : areas_) {
    const auto count = totals.areas.find(stage);
    gauge->Set(count == totals.areas.end() ? 0 : count->second);
  }
  areas_without_contact_.Set(totals.areas_without_contact);
  people_.Set(totals.people);
  people_with_consent_.Set(totals.people_with_consent);
  households_covered_.Set(static_cast<double>(totals.households_covered));
}

void Metrics::Slept() { slept_.Increment(); }
void Metrics::Viewed() { viewed_.Increment(); }
void Metrics::Erased() { erased_.Increment(); }
void Metrics::ImportRefused() { imports_refused_.Increment(); }

}  // namespace vaka::registry
