#include "libs/geo/geo.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/status.h"

namespace vaka::geo {
namespace {

using registry::v1::Point;
using registry::v1::Polygon;
using registry::v1::Ring;

constexpr double kEarthRadius = 6'371'008.8;  // mean radius of GRS 80, metres
constexpr double kRadian = std::numbers::pi / 180;

// Twice the signed area and the centre of gravity of rings, in a plane around `origin` where x is
// shrunk by the cosine of the latitude.
struct Moments {
  double area = 0;  // square metres, both orientations count as positive
  double x = 0;     // degrees of longitude from the origin, weighted by area
  double y = 0;
};

Moments MomentsOf(const Polygon& polygon, const Point& origin) {
  const double shrink = std::cos(origin.lat() * kRadian);
  const double metre = kEarthRadius * kRadian;
  Moments sum;
  for (const Ring& ring : polygon.rings()) {
    double area = 0, x = 0, y = 0;
    for (int i = 0; i + 1 < ring.points_size(); ++i) {
      const double ax = ring.points(i).lon() - origin.lon();
      const double ay = ring.points(i).lat() - origin.lat();
      const double bx = ring.points(i + 1).lon() - origin.lon();
      const double by = ring.points(i + 1).lat() - origin.lat();
      const double cross = ax * by - bx * ay;
      area += cross / 2;
      x += (ax + bx) * cross / 6;
      y += (ay + by) * cross / 6;
    }
    const double sign = area < 0 ? -1 : 1;
    sum.area += sign * area * shrink * metre * metre;
    sum.x += sign * x * shrink * metre * metre;
    sum.y += sign * y * shrink * metre * metre;
  }
  return sum;
}

struct Edge {
  Point from;
  Point to;
  int ring = 0;
  int place = 0;  // of `from` in its ring
};

double Side(const Point& a, const Point& b, const Point& p) {
  return (b.lon() - a.lon()) * (p.lat() - a.lat()) - (b.lat() - a.lat()) * (p.lon() - a.lon());
}

bool Within(double a, double b, double p) { return std::min(a, b) <= p && p <= std::max(a, b); }

bool OnEdge(const Edge& edge, const Point& p) {
  return Side(edge.from, edge.to, p) == 0 && Within(edge.from.lon(), edge.to.lon(), p.lon()) &&
         Within(edge.from.lat(), edge.to.lat(), p.lat());
}

// Whether two edges have a point in common, ends included.
bool Touch(const Edge& a, const Edge& b) {
  const double b_from = Side(a.from, a.to, b.from);
  const double b_to = Side(a.from, a.to, b.to);
  const double a_from = Side(b.from, b.to, a.from);
  const double a_to = Side(b.from, b.to, a.to);
  if (((b_from > 0) != (b_to > 0)) && b_from != 0 && b_to != 0 && ((a_from > 0) != (a_to > 0)) &&
      a_from != 0 && a_to != 0) {
    return true;
  }
  return OnEdge(a, b.from) || OnEdge(a, b.to) || OnEdge(b, a.from) || OnEdge(b, a.to);
}

// Consecutive edges of a ring share one corner by nature; they clash only when they fold back on
// each other.
bool Clash(const Edge& a, const Edge& b, int edges_in_ring) {
  if (a.ring != b.ring) return Touch(a, b);
  const bool b_follows = (a.place + 1) % edges_in_ring == b.place;
  const bool a_follows = (b.place + 1) % edges_in_ring == a.place;
  if (b_follows) return OnEdge(a, b.to) || OnEdge(b, a.from);
  if (a_follows) return OnEdge(b, a.to) || OnEdge(a, b.from);
  return Touch(a, b);
}

bool InsideRing(const Ring& ring, const Point& p) {
  bool inside = false;
  for (int i = 0; i + 1 < ring.points_size(); ++i) {
    const Point& a = ring.points(i);
    const Point& b = ring.points(i + 1);
    if ((a.lat() > p.lat()) == (b.lat() > p.lat())) continue;
    const Point& low = a.lat() < b.lat() ? a : b;
    const Point& high = a.lat() < b.lat() ? b : a;
    if (Side(low, high, p) > 0) inside = !inside;
  }
  return inside;
}

absl::Status ValidateRing(const Ring& ring, const std::string& field) {
  const int count = ring.points_size();
  if (count < 4) {
    return FieldError(field, absl::StrFormat("has %d points; a ring has at least 4", count));
  }
  for (int i = 0; i < count; ++i) {
    if (!InRange(ring.points(i))) {
      return FieldError(absl::StrCat(field, ".points[", i, "]"),
                        absl::StrFormat("lat %g, lon %g; allowed −90…90 and −180…180",
                                        ring.points(i).lat(), ring.points(i).lon()));
    }
  }
  const Point& first = ring.points(0);
  const Point& last = ring.points(count - 1);
  if (first.lat() != last.lat() || first.lon() != last.lon()) {
    return FieldError(field, "is not closed: the last point must equal the first");
  }
  for (int i = 0; i + 1 < count; ++i) {
    if (ring.points(i).lat() == ring.points(i + 1).lat() &&
        ring.points(i).lon() == ring.points(i + 1).lon()) {
      return FieldError(absl::StrCat(field, ".points[", i + 1, "]"), "repeats the point before it");
    }
  }
  return absl::OkStatus();
}

// Compares edges in order of their western ends, so that only those that overlap east–west meet.
absl::Status ValidateCrossings(const Polygon& polygon, absl::string_view field) {
  std::vector<Edge> edges;
  for (int r = 0; r < polygon.rings_size(); ++r) {
    const Ring& ring = polygon.rings(r);
    for (int i = 0; i + 1 < ring.points_size(); ++i) {
      edges.push_back({ring.points(i), ring.points(i + 1), r, i});
    }
  }
  const auto west = [](const Edge& e) { return std::min(e.from.lon(), e.to.lon()); };
  const auto east = [](const Edge& e) { return std::max(e.from.lon(), e.to.lon()); };
  std::sort(edges.begin(), edges.end(),
            [&](const Edge& a, const Edge& b) { return west(a) < west(b); });
  for (size_t i = 0; i < edges.size(); ++i) {
    for (size_t j = i + 1; j < edges.size() && west(edges[j]) <= east(edges[i]); ++j) {
      const Edge& a = edges[i];
      const Edge& b = edges[j];
      if (!Clash(a, b, polygon.rings(a.ring).points_size() - 1)) continue;
      return FieldError(absl::StrCat(field, ".rings[", b.ring, "].points[", b.place, "]"),
                        absl::StrFormat("the edge from here meets the edge from ring %d, point %d",
                                        a.ring, a.place));
    }
  }
  return absl::OkStatus();
}

}  // namespace

double DistanceMetres(const Point& a, const Point& b) {
  const double half_lat = std::sin((b.lat() - a.lat()) * kRadian / 2);
  const double half_lon = std::sin((b.lon() - a.lon()) * kRadian / 2);
  const double h = half_lat * half_lat +
                   std::cos(a.lat() * kRadian) * std::cos(b.lat() * kRadian) * half_lon * half_lon;
  return 2 * kEarthRadius * std::asin(std::sqrt(std::min(1.0, h)));
}

Point Centroid(const Polygon& polygon) {
  Point centre;
  double lat = 0, lon = 0;
  int count = 0;
  for (const Ring& ring : polygon.rings()) {
    for (const Point& point : ring.points()) {
      lat += point.lat();
      lon += point.lon();
      ++count;
    }
  }
  if (count == 0) return centre;
  centre.set_lat(lat / count);
  centre.set_lon(lon / count);
  const Moments moments = MomentsOf(polygon, centre);
  if (moments.area <= 0) return centre;
  centre.set_lat(centre.lat() + moments.y / moments.area);
  centre.set_lon(centre.lon() + moments.x / moments.area);
  return centre;
}

double AreaSquareMetres(const Polygon& polygon) {
  if (polygon.rings_size() == 0 || polygon.rings(0).points_size() == 0) return 0;
  return MomentsOf(polygon, polygon.rings(0).points(0)).area;
}

bool InRange(const Point& point) {
  return point.lat() >= -90 && point.lat() <= 90 && point.lon() >= -180 && point.lon() <= 180;
}

absl::Status ValidatePolygon(const Polygon& polygon, absl::string_view field) {
  if (polygon.rings_size() == 0) return FieldError(field, "has no ring; at least one is needed");
  for (int r = 0; r < polygon.rings_size(); ++r) {
    VAKA_RETURN_IF_ERROR(ValidateRing(polygon.rings(r), absl::StrCat(field, ".rings[", r, "]")));
  }
  VAKA_RETURN_IF_ERROR(ValidateCrossings(polygon, field));
  for (int a = 0; a < polygon.rings_size(); ++a) {
    for (int b = 0; b < polygon.rings_size(); ++b) {
      if (a == b || !InsideRing(polygon.rings(b), polygon.rings(a).points(0))) continue;
      return FieldError(absl::StrCat(field, ".rings[", a, "]"),
                        absl::StrFormat("lies inside ring %d; an area has no holes", b));
    }
  }
  return absl::OkStatus();
}

Sweref ToSweref(const Point& point) {
  constexpr double kAxis = 6378137.0;  // GRS 80
  constexpr double kFlattening = 1 / 298.257222101;
  constexpr double kScale = 0.9996;
  constexpr double kMeridian = 15 * kRadian;
  constexpr double kFalseEasting = 500000;
  constexpr double e2 = kFlattening * (2 - kFlattening);
  constexpr double n = kFlattening / (2 - kFlattening);
  constexpr double n2 = n * n, n3 = n2 * n, n4 = n3 * n;
  constexpr double kRectifying = kAxis / (1 + n) * (1 + n2 / 4 + n4 / 64);

  const double latitude = point.lat() * kRadian;
  const double sine = std::sin(latitude);
  const double e = std::sqrt(e2);
  const double conformal = std::atan(std::sinh(std::atanh(sine) - e * std::atanh(e * sine)));
  const double away = point.lon() * kRadian - kMeridian;
  const double xi = std::atan2(std::tan(conformal), std::cos(away));
  const double eta = std::atanh(std::cos(conformal) * std::sin(away));
  constexpr std::array<double, 4> beta = {n / 2 - n2 * 2 / 3 + n3 * 5 / 16 + n4 * 41 / 180,
                                          n2 * 13 / 48 - n3 * 3 / 5 + n4 * 557 / 1440,
                                          n3 * 61 / 240 - n4 * 103 / 140, n4 * 49561 / 161280};
  double north = xi, east = eta;
  for (size_t i = 0; i < beta.size(); ++i) {
    const double k = 2.0 * static_cast<double>(i + 1);
    north += beta[i] * std::sin(k * xi) * std::cosh(k * eta);
    east += beta[i] * std::cos(k * xi) * std::sinh(k * eta);
  }
  return {kScale * kRectifying * north, kScale * kRectifying * east + kFalseEasting};
}

}  // namespace vaka::geo
