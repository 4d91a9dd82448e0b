#pragma once

#include <string>

#include "vaka/registry/v1/types.pb.h"

namespace vaka::bench {

// Active areas a0, a1, … of sixty households each, squares side by side in rows from the
// municipality's south-west northwards, as the registry imports them (GeoJSON).
std::string Squares(int count);

// A point in the area of that number.
registry::v1::Point InSquare(int area);

}  // namespace vaka::bench
