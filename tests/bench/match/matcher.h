#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace vaka::bench {

class PostgresPeer;

struct Place {
  double lat = 0, lon = 0;
};

// Areas and the points that are looked for in them.
struct MatchTown {
  std::vector<std::string> ids;
  std::vector<std::vector<Place>> outlines;  // beside ids; closed: the last corner is the first
  std::vector<Place> points;
};

// Areas side by side in a square of a tenth of a degree, each with a winding outline of fifty
// corners that touches no other, so that every side must give the same answers; points anywhere in
// the square.
MatchTown MakeMatchTown(size_t areas, size_t points, uint64_t seed);

// Something that knows in which area a point lies. Used by one thread; the town outlives it.
class Matcher {
 public:
  virtual ~Matcher() = default;

  // For each point the id of the area that it lies in, or empty.
  virtual absl::Status Match(absl::Span<const Place> points,
                             std::vector<absl::string_view>& ids) = 0;
};

// The product's.
std::unique_ptr<Matcher> MakeAreaIndex(const MatchTown& town);
// Boost.Geometry: an R-tree of boxes, then `within`.
std::unique_ptr<Matcher> MakeBoost(const MatchTown& town);
// GEOS: an STR-tree of prepared geometries.
std::unique_ptr<Matcher> MakeGeos(const MatchTown& town);
// PostGIS: a table with a GiST index, all points of a Match in one prepared query.
// UNAVAILABLE: PostGIS is not installed, or refuses something.
absl::StatusOr<std::unique_ptr<Matcher>> MakePostgis(const MatchTown& town,
                                                     const PostgresPeer& peer);

}  // namespace vaka::bench
