#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::geo {

// A polygon and the id that a point in it is answered with. Both are borrowed while an index is
// built.
struct NamedPolygon {
  absl::string_view id;
  const registry::v1::Polygon* polygon = nullptr;
};

// Answers in which area a point lies. Immutable once built, so any number of threads may ask.
//
// Boundary: a point on a southern or western edge is in, on a northern or eastern edge out, so that
// of two areas that share an edge exactly one holds each of its points. Rings are read by the
// even-odd rule. Where areas overlap the smallest wins, and of equally large ones the first id.
//
// How: a grid over everything. A cell knows the areas that it lies wholly in and those whose edge
// runs through it, smallest first and no further than the first that it lies wholly in; only the
// latter need the crossing test, over edges that lie next to each other in memory.
class AreaIndex {
 public:
  AreaIndex() = default;
  explicit AreaIndex(absl::Span<const NamedPolygon> polygons);

  // The area's id, or empty when the point is in none. The view lives as long as the index.
  absl::string_view Find(double lat, double lon) const;
  absl::string_view Find(const registry::v1::Point& point) const {
    return Find(point.lat(), point.lon());
  }

  size_t size() const { return areas_.size(); }

 private:
  struct Shape {
    std::string id;
    uint32_t edges_begin = 0;
    uint32_t edges_end = 0;
    double west = 0, east = 0, south = 0, north = 0;
  };

  // One cell's relation to one area: the area's place in areas_, and whether the cell is wholly in.
  struct Candidate {
    uint32_t area : 31;
    uint32_t whole : 1;
  };

  void AddShape(const NamedPolygon& named);
  void LayGrid();
  void MarkEdges(const Shape& shape, std::vector<uint8_t>& crossed) const;
  bool Holds(const Shape& shape, double lat, double lon) const;
  absl::Span<const Candidate> CandidatesAt(double lat, double lon) const;
  uint32_t Column(double lon) const;
  uint32_t Row(double lat) const;

  // Edges, lower end first, one array a coordinate.
  std::vector<double> low_lat_, low_lon_, high_lat_, high_lon_;
  std::vector<Shape> areas_;  // smallest first

  double west_ = 0, south_ = 0, east_ = 0, north_ = 0;
  double columns_per_degree_ = 0, rows_per_degree_ = 0;
  uint32_t columns_ = 0, rows_ = 0;
  std::vector<uint32_t> cell_begin_;  // columns_ * rows_ + 1 offsets into candidates_
  std::vector<Candidate> candidates_;
};

}  // namespace vaka::geo
