#include "services/vaka/show_demo.h"

#include <filesystem>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/base/week.h"
#include "libs/config/municipality.h"
#include "services/demo/history.h"
#include "services/demo/load.h"

namespace vaka {
namespace {

absl::Status WriteFile(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  if (!file) return absl::UnavailableError(absl::StrCat("--out: cannot write ", path.string()));
  std::cout << path.string() << "\n";
  return absl::OkStatus();
}

std::string ReportsCsv(const std::vector<demo::DemoReport>& reports) {
  std::string csv =
      "key,reported_at,observed_from,observed_to,category,source,district,area,lat,lon,text\n";
  for (const demo::DemoReport& report : reports) {
    absl::StrAppend(
        &csv, report.key, ",", absl::FormatTime(report.reported_at, absl::UTCTimeZone()), ",",
        absl::FormatTime(report.observed_from, absl::UTCTimeZone()), ",",
        absl::FormatTime(report.observed_to, absl::UTCTimeZone()), ",", report.category, ",");
    absl::StrAppend(&csv, report.source, ",", report.district, ",", report.area, ",",
                    absl::StrFormat("%.6f,%.6f", report.point.lat(), report.point.lon()), ",\"",
                    absl::StrReplaceAll(report.text, {{"\"", "\"\""}}), "\"\n");
  }
  return csv;
}

}  // namespace

absl::Status WriteDemo(const ShowDemoOptions& options) {
  VAKA_ASSIGN(const registry::v1::MunicipalityConfig config,
              config::LoadMunicipality(options.config));
  VAKA_ASSIGN(const absl::TimeZone zone, LoadZone(config.zone()));
  SystemClock clock;
  absl::CivilDay until = absl::ToCivilDay(clock.Now(), zone);
  if (!options.until.empty() && !absl::ParseCivilTime(options.until, &until)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--until: \"", options.until, "\" is no day, expected e.g. 2026-11-22"));
  }
  VAKA_ASSIGN(const demo::Demo made, demo::MakeDemo(config, options.seed));
  const demo::History history = demo::MakeHistory(
      made.town, made.parameters,
      {.seed = options.seed, .until = absl::FromCivil(until, zone), .zone = zone});
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat("--out: cannot make ", options.out, ": ", error.message()));
  const std::filesystem::path out = options.out;
  VAKA_RETURN_IF_ERROR(WriteFile(out / "areas.geojson", demo::TownGeoJson(made.town)));
  VAKA_RETURN_IF_ERROR(WriteFile(out / "people.csv", demo::PeopleCsv(made.people)));
  VAKA_RETURN_IF_ERROR(WriteFile(out / "reports.csv", ReportsCsv(history.reports)));
  return WriteFile(out / "truth.json", history.truth.ToJson());
}

}  // namespace vaka
