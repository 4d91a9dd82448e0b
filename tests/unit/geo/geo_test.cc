#include "libs/geo/geo.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "libs/base/status.h"

namespace vaka::geo {
namespace {

using registry::v1::Point;
using registry::v1::Polygon;

Point At(double lat, double lon) {
  Point point;
  point.set_lat(lat);
  point.set_lon(lon);
  return point;
}

// A ring through the points, closed.
void AddRing(Polygon& polygon, const std::vector<std::pair<double, double>>& points) {
  registry::v1::Ring& ring = *polygon.add_rings();
  for (const auto& [lat, lon] : points) *ring.add_points() = At(lat, lon);
  *ring.add_points() = At(points.front().first, points.front().second);
}

Polygon PolygonOf(const std::vector<std::pair<double, double>>& points) {
  Polygon polygon;
  AddRing(polygon, points);
  return polygon;
}

std::string FieldOf(const absl::Status& status) {
  const auto info = InfoOf(status);
  return info ? info->field() : "";
}

TEST(DistanceTest, OneDegreeOfLatitudeIsAHundredAndElevenKilometres) {
  EXPECT_NEAR(DistanceMetres(At(59, 17), At(60, 17)), 111195, 1);
  EXPECT_NEAR(DistanceMetres(At(59.2, 17.8), At(59.2, 17.8)), 0, 1e-9);
  // A degree of longitude shrinks with the cosine of the latitude.
  EXPECT_NEAR(DistanceMetres(At(60, 17), At(60, 18)), 111195 * 0.5, 5);
  EXPECT_NEAR(DistanceMetres(At(0, -179.5), At(0, 179.5)), 111195, 1);
}

TEST(CentroidTest, IsTheMiddleOfASquareWhateverItsTurn) {
  for (const Polygon& square : {PolygonOf({{59, 17}, {59, 18}, {60, 18}, {60, 17}}),
                                PolygonOf({{59, 17}, {60, 17}, {60, 18}, {59, 18}})}) {
    EXPECT_NEAR(Centroid(square).lat(), 59.5, 1e-9);
    EXPECT_NEAR(Centroid(square).lon(), 17.5, 1e-9);
  }
}

TEST(CentroidTest, WeighsRingsByTheirAreaAndFallsBackToTheMean) {
  Polygon two = PolygonOf({{0, 0}, {0, 2}, {2, 2}, {2, 0}});  // four times as large
  AddRing(two, {{0, 10}, {0, 11}, {1, 11}, {1, 10}});
  EXPECT_NEAR(Centroid(two).lon(), (4 * 1 + 10.5) / 5, 1e-6);
  EXPECT_NEAR(Centroid(PolygonOf({{1, 1}, {3, 3}})).lat(), (1 + 3 + 1) / 3.0, 1e-9);
  EXPECT_EQ(Centroid(Polygon()).lat(), 0);
}

TEST(AreaTest, IsInSquareMetres) {
  // 0.01° by 0.01° at 59.2°: 1 112 m by 569 m.
  const Polygon polygon = PolygonOf({{59.2, 17.8}, {59.2, 17.81}, {59.21, 17.81}, {59.21, 17.8}});
  EXPECT_NEAR(AreaSquareMetres(polygon), 1111.95 * 1111.95 * std::cos(59.2 * 3.14159265 / 180),
              700);
}

TEST(ValidatePolygonTest, AcceptsOrdinaryAreas) {
  EXPECT_TRUE(ValidatePolygon(PolygonOf({{0, 0}, {0, 1}, {1, 1}, {1, 0}})).ok());
  EXPECT_TRUE(ValidatePolygon(PolygonOf({{0, 0}, {0, 1}, {1, 0.5}})).ok());
  Polygon two = PolygonOf({{0, 0}, {0, 1}, {1, 1}, {1, 0}});
  AddRing(two, {{0, 2}, {0, 3}, {1, 3}, {1, 2}});
  EXPECT_TRUE(ValidatePolygon(two).ok());
}

TEST(ValidatePolygonTest, NamesTheRingAndThePoint) {
  EXPECT_EQ(FieldOf(ValidatePolygon(Polygon(), "area.polygon")), "area.polygon");

  EXPECT_EQ(FieldOf(ValidatePolygon(PolygonOf({{0, 0}, {1, 1}}))), "polygon.rings[0]");

  Polygon open = PolygonOf({{0, 0}, {0, 1}, {1, 1}, {1, 0}});
  open.mutable_rings(0)->mutable_points()->RemoveLast();
  EXPECT_EQ(FieldOf(ValidatePolygon(open)), "polygon.rings[0]");

  EXPECT_EQ(FieldOf(ValidatePolygon(PolygonOf({{0, 0}, {0, 1}, {91, 1}, {1, 0}}))),
            "polygon.rings[0].points[2]");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(FieldOf(ValidatePolygon(PolygonOf({{0, 0}, {0, nan}, {1, 1}, {1, 0}}))),
            "polygon.rings[0].points[1]");
  EXPECT_EQ(FieldOf(ValidatePolygon(PolygonOf({{0, 0}, {0, 1}, {0, 1}, {1, 0}}))),
            "polygon.rings[0].points[2]");
}

TEST(ValidatePolygonTest, RefusesCrossingsSpikesAndHoles) {
  const Polygon bow_tie = PolygonOf({{0, 0}, {1, 1}, {0, 1}, {1, 0}});
  EXPECT_FALSE(ValidatePolygon(bow_tie).ok());
  EXPECT_NE(ValidatePolygon(bow_tie).message().find("meets the edge"), std::string::npos);

  const Polygon spike = PolygonOf({{0, 0}, {0, 2}, {0, 1}, {1, 1}});
  EXPECT_FALSE(ValidatePolygon(spike).ok());

  const Polygon pinched = PolygonOf({{0, 0}, {0, 2}, {1, 1}, {2, 2}, {2, 0}, {1, 1}});
  EXPECT_FALSE(ValidatePolygon(pinched).ok()) << "a corner that is passed twice";

  Polygon hole = PolygonOf({{0, 0}, {0, 9}, {9, 9}, {9, 0}});
  AddRing(hole, {{3, 3}, {3, 4}, {4, 4}, {4, 3}});
  EXPECT_NE(ValidatePolygon(hole).message().find("no holes"), std::string::npos);
}

TEST(SwerefTest, AgreesWithPublishedPoints) {
  // One of Lantmäteriet's check points for SWEREF 99 TM.
  const Sweref origin = ToSweref(At(55.0, 12.75));
  EXPECT_NEAR(origin.north, 6097106.672, 0.001);
  EXPECT_NEAR(origin.east, 356083.438, 0.001);
  // On the central meridian the northing is the meridian arc times the scale.
  EXPECT_NEAR(ToSweref(At(60, 15)).east, 500000, 1e-6);
  EXPECT_NEAR(ToSweref(At(60, 15)).north, 6651411.190, 0.01);
}

}  // namespace
}  // namespace vaka::geo
