#pragma once

// The tables of services/demo/data and deploy/config/category_map.csv, as text; made by
// embed.cmake.
namespace vaka::demo::tables {

extern const char* const kCategories;
extern const char* const kMonthIndex;
extern const char* const kWeekdayIndex;
extern const char* const kHourIndex;
extern const char* const kSpecialDays;
extern const char* const kReportDelayCdf;
extern const char* const kCategoryMap;  // generator's kind, category id

}  // namespace vaka::demo::tables
