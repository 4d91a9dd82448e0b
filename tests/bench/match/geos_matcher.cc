#include <geos_c.h>

#include "tests/bench/match/matcher.h"

namespace vaka::bench {
namespace {

class GeosMatcher final : public Matcher {
 public:
  explicit GeosMatcher(const MatchTown& town)
      : context_(GEOS_init_r()), tree_(GEOSSTRtree_create_r(context_, 10)) {
    areas_.reserve(town.outlines.size());  // the tree holds their addresses
    for (size_t i = 0; i < town.outlines.size(); ++i) {
      const std::vector<Place>& outline = town.outlines[i];
      GEOSCoordSequence* corners =
          GEOSCoordSeq_create_r(context_, static_cast<unsigned>(outline.size()), 2);
      for (unsigned c = 0; c < outline.size(); ++c) {
        GEOSCoordSeq_setXY_r(context_, corners, c, outline[c].lon, outline[c].lat);
      }
      GEOSGeometry* polygon = GEOSGeom_createPolygon_r(
          context_, GEOSGeom_createLinearRing_r(context_, corners), nullptr, 0);
      areas_.push_back({polygon, GEOSPrepare_r(context_, polygon), town.ids[i]});
      GEOSSTRtree_insert_r(context_, tree_, polygon, &areas_.back());
    }
  }

  ~GeosMatcher() override {
    GEOSSTRtree_destroy_r(context_, tree_);
    for (const Area& area : areas_) {
      GEOSPreparedGeom_destroy_r(context_, area.prepared);
      GEOSGeom_destroy_r(context_, area.polygon);
    }
    GEOS_finish_r(context_);
  }
  GeosMatcher(const GeosMatcher&) = delete;
  GeosMatcher& operator=(const GeosMatcher&) = delete;

  absl::Status Match(absl::Span<const Place> points, std::vector<absl::string_view>& ids) override {
    ids.clear();
    for (const Place& point : points) ids.push_back(Find(point));
    return absl::OkStatus();
  }

 private:
  struct Area {
    GEOSGeometry* polygon;
    const GEOSPreparedGeometry* prepared;
    absl::string_view id;
  };
  struct Question {
    GEOSContextHandle_t context;
    const GEOSGeometry* point;
    absl::string_view answer = {};
  };

  absl::string_view Find(const Place& place) const {
    GEOSGeometry* point = GEOSGeom_createPointFromXY_r(context_, place.lon, place.lat);
    Question question{context_, point};
    GEOSSTRtree_query_r(context_, tree_, point, &Ask, &question);
    GEOSGeom_destroy_r(context_, point);
    return question.answer;
  }

  static void Ask(void* item, void* data) {
    const auto& area = *static_cast<const Area*>(item);
    auto& question = *static_cast<Question*>(data);
    if (question.answer.empty() &&
        GEOSPreparedContains_r(question.context, area.prepared, question.point) == 1) {
      question.answer = area.id;
    }
  }

  const GEOSContextHandle_t context_;
  GEOSSTRtree* const tree_;
  std::vector<Area> areas_;
};

}  // namespace

std::unique_ptr<Matcher> MakeGeos(const MatchTown& town) {
  return std::make_unique<GeosMatcher>(town);
}

}  // namespace vaka::bench
