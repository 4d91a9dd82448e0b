#include "services/dispatch/route.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace vaka::dispatch {
namespace {

constexpr double kEarthMetres = 6'371'000;
constexpr double kLeastGain = 1e-6;  // metres; below it a turn is rounding

double Radians(double degrees) { return degrees * std::numbers::pi / 180; }

}  // namespace

double MetresBetween(const registry::v1::Point& a, const registry::v1::Point& b) {
  const double half_lat = std::sin(Radians(b.lat() - a.lat()) / 2);
  const double half_lon = std::sin(Radians(b.lon() - a.lon()) / 2);
  const double h = half_lat * half_lat +
                   std::cos(Radians(a.lat())) * std::cos(Radians(b.lat())) * half_lon * half_lon;
  return 2 * kEarthMetres * std::asin(std::sqrt(std::min(1.0, h)));
}

Route RouteInOrder(const registry::v1::Point& depot, absl::Span<const registry::v1::Point> stops,
                   std::vector<size_t> order) {
  Route route;
  route.order = std::move(order);
  const registry::v1::Point* at = &depot;
  for (const size_t stop : route.order) {
    route.legs.push_back(MetresBetween(*at, stops[stop]));
    at = &stops[stop];
  }
  route.legs.push_back(MetresBetween(*at, depot));
  for (const double leg : route.legs) route.metres += leg;
  return route;
}

Route NearestNeighbour(const registry::v1::Point& depot,
                       absl::Span<const registry::v1::Point> stops) {
  std::vector<size_t> order;
  std::vector<bool> visited(stops.size(), false);
  const registry::v1::Point* at = &depot;
  while (order.size() < stops.size()) {
    size_t nearest = stops.size();
    double least = 0;
    for (size_t i = 0; i < stops.size(); ++i) {
      if (visited[i]) continue;
      const double metres = MetresBetween(*at, stops[i]);
      if (nearest == stops.size() || metres < least) {
        nearest = i;
        least = metres;
      }
    }
    visited[nearest] = true;
    order.push_back(nearest);
    at = &stops[nearest];
  }
  return RouteInOrder(depot, stops, std::move(order));
}

Route ShortRoute(const registry::v1::Point& depot, absl::Span<const registry::v1::Point> stops) {
  std::vector<size_t> order = NearestNeighbour(depot, stops).order;
  const auto at = [&](size_t position) -> const registry::v1::Point& {
    return position == 0 || position > order.size() ? depot : stops[order[position - 1]];
  };
  // Positions 1 … n are the stops; 0 and n + 1 are the depot. Turning i … j round replaces the
  // drives into i and out of j.
  bool better = true;
  while (better) {
    better = false;
    for (size_t i = 1; i < order.size(); ++i) {
      for (size_t j = i + 1; j <= order.size(); ++j) {
        const double now = MetresBetween(at(i - 1), at(i)) + MetresBetween(at(j), at(j + 1));
        const double turned = MetresBetween(at(i - 1), at(j)) + MetresBetween(at(i), at(j + 1));
        if (turned >= now - kLeastGain) continue;
        std::reverse(order.begin() + static_cast<std::ptrdiff_t>(i - 1),
                     order.begin() + static_cast<std::ptrdiff_t>(j));
        better = true;
      }
    }
  }
  return RouteInOrder(depot, stops, std::move(order));
}

}  // namespace vaka::dispatch
