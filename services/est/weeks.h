#pragma once

#include "absl/time/time.h"
#include "libs/base/week.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::est {

// The moments of one week's picture. The picture of week w counts Monday to Sunday of w; cut-off,
// freeze, meeting and publication fall in week w+1, so that the week is whole when it is cut off.
struct WeekMoments {
  absl::Time begins;
  absl::Time ends;
  absl::Time cut_off;
  absl::Time freeze;
  absl::Time meeting;
  absl::Time publish;
};

// By the municipality's schedule; a moment that is not configured has its default: cut-off
// Wednesday 12:00, freeze Wednesday 15:00, meeting Thursday 13:00, publication Thursday 16:00.
WeekMoments MomentsOf(const registry::v1::EstSchedule& schedule, absl::TimeZone zone, IsoWeek week);

// The week that contributions are made to at `now`: the oldest that is not cut off.
IsoWeek ContributionWeek(const registry::v1::EstSchedule& schedule, absl::TimeZone zone,
                         absl::Time now);

// The week whose picture is being worked on at `now`: the oldest whose publication is ahead.
IsoWeek PictureWeek(const registry::v1::EstSchedule& schedule, absl::TimeZone zone, absl::Time now);

}  // namespace vaka::est
