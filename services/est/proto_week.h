#pragma once

#include "libs/base/week.h"
#include "vaka/est/v1/types.pb.h"

namespace vaka::est {

inline IsoWeek WeekFromProto(const v1::Week& week) {
  return {static_cast<int>(week.year()), static_cast<int>(week.week())};
}

inline v1::Week WeekToProto(IsoWeek week) {
  v1::Week proto;
  proto.set_year(static_cast<uint32_t>(week.year));
  proto.set_week(static_cast<uint32_t>(week.week));
  return proto;
}

}  // namespace vaka::est
