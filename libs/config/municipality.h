#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::config {

// A municipality's configuration from a YAML file whose fields are those of MunicipalityConfig,
// validated. NOT_FOUND: no such file. INVALID_ARGUMENT "file:line: field: problem" for YAML that
// does not parse, an unknown field, a value of another type, and all that ValidateMunicipality
// refuses. Thread-safe.
absl::StatusOr<registry::v1::MunicipalityConfig> LoadMunicipality(const std::string& path);

// As LoadMunicipality, of text; `file` is only for messages.
absl::StatusOr<registry::v1::MunicipalityConfig> ParseMunicipality(absl::string_view yaml,
                                                                   absl::string_view file);

}  // namespace vaka::config
