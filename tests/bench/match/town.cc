#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/geo/area_index.h"
#include "tests/bench/match/matcher.h"

namespace vaka::bench {
namespace {

class AreaIndexMatcher final : public Matcher {
 public:
  explicit AreaIndexMatcher(const MatchTown& town) {
    std::vector<registry::v1::Polygon> polygons(town.outlines.size());
    std::vector<geo::NamedPolygon> named;
    for (size_t i = 0; i < polygons.size(); ++i) {
      registry::v1::Ring& ring = *polygons[i].add_rings();
      for (const Place& corner : town.outlines[i]) {
        registry::v1::Point& point = *ring.add_points();
        point.set_lat(corner.lat);
        point.set_lon(corner.lon);
      }
      named.push_back({town.ids[i], &polygons[i]});
    }
    index_ = geo::AreaIndex(named);
  }

  absl::Status Match(absl::Span<const Place> points, std::vector<absl::string_view>& ids) override {
    ids.clear();
    for (const Place& point : points) ids.push_back(index_.Find(point.lat, point.lon));
    return absl::OkStatus();
  }

 private:
  geo::AreaIndex index_;
};

}  // namespace

MatchTown MakeMatchTown(size_t areas, size_t points, uint64_t seed) {
  constexpr int kCorners = 50;
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> radius(0.30, 0.49), within(0, 0.1);
  const auto side = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(areas))));
  const double step = 0.1 / static_cast<double>(side);
  MatchTown town;
  for (size_t i = 0; i < areas; ++i) {
    const double lat = 59.2 + step * (static_cast<double>(i / side) + 0.5);
    const double lon = 17.8 + step * (static_cast<double>(i % side) + 0.5);
    std::vector<Place> outline;
    for (int corner = 0; corner < kCorners; ++corner) {
      const double angle = 2 * M_PI * corner / kCorners, away = step * radius(random);
      outline.push_back({lat + away * std::sin(angle), lon + away * std::cos(angle)});
    }
    outline.push_back(outline.front());
    town.ids.push_back(absl::StrCat("area-", i));
    town.outlines.push_back(std::move(outline));
  }
  for (size_t i = 0; i < points; ++i) {
    const double lat = 59.2 + within(random);
    town.points.push_back({lat, 17.8 + within(random)});
  }
  return town;
}

std::unique_ptr<Matcher> MakeAreaIndex(const MatchTown& town) {
  return std::make_unique<AreaIndexMatcher>(town);
}

}  // namespace vaka::bench
