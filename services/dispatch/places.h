#pragma once

#include <optional>

#include "vaka/registry/v1/types.pb.h"

namespace vaka::dispatch {

// The middle of a polygon: the centre of gravity of its largest ring. Unset for a polygon without
// surface.
std::optional<registry::v1::Point> MiddleOf(const registry::v1::Polygon& polygon);

}  // namespace vaka::dispatch
