#include "libs/base/log_line.h"

#include <unistd.h>

#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace vaka {

void LogLine(Severity severity, absl::string_view component, absl::string_view text) {
  constexpr absl::string_view kNames[] = {"info", "warning", "error"};
  const std::string line =
      absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone()), " ",
                   kNames[static_cast<size_t>(severity)], " ", component, ": ", text, "\n");
  // One write a line: POSIX keeps it whole on pipes up to 4 KiB.
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nowhere left to say so
}

}  // namespace vaka
