#pragma once

#include <cstdint>

#include "libs/base/week.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bench {

// A made-up history of municipality 0127 as est counts it: reports spread evenly over every
// district, category and week, one a cell and week at a time, the newest week first.
inline constexpr int kDistricts = 20, kCategories = 30, kWeeks = 156;
inline constexpr IsoWeek kNewestWeek{2026, 47};

// The first fact of the log: the municipality with its districts and categories.
event::v1::Event ConfiguredFact();
// The n-th report, from 0, of about the size of a real one; its number in the log is n + 2.
event::v1::Event ReportedFact(uint64_t n);

}  // namespace vaka::bench
