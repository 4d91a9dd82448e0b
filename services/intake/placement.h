#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/intake/state.h"
#include "vaka/intake/v1/types.pb.h"

namespace vaka::intake {

// Fills in what the reporter left out of a place. Area: as given, else the one that holds the
// point, else the one of the place's name. District: the area's, else as given, else the one
// nearest to the point, else one whose words the place's name holds. Precision: as given, else of
// the most exact thing known. INVALID_ARGUMENT names the field: nothing given, an area or district
// that is unknown, a point out of range or outside the municipality.
absl::StatusOr<v1::Where> Place(const State& state, const v1::Where& given);

// The district that a text names by one of its words, also at the beginning of a longer one
// ("Hallundavägen"); the longest word found wins, then the first. Empty: none.
std::string DistrictInText(const registry::v1::MunicipalityConfig& config, absl::string_view text);

}  // namespace vaka::intake
