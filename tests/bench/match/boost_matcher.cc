#include <algorithm>
#include <boost/geometry.hpp>
#include <boost/geometry/geometries/point_xy.hpp>
#include <boost/geometry/geometries/polygon.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <utility>

#include "tests/bench/match/matcher.h"

namespace vaka::bench {
namespace {

namespace bg = boost::geometry;

class BoostMatcher final : public Matcher {
 public:
  explicit BoostMatcher(const MatchTown& town) : town_(town) {
    std::vector<std::pair<Box, size_t>> boxes;
    for (const auto& outline : town.outlines) {
      Polygon polygon;
      Corner low{180, 90}, high{-180, -90};  // by hand: bg::envelope warns in its own headers
      for (const Place& corner : outline) {
        polygon.outer().emplace_back(corner.lon, corner.lat);
        low = {std::min(low.x(), corner.lon), std::min(low.y(), corner.lat)};
        high = {std::max(high.x(), corner.lon), std::max(high.y(), corner.lat)};
      }
      bg::correct(polygon);
      boxes.emplace_back(Box(low, high), polygons_.size());
      polygons_.push_back(std::move(polygon));
    }
    tree_ = Tree(boxes);  // packed, which answers faster than one that was grown
  }

  absl::Status Match(absl::Span<const Place> points, std::vector<absl::string_view>& ids) override {
    ids.clear();
    for (const Place& point : points) ids.push_back(Find(Corner(point.lon, point.lat)));
    return absl::OkStatus();
  }

 private:
  using Corner = bg::model::d2::point_xy<double>;
  using Polygon = bg::model::polygon<Corner>;
  using Box = bg::model::box<Corner>;
  using Tree = bg::index::rtree<std::pair<Box, size_t>, bg::index::rstar<16>>;

  absl::string_view Find(const Corner& corner) const {
    for (auto hit = tree_.qbegin(bg::index::contains(corner)); hit != tree_.qend(); ++hit) {
      if (bg::within(corner, polygons_[hit->second])) return town_.ids[hit->second];
    }
    return {};
  }

  const MatchTown& town_;
  std::vector<Polygon> polygons_;
  Tree tree_;
};

}  // namespace

std::unique_ptr<Matcher> MakeBoost(const MatchTown& town) {
  return std::make_unique<BoostMatcher>(town);
}

}  // namespace vaka::bench
