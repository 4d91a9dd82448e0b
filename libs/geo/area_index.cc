#include "libs/geo/area_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>

#include "libs/geo/geo.h"

namespace vaka::geo {
namespace {

// Cells per area: enough that most points meet one candidate, few enough that building stays cheap.
constexpr double kCellsPerArea = 128;
constexpr uint32_t kMostCellsPerSide = 2048;

bool OnEarth(const registry::v1::Polygon& polygon) {
  for (const registry::v1::Ring& ring : polygon.rings()) {
    for (const registry::v1::Point& point : ring.points()) {
      // Written so that a NaN is outside.
      if (!(std::abs(point.lat()) <= 90 && std::abs(point.lon()) <= 180)) return false;
    }
  }
  return true;
}

}  // namespace

AreaIndex::AreaIndex(absl::Span<const NamedPolygon> polygons) {
  std::vector<std::pair<double, NamedPolygon>> sized;
  for (const NamedPolygon& named : polygons) {
    if (!OnEarth(*named.polygon)) continue;  // encloses nothing, and a NaN has no place in an order
    sized.emplace_back(AreaSquareMetres(*named.polygon), named);
  }
  std::sort(sized.begin(), sized.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.id) < std::tie(b.first, b.second.id);
  });
  for (const auto& [size, named] : sized) AddShape(named);
  if (!areas_.empty()) LayGrid();
}

void AreaIndex::AddShape(const NamedPolygon& named) {
  Shape shape;
  shape.id = std::string(named.id);
  shape.edges_begin = static_cast<uint32_t>(low_lat_.size());
  shape.west = shape.south = std::numeric_limits<double>::infinity();
  shape.east = shape.north = -std::numeric_limits<double>::infinity();
  for (const registry::v1::Ring& ring : named.polygon->rings()) {
    for (int i = 0; i < ring.points_size(); ++i) {
      const registry::v1::Point& a = ring.points(i);
      shape.west = std::min(shape.west, a.lon());
      shape.east = std::max(shape.east, a.lon());
      shape.south = std::min(shape.south, a.lat());
      shape.north = std::max(shape.north, a.lat());
      if (i + 1 == ring.points_size()) break;
      const registry::v1::Point& b = ring.points(i + 1);
      // Lower end first, so that two areas that share an edge compute the same side of it.
      const bool rising = a.lat() < b.lat();
      low_lat_.push_back(rising ? a.lat() : b.lat());
      low_lon_.push_back(rising ? a.lon() : b.lon());
      high_lat_.push_back(rising ? b.lat() : a.lat());
      high_lon_.push_back(rising ? b.lon() : a.lon());
    }
  }
  shape.edges_end = static_cast<uint32_t>(low_lat_.size());
  if (shape.edges_begin == shape.edges_end) return;  // encloses nothing
  areas_.push_back(std::move(shape));
}

void AreaIndex::LayGrid() {
  west_ = south_ = std::numeric_limits<double>::infinity();
  east_ = north_ = -std::numeric_limits<double>::infinity();
  for (const Shape& shape : areas_) {
    west_ = std::min(west_, shape.west);
    east_ = std::max(east_, shape.east);
    south_ = std::min(south_, shape.south);
    north_ = std::max(north_, shape.north);
  }
  const double side = std::ceil(std::sqrt(kCellsPerArea * static_cast<double>(areas_.size())));
  columns_ = rows_ = std::min(kMostCellsPerSide, static_cast<uint32_t>(side));
  columns_per_degree_ = columns_ / std::max(east_ - west_, 1e-9);
  rows_per_degree_ = rows_ / std::max(north_ - south_, 1e-9);

  // Two passes over the areas: count each cell's candidates, then place them. Areas are taken
  // smallest first, so each cell's list is in that order too.
  cell_begin_.assign(size_t{columns_} * rows_ + 1, 0);
  std::vector<uint32_t> next;
  std::vector<uint8_t> crossed;
  std::vector<bool> settled;  // an area was found that the cell lies wholly in
  for (const bool placing : {false, true}) {
    if (placing) {
      for (size_t c = 1; c < cell_begin_.size(); ++c) cell_begin_[c] += cell_begin_[c - 1];
      candidates_.resize(cell_begin_.back());
      next.assign(cell_begin_.begin(), cell_begin_.end() - 1);
    }
    settled.assign(cell_begin_.size() - 1, false);
    for (uint32_t a = 0; a < areas_.size(); ++a) {
      const Shape& shape = areas_[a];
      const uint32_t left = Column(shape.west), right = Column(shape.east);
      const uint32_t bottom = Row(shape.south), top = Row(shape.north);
      const uint32_t width = right - left + 1;
      crossed.assign(size_t{width} * (top - bottom + 1), 0);
      MarkEdges(shape, crossed);
      for (uint32_t row = bottom; row <= top; ++row) {
        for (uint32_t column = left; column <= right; ++column) {
          const size_t cell = size_t{row} * columns_ + column;
          if (settled[cell]) continue;
          const bool edge = crossed[size_t{row - bottom} * width + (column - left)] != 0;
          const double lat = south_ + (row + 0.5) / rows_per_degree_;
          const double lon = west_ + (column + 0.5) / columns_per_degree_;
          if (!edge && !Holds(shape, lat, lon)) continue;
          settled[cell] = !edge;
          if (placing) {
            candidates_[next[cell]++] = {a & 0x7fffffffu, edge ? 0u : 1u};
          } else {
            ++cell_begin_[cell + 1];
          }
        }
      }
    }
  }
}

