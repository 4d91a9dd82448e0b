#pragma once

#include <array>
#include <cstdint>

#include "absl/time/time.h"

namespace vaka::est {

// The weeks of moments in one zone, as WeekNumber(WeekOf(…)) has them. The zone is asked once a
// week: a week in which the clock is not set needs nothing but its distance to UTC, and that is
// remembered. Not thread-safe.
class ZonedWeeks final {
 public:
  explicit ZonedWeeks(absl::TimeZone zone = absl::UTCTimeZone()) : zone_(zone) {}

  absl::TimeZone zone() const { return zone_; }

  // Number of the week; see WeekNumber. REQUIRES: of the years 1900–9999, seconds since 1970.
  int Of(int64_t seconds);

 private:
  // The distance to UTC in one of the weeks that begin on Thursdays 00:00 UTC, 1970-01-01 and on.
  struct Span {
    int64_t number = INT64_MIN;
    int32_t offset = 0;    // seconds east of UTC
    bool constant = true;  // false: it changes within
  };
  Span Look(int64_t number) const;

  absl::TimeZone zone_;
  std::array<Span, 256> spans_;  // by the number's rest: nearly five years that lie together
};

}  // namespace vaka::est
