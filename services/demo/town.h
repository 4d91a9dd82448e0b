#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/demo/random.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::demo {

// One made-up watch area.
struct DemoArea {
  registry::v1::Area area;
  registry::v1::AreaStage stage = registry::v1::AREA_STAGE_UNSPECIFIED;
  uint32_t households = 0;
  uint32_t houses = 0;  // of them in houses and row houses
  registry::v1::Point centre;
  double risk = 1;  // multiplier that all kinds of incident share, mean 1
};

struct Town {
  std::vector<DemoArea> areas;
};

// 255 watch areas in the configuration's districts: neighbouring cells of a lattice with shared,
// shaken corners, so that they tile like real blocks; nothing overlaps. Names are made up. The same
// seed gives the same town.
Town MakeTown(const registry::v1::MunicipalityConfig& config, uint64_t seed);

// A point inside the area, drawn evenly.
registry::v1::Point PointIn(const DemoArea& area, Random& random);

// The town as the import reads it: a GeoJSON FeatureCollection.
std::string TownGeoJson(const Town& town);

}  // namespace vaka::demo