// Marks, in the grid of the shape's own box, every cell that an edge may run through; a millionth
// of a cell too many rather than one too few, against rounding at the cells' borders.
void AreaIndex::MarkEdges(const Shape& shape, std::vector<uint8_t>& crossed) const {
  const uint32_t left = Column(shape.west), right = Column(shape.east);
  const uint32_t bottom = Row(shape.south), top = Row(shape.north);
  const uint32_t width = right - left + 1;
  const double lon_slack = 1e-6 / columns_per_degree_, lat_slack = 1e-6 / rows_per_degree_;
  for (uint32_t e = shape.edges_begin; e < shape.edges_end; ++e) {
    const double rise = high_lat_[e] - low_lat_[e];
    const double west = std::min(low_lon_[e], high_lon_[e]);
    const double east = std::max(low_lon_[e], high_lon_[e]);
    const uint32_t first = std::max(bottom, Row(low_lat_[e] - lat_slack));
    const uint32_t last = std::min(top, Row(high_lat_[e] + lat_slack));
    for (uint32_t row = first; row <= last; ++row) {
      // The edge's piece within this row; the whole of it when it is level or nearly so.
      double piece_west = west, piece_east = east;
      if (rise > lat_slack) {
        const double lean = (high_lon_[e] - low_lon_[e]) / rise;
        const double from = south_ + row / rows_per_degree_ - lat_slack;
        const double to = south_ + (row + 1) / rows_per_degree_ + lat_slack;
        const double at_from = low_lon_[e] + lean * (std::max(low_lat_[e], from) - low_lat_[e]);
        const double at_to = low_lon_[e] + lean * (std::min(high_lat_[e], to) - low_lat_[e]);
        piece_west = std::min(at_from, at_to);
        piece_east = std::max(at_from, at_to);
      }
      const uint32_t begin = std::max(left, Column(piece_west - lon_slack));
      const uint32_t end = std::min(right, Column(piece_east + lon_slack));
      for (uint32_t column = begin; column <= end; ++column) {
        crossed[size_t{row - bottom} * width + (column - left)] = 1;
      }
    }
  }
}

bool AreaIndex::Holds(const Shape& shape, double lat, double lon) const {
  uint32_t crossings = 0;
  for (uint32_t e = shape.edges_begin; e < shape.edges_end; ++e) {
    const bool spans =
        (static_cast<int>(low_lat_[e] <= lat) & static_cast<int>(lat < high_lat_[e])) != 0;
    // Positive: the point lies west of the edge, so a ray to the east meets it.
    const double side = (high_lon_[e] - low_lon_[e]) * (lat - low_lat_[e]) -
                        (high_lat_[e] - low_lat_[e]) * (lon - low_lon_[e]);
    crossings += static_cast<uint32_t>(spans & (side > 0));
  }
  return (crossings & 1) != 0;
}

absl::Span<const AreaIndex::Candidate> AreaIndex::CandidatesAt(double lat, double lon) const {
  // Written so that a NaN is outside.
  if (!(lat >= south_ && lat <= north_ && lon >= west_ && lon <= east_) || areas_.empty())
    return {};
  const size_t cell = size_t{Row(lat)} * columns_ + Column(lon);
  return absl::MakeConstSpan(candidates_)
      .subspan(cell_begin_[cell], cell_begin_[cell + 1] - cell_begin_[cell]);
}

absl::string_view AreaIndex::Find(double lat, double lon) const {
  for (const Candidate candidate : CandidatesAt(lat, lon)) {
    const Shape& shape = areas_[candidate.area];
    if (candidate.whole || Holds(shape, lat, lon)) return shape.id;
  }
  return {};
}

uint32_t AreaIndex::Column(double lon) const {
  const double column = (lon - west_) * columns_per_degree_;
  return static_cast<uint32_t>(std::min(columns_ - 1.0, std::max(0.0, column)));
}

uint32_t AreaIndex::Row(double lat) const {
  const double row = (lat - south_) * rows_per_degree_;
  return static_cast<uint32_t>(std::min(rows_ - 1.0, std::max(0.0, row)));
}

}  // namespace vaka::geo
