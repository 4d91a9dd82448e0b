#include "services/est/weeks.h"

namespace vaka::est {
namespace {

struct Default {
  int weekday;
  int hour;
};

absl::Time At(const registry::v1::WeekMoment& moment, Default otherwise, IsoWeek week,
              absl::TimeZone zone) {
  if (moment.weekday() == 0) return MomentOf(week, otherwise.weekday, otherwise.hour, 0, zone);
  return MomentOf(week, static_cast<int>(moment.weekday()), static_cast<int>(moment.hour()),
                  static_cast<int>(moment.minute()), zone);
}

}  // namespace

WeekMoments MomentsOf(const registry::v1::EstSchedule& schedule, absl::TimeZone zone,
                      IsoWeek week) {
  const IsoWeek next = AddWeeks(week, 1);
  return {
      .begins = WeekBegin(week, zone),
      .ends = WeekEnd(week, zone),
      .cut_off = At(schedule.cut_off(), {3, 12}, next, zone),
      .freeze = At(schedule.freeze(), {3, 15}, next, zone),
      .meeting = At(schedule.meeting(), {4, 13}, next, zone),
      .publish = At(schedule.publish(), {4, 16}, next, zone),
  };
}

IsoWeek ContributionWeek(const registry::v1::EstSchedule& schedule, absl::TimeZone zone,
                         absl::Time now) {
  const IsoWeek current = WeekOf(now, zone);
  const IsoWeek previous = AddWeeks(current, -1);
  return now < MomentsOf(schedule, zone, previous).cut_off ? previous : current;
}

IsoWeek PictureWeek(const registry::v1::EstSchedule& schedule, absl::TimeZone zone,
                    absl::Time now) {
  const IsoWeek current = WeekOf(now, zone);
  const IsoWeek previous = AddWeeks(current, -1);
  return now < MomentsOf(schedule, zone, previous).publish ? previous : current;
}

}  // namespace vaka::est
