#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/week.h"

namespace vaka::demo {

// What was planted in the demo's history, so that a test or a newcomer can look whether the picture
// finds it.
struct Truth {
  struct Cell {
    std::string district;
    std::string category;
  };
  // One week with six more than chance gave.
  struct Spike {
    Cell cell;
    IsoWeek week;
    int added = 0;
  } spike;
  // Four weeks with three more each.
  struct Drift {
    Cell cell;
    IsoWeek first;
    int weeks = 0;
    int added_a_week = 0;
  } drift;
  // Burglaries of houses within 200 m and 14 days.
  struct Chain {
    std::string area;
    std::vector<std::string> keys;
  } chain;
  // From a week on, fewer of a category in the treated district; some of them moved to the buffer
  // next to it.
  struct Measure {
    Cell treated;
    std::string buffer_district;
    std::string comparison_district;
    IsoWeek first;
    double effect = 0;     // −0.35: a third fewer
    double displaced = 0;  // share of what was prevented that moved
    int prevented = 0;
    int moved = 0;
  } measure;

  std::string ToJson() const;
};

}  // namespace vaka::demo
