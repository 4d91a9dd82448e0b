#pragma once

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace vaka {

enum class Severity { kInfo, kWarning, kError };

// Writes one line to standard error: time, severity, component, text. Thread-safe; a line is never
// torn. Text holds ids and counts, never names, addresses, phone numbers or free text.
void LogLine(Severity severity, absl::string_view component, absl::string_view text);

template <typename... Parts>
void LogInfo(absl::string_view component, const Parts&... parts) {
  LogLine(Severity::kInfo, component, absl::StrCat(parts...));
}
template <typename... Parts>
void LogWarning(absl::string_view component, const Parts&... parts) {
  LogLine(Severity::kWarning, component, absl::StrCat(parts...));
}
template <typename... Parts>
void LogError(absl::string_view component, const Parts&... parts) {
  LogLine(Severity::kError, component, absl::StrCat(parts...));
}

}  // namespace vaka
