#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::dispatch {

// Straight-line metres over the ground (haversine, mean earth radius 6 371 km).
double MetresBetween(const registry::v1::Point& a, const registry::v1::Point& b);

// A drive from the depot through every stop and back.
struct Route {
  std::vector<size_t> order;  // indices of the stops
  std::vector<double> legs;   // metres to order[0], order[1], …, and at last back to the depot
  double metres = 0;          // sum of the legs
};

// The drive in the given order.
Route RouteInOrder(const registry::v1::Point& depot, absl::Span<const registry::v1::Point> stops,
                   std::vector<size_t> order);

// Always to the nearest stop that is left; of equally near ones to the first given.
Route NearestNeighbour(const registry::v1::Point& depot,
                       absl::Span<const registry::v1::Point> stops);

// NearestNeighbour, then shortened by turning pieces round (2-opt) until no turn helps: never
// longer than it. The same stops give the same route. Time grows with the square of the number of
// stops for each round; meant for tens of stops.
Route ShortRoute(const registry::v1::Point& depot, absl::Span<const registry::v1::Point> stops);

}  // namespace vaka::dispatch
