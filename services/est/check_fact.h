#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::est {

// Whether the fact's weeks, times and figures are such that they can be counted: weeks that exist,
// times of the years 1901–9998, counts of at most kMostOfOneKind. INVALID_ARGUMENT otherwise. No
// service of ours says anything else, but the counts are dense by week, so that one absurd time in
// a log would take all memory there is. Pure.
absl::Status CheckFact(const event::v1::Event& event);

// 1901-01-01 and 9999-01-01, UTC: seconds since 1970.
inline constexpr int64_t kFirstSecond = -2'177'452'800;
inline constexpr int64_t kEndSecond = 253'370'764'800;
inline bool IsTime(int64_t seconds) { return kFirstSecond <= seconds && seconds < kEndSecond; }

// Of one category in one district, one week and one agency.
inline constexpr uint32_t kMostOfOneKind = 1000000;

}  // namespace vaka::est
