#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vaka/intake/v1/intake_service.pb.h"
#include "vaka/registry/v1/types.pb.h"

// The police's public events: https://polisen.se/api/events. Pure.
//
// An answer is a JSON array of {id, datetime, name, summary, url, type, location}. "datetime" is
// the time of publication, "2026-08-12 7:17:55 +02:00": a space, and an hour that is often not
// padded. "name" is "20 november 07.30, Skadegörelse, Botkyrka": when it happened, without a year
// and with a dot or a colon, the type, which may hold commas, and the place. The location has been
// the county since 2026, so the municipality is the name's place.
namespace vaka::intake {

struct PolisenEvent {
  int64_t id = 0;
  absl::Time published;
  absl::Time occurred;  // never after `published`
  std::string type;
  std::string place;
  std::string name;
  std::string summary;
  std::string url;  // absolute
};

struct PolisenProblem {
  size_t index = 0;  // in the answer, from 0
  std::string reason;
};

struct PolisenAnswer {
  std::vector<PolisenEvent> events;  // in the answer's order; an id twice: the later one counts
  std::vector<PolisenProblem> malformed;
};

// INVALID_ARGUMENT: not a JSON array. An element that is not an event as described, or was
// published after `now` by more than a day, is malformed and skipped.
absl::StatusOr<PolisenAnswer> ParsePolisen(absl::string_view json, absl::Time now,
                                           absl::TimeZone zone);

struct PolisenSubmissions {
  std::vector<v1::Submission> submissions;  // source_ref "polisen:<id>"
  size_t elsewhere = 0;                     // events of other municipalities
  std::vector<int64_t> without_text;        // ids whose summary held personal data and was left out
};

// The events of the municipality, as reports: the category that lists the type among its
// polisen_types, else "other"; the district that the summary names, else the municipality.
PolisenSubmissions ToSubmissions(const std::vector<PolisenEvent>& events,
                                 const registry::v1::MunicipalityConfig& config);

}  // namespace vaka::intake
