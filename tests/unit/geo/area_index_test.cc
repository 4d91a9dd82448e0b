#include "libs/geo/area_index.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/geo/geo.h"

namespace vaka::geo {
namespace {

using registry::v1::Polygon;

Polygon Box(double south, double west, double north, double east) {
  Polygon polygon;
  registry::v1::Ring& ring = *polygon.add_rings();
  for (const auto& [lat, lon] : std::vector<std::pair<double, double>>{
           {south, west}, {south, east}, {north, east}, {north, west}, {south, west}}) {
    registry::v1::Point& point = *ring.add_points();
    point.set_lat(lat);
    point.set_lon(lon);
  }
  return polygon;
}

uint64_t Seed() {
  const char* given = std::getenv("VAKA_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "VAKA_SEED=" << seed << std::endl;
  return seed;
}

TEST(AreaIndexTest, AnEmptyOneHoldsNothing) {
  EXPECT_EQ(AreaIndex().Find(59, 17), "");
  EXPECT_EQ(AreaIndex(std::vector<NamedPolygon>{}).Find(59, 17), "");
  const Polygon nothing;
  EXPECT_EQ(AreaIndex(std::vector<NamedPolygon>{{"a", &nothing}}).Find(0, 0), "");
}

TEST(AreaIndexTest, FindsTheAreaAndNothingOutside) {
  const Polygon west = Box(59.0, 17.0, 59.1, 17.1), east = Box(59.0, 17.2, 59.1, 17.3);
  const AreaIndex index(std::vector<NamedPolygon>{{"west", &west}, {"east", &east}});
  EXPECT_EQ(index.size(), 2u);
  EXPECT_EQ(index.Find(59.05, 17.05), "west");
  EXPECT_EQ(index.Find(59.05, 17.25), "east");
  EXPECT_EQ(index.Find(59.05, 17.15), "");
  EXPECT_EQ(index.Find(-59.05, 17.05), "");
  EXPECT_EQ(index.Find(std::nan(""), 17.05), "");
}

TEST(AreaIndexTest, SouthAndWestEdgesAreInNorthAndEastOut) {
  const Polygon box = Box(10, 20, 11, 21);
  const AreaIndex index(std::vector<NamedPolygon>{{"box", &box}});
  EXPECT_EQ(index.Find(10, 20.5), "box");
  EXPECT_EQ(index.Find(10.5, 20), "box");
  EXPECT_EQ(index.Find(10, 20), "box");
  EXPECT_EQ(index.Find(11, 20.5), "");
  EXPECT_EQ(index.Find(10.5, 21), "");
  EXPECT_EQ(index.Find(11, 21), "");
}

TEST(AreaIndexTest, APointOnASharedEdgeBelongsToExactlyOne) {
  const Polygon a = Box(10, 20, 11, 21), b = Box(10, 21, 11, 22), c = Box(11, 20, 12, 22);
  const AreaIndex index(std::vector<NamedPolygon>{{"a", &a}, {"b", &b}, {"c", &c}});
  EXPECT_EQ(index.Find(10.5, 21), "b");
  EXPECT_EQ(index.Find(11, 20.5), "c");
  EXPECT_EQ(index.Find(11, 21), "c");
}

TEST(AreaIndexTest, TheSmallestOfOverlappingAreasWins) {
  const Polygon large = Box(0, 0, 10, 10), middle = Box(2, 2, 8, 8), small = Box(4, 4, 6, 6);
  const AreaIndex index(
      std::vector<NamedPolygon>{{"middle", &middle}, {"large", &large}, {"small", &small}});
  EXPECT_EQ(index.Find(5, 5), "small");
  EXPECT_EQ(index.Find(3, 3), "middle");
  EXPECT_EQ(index.Find(1, 1), "large");
}

TEST(AreaIndexTest, EquallyLargeAreasAreTakenByTheirId) {
  const Polygon box = Box(0, 0, 1, 1);
  EXPECT_EQ(AreaIndex(std::vector<NamedPolygon>{{"b", &box}, {"a", &box}}).Find(0.5, 0.5), "a");
}

// The same rules written down in the plainest way.
bool PlainlyHolds(const Polygon& polygon, double lat, double lon) {
  bool inside = false;
  for (const registry::v1::Ring& ring : polygon.rings()) {
    for (int i = 0; i + 1 < ring.points_size(); ++i) {
      const registry::v1::Point& a = ring.points(i);
      const registry::v1::Point& b = ring.points(i + 1);
      if ((a.lat() > lat) == (b.lat() > lat)) continue;
      const double crossing = a.lon() + (lat - a.lat()) / (b.lat() - a.lat()) * (b.lon() - a.lon());
      if (lon < crossing) inside = !inside;
    }
  }
  return inside;
}

// A star-shaped polygon: spiky, and of one piece or two.
Polygon RandomPolygon(std::mt19937_64& random, int corners) {
  std::uniform_real_distribution<double> unit(0, 1);
  Polygon polygon;
  const int rings = unit(random) < 0.2 ? 2 : 1;
  for (int r = 0; r < rings; ++r) {
    const double lat = 59 + unit(random), lon = 17 + unit(random);
    const double size = 0.002 + 0.2 * unit(random) * unit(random) * unit(random);
    registry::v1::Ring& ring = *polygon.add_rings();
    for (int i = 0; i < corners; ++i) {
      const double reach = size * (0.3 + 0.7 * unit(random));
      const double turn = 2 * 3.14159265358979 * i / corners;
      registry::v1::Point& point = *ring.add_points();
      point.set_lat(lat + reach * std::sin(turn));
      point.set_lon(lon + reach * std::cos(turn));
    }
    *ring.add_points() = ring.points(0);
  }
  return polygon;
}

TEST(AreaIndexTest, AgreesWithTheBruteForceSearchOnRandomPoints) {
  std::mt19937_64 random(Seed());
  int hits = 0;
  for (const int count : {1, 7, 255, 600}) {
    std::vector<Polygon> polygons;
    for (int i = 0; i < count; ++i) polygons.push_back(RandomPolygon(random, 3 + i % 50));
    std::vector<NamedPolygon> named;
    std::vector<std::string> ids;
    ids.reserve(polygons.size());
    for (size_t i = 0; i < polygons.size(); ++i) {
      ids.push_back(absl::StrCat("a-", i));
      named.push_back({ids.back(), &polygons[i]});
    }
    const AreaIndex index(named);

    std::vector<double> sizes;
    for (const Polygon& polygon : polygons) sizes.push_back(AreaSquareMetres(polygon));
    std::uniform_real_distribution<double> lat(58.7, 60.3), lon(16.7, 18.3);
    for (int i = 0; i < 1500; ++i) {
      double at_lat = lat(random);
      const double at_lon = lon(random);
      if (i % 4 == 0) {  // level with a corner, where the rule about ends decides
        const auto& ring = polygons[static_cast<size_t>(i) % polygons.size()].rings(0);
        at_lat = ring.points(i % ring.points_size()).lat();
      }
      std::string expected;
      double smallest = 1e300;
      for (size_t p = 0; p < polygons.size(); ++p) {
        if (sizes[p] < smallest && PlainlyHolds(polygons[p], at_lat, at_lon)) {
          expected = ids[p];
          smallest = sizes[p];
        }
      }
      hits += !expected.empty();
      ASSERT_EQ(index.Find(at_lat, at_lon), expected)
          << count << " areas, point " << at_lat << "," << at_lon;
    }
  }
  EXPECT_GT(hits, 0);  // of all: one small area alone may be missed by every point
}

TEST(AreaIndexTest, APolygonThatIsNotOnEarthEnclosesNothingAndHidesNoOther) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Polygon plain = Box(59, 17, 60, 18);
  const Polygon odd[] = {Box(59, 17, inf, 18), Box(nan, 17, 60, 18),
                         Box(-1e308, -1e308, 1e308, 1e308)};
  const std::vector<NamedPolygon> named = {
      {"inf", &odd[0]}, {"nan", &odd[1]}, {"plain", &plain}, {"huge", &odd[2]}};
  const AreaIndex index(named);
  EXPECT_EQ(index.Find(59.5, 17.5), "plain");
  EXPECT_EQ(index.Find(0, 0), "");
}

}  // namespace
}  // namespace vaka::geo
