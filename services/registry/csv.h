#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vaka::registry {

struct CsvRow {
  uint32_t line = 0;  // on which the row begins, from 1
  std::vector<std::string> cells;
};

// Comma- or semicolon-separated text (whichever the first line holds more of), quoted as in
// RFC 4180: a quoted cell may hold separators, line breaks and doubled quotes. A byte-order mark
// and empty lines are skipped. INVALID_ARGUMENT names the line of a quote that is never closed or
// that stands inside an unquoted cell. Pure.
absl::StatusOr<std::vector<CsvRow>> ParseCsv(absl::string_view text);

}  // namespace vaka::registry
