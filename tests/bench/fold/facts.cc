#include "tests/bench/fold/facts.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "libs/base/time.h"

namespace vaka::bench {
namespace {

constexpr size_t kSealedBytes = 96;  // a text of fifty letters under its seal

}  // namespace

event::v1::Event ConfiguredFact() {
  event::v1::Event event;
  event.set_kommun("0127");
  event.set_id("configured");
  event.set_seq(1);
  registry::v1::MunicipalityConfig& config =
      *event.mutable_municipality_configured()->mutable_config();
  config.set_kommun("0127");
  config.set_zone("Europe/Stockholm");
  for (int i = 0; i < kDistricts; ++i) config.add_districts()->set_id(absl::StrCat("district-", i));
  constexpr const char* kShapes[] = {"even", "villa", "graffiti", "youth", "robbery"};
  for (int i = 0; i < kCategories; ++i) {
    registry::v1::Category& category = *config.add_categories();
    category.set_id(absl::StrCat("category-", i));
    category.set_month_shape(kShapes[i % 5]);
  }
  return event;
}

event::v1::Event ReportedFact(uint64_t n) {
  const auto back = static_cast<int64_t>(n / (kCategories * kDistricts) % kWeeks);
  const absl::Time monday = absl::FromCivil(MondayOf(kNewestWeek), absl::UTCTimeZone());
  const absl::Time noon = monday + absl::Hours(36 - 168 * back);
  event::v1::Event event;
  event.set_kommun("0127");
  event.set_seq(n + 2);
  event.set_id(absl::StrCat("fact-", n));
  *event.mutable_occurred_at() = ToProto(noon);
  *event.mutable_recorded_at() = ToProto(noon);
  event.mutable_actor()->set_role(options::v1::ROLE_BRIEFING_OFFICER);
  event.mutable_actor()->set_agency("police");
  event.mutable_actor()->set_person("polis-1");
  intake::v1::Incident& incident = *event.mutable_incident_reported()->mutable_incident();
  incident.set_id(absl::StrCat("incident-", n));
  incident.set_category(absl::StrCat("category-", n % kCategories));
  incident.mutable_where()->set_area("area-1");
  incident.mutable_where()->set_district(absl::StrCat("district-", n / kCategories % kDistricts));
  incident.mutable_where()->set_precision(intake::v1::PRECISION_EXACT);
  incident.mutable_where()->mutable_point()->set_lat(59.24);
  incident.mutable_where()->mutable_point()->set_lon(17.84);
  incident.set_severity(1);
  incident.set_source_agency(n % 3 == 0 ? "municipality" : "police");
  *incident.mutable_observed_from() = ToProto(noon);
  *incident.mutable_reported_at() = ToProto(noon);
  incident.mutable_text()->set_subject(incident.id());
  incident.mutable_text()->set_box(std::string(kSealedBytes, 'x'));
  return event;
}

}  // namespace vaka::bench
