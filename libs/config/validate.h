#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::config {

// An id in configuration and imports: 1–64 of a–z, 0–9, '_' and '-'.
bool IsId(absl::string_view text);

// INVALID_ARGUMENT names the field ("categories[3].id") for: codes that are not digits, an unknown
// zone, an empty or repeated id, a district word, place word or Polisen type given twice, a
// severity, moment or minute out of range, EST moments out of order, an outline that is no polygon.
// Pure.
absl::Status ValidateMunicipality(const registry::v1::MunicipalityConfig& config);

}  // namespace vaka::config
