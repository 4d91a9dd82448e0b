#pragma once

#include "absl/status/status.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::geo {

// Pure functions on WGS 84 points and polygons. Lengths are in metres, angles in degrees.

// Great-circle distance on a sphere of radius 6 371 008.8 m (haversine); within 0.6 % of the
// ellipsoid everywhere, and exact enough for metres between neighbours.
double DistanceMetres(const registry::v1::Point& a, const registry::v1::Point& b);

// The area's centre of gravity, by the shoelace formula in a local plane, all rings together. Lies
// outside a polygon that is bent around it. The mean of the points when the polygon has no area;
// (0, 0) when it has no points.
registry::v1::Point Centroid(const registry::v1::Polygon& polygon);

// Square metres in a local plane: true to a per mille for what fits in a municipality.
double AreaSquareMetres(const registry::v1::Polygon& polygon);

// Latitude −90…90 and longitude −180…180, both numbers.
bool InRange(const registry::v1::Point& point);

// OK: at least one ring; each ring has four points or more, is closed, in range, encloses
// something, and touches itself or another ring nowhere but at its own corners' neighbours; no ring
// lies inside another. INVALID_ARGUMENT names `field`, the ring and the point, counted from 0:
// "polygon.rings[0].points[3]: …".
absl::Status ValidatePolygon(const registry::v1::Polygon& polygon,
                             absl::string_view field = "polygon");

// SWEREF 99 TM (EPSG:3006), Sweden's national grid.
struct Sweref {
  double north = 0;  // metres
  double east = 0;   // metres
};

// Gauss–Krüger with Lantmäteriet's series (central meridian 15°, scale 0.9996, false easting
// 500 000 m): within a millimetre in Sweden.
Sweref ToSweref(const registry::v1::Point& point);

}  // namespace vaka::geo
