#include "services/dispatch/places.h"

#include <cmath>

namespace vaka::dispatch {

std::optional<registry::v1::Point> MiddleOf(const registry::v1::Polygon& polygon) {
  double largest = 0;
  std::optional<registry::v1::Point> middle;
  for (const registry::v1::Ring& ring : polygon.rings()) {
    if (ring.points_size() < 4) continue;
    // Relative to the first point: degrees squared of a small area would lose their digits.
    const registry::v1::Point& origin = ring.points(0);
    double twice_area = 0;
    double lat = 0;
    double lon = 0;
    for (int i = 0; i + 1 < ring.points_size(); ++i) {
      const double x1 = ring.points(i).lon() - origin.lon();
      const double y1 = ring.points(i).lat() - origin.lat();
      const double x2 = ring.points(i + 1).lon() - origin.lon();
      const double y2 = ring.points(i + 1).lat() - origin.lat();
      const double cross = x1 * y2 - x2 * y1;
      twice_area += cross;
      lon += (x1 + x2) * cross;
      lat += (y1 + y2) * cross;
    }
    if (std::abs(twice_area) <= largest) continue;
    largest = std::abs(twice_area);
    middle.emplace();
    middle->set_lat(origin.lat() + lat / (3 * twice_area));
    middle->set_lon(origin.lon() + lon / (3 * twice_area));
  }
  return middle;
}

}  // namespace vaka::dispatch
