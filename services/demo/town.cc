#include "services/demo/town.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vaka::demo {
namespace {

using registry::v1::AreaKind;
using registry::v1::Point;

constexpr double kLatStep = 0.0030;  // about 330 m
constexpr double kLonStep = 0.0056;  // about 320 m at 59° N
constexpr int kTotalHouseholds = 19700;

// How many areas a district has, and how it is built; Botkyrka's shape in numbers of our own.
struct DistrictPlan {
  const char* id;
  int areas;
  double houses;  // share of areas that are houses or row houses
};
constexpr DistrictPlan kPlans[] = {
    {"alby", 34, 0.05},     {"fittja", 28, 0.05}, {"hallunda", 26, 0.1},
    {"norsborg", 30, 0.3},  {"tumba", 48, 0.6},   {"storvreten", 22, 0.3},
    {"tullinge", 45, 0.85}, {"varsta", 12, 0.9},  {"grodinge", 10, 1.0}};

constexpr std::array kFirst = {
    "Björk", "Lärk", "Ek",   "Tall",  "Gran",  "Hassel", "Rönn",  "Vinter", "Sommar", "Sol",
    "Måne",  "Käll", "Berg", "Sten",  "Ljung", "Mossa",  "Klint", "Svan",   "Trast",  "Sparv",
    "Räv",   "Hare", "Älv",  "Kvarn", "Lind",  "Asp",    "Alm",   "Vide",   "Blå",    "Grön"};
constexpr std::array kLast = {"backen", "stigen", "gläntan", "höjden", "dalen",   "parken",
                              "kullen", "ängen",  "gården",  "lunden", "slätten", "udden"};

// A lattice corner, shaken by at most a fifth of a step; the same for every cell that shares it.
Point Corner(uint64_t seed, int row, int column, double lat0, double lon0) {
  Random random = Random::For(seed, absl::StrCat("corner/", row, "/", column));
  Point point;
  point.set_lat(lat0 + (row + random.Uniform(-0.2, 0.2)) * kLatStep);
  point.set_lon(lon0 + (column + random.Uniform(-0.2, 0.2)) * kLonStep);
  return point;
}

struct Cell {
  int row;
  int column;
  double distance;
};

// The `count` free cells nearest to a centre, nearest first; every seventh is left out, as woods
// and schools are.
std::vector<Cell> NearestCells(const Point& centre, double lat0, double lon0, int count,
                               uint64_t seed, std::set<std::pair<int, int>>& taken) {
  const int row0 = static_cast<int>(std::floor((centre.lat() - lat0) / kLatStep));
  const int column0 = static_cast<int>(std::floor((centre.lon() - lon0) / kLonStep));
  std::vector<Cell> cells;
  for (int row = row0 - 8; row <= row0 + 8; ++row) {
    for (int column = column0 - 8; column <= column0 + 8; ++column) {
      if (Random::For(seed, absl::StrCat("wood/", row, "/", column)).Chance(1.0 / 7)) continue;
      cells.push_back({row, column,
                       std::hypot(row + 0.5 - (centre.lat() - lat0) / kLatStep,
                                  column + 0.5 - (centre.lon() - lon0) / kLonStep)});
    }
  }
  std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    return std::tie(a.distance, a.row, a.column) < std::tie(b.distance, b.row, b.column);
  });
  std::vector<Cell> chosen;
  for (const Cell& cell : cells) {
    if (static_cast<int>(chosen.size()) == count) break;
    if (taken.insert({cell.row, cell.column}).second) chosen.push_back(cell);
  }
  return chosen;
}

AreaKind KindOf(const DistrictPlan& plan, Random& random) {
  if (random.Chance(plan.houses)) {
    return random.Chance(0.4) ? registry::v1::AREA_KIND_ROW_HOUSES : registry::v1::AREA_KIND_HOUSES;
  }
  return random.Chance(0.6) ? registry::v1::AREA_KIND_RENTED : registry::v1::AREA_KIND_OWNED;
}

registry::v1::AreaStage StageOf(Random& random) {
  const size_t stage = random.Weighted({0.78, 0.10, 0.05, 0.04, 0.03});
  constexpr std::array kStages = {registry::v1::AREA_STAGE_ACTIVE, registry::v1::AREA_STAGE_DORMANT,
                                  registry::v1::AREA_STAGE_TRAINED,
                                  registry::v1::AREA_STAGE_CONTACTED,
                                  registry::v1::AREA_STAGE_INTEREST};
  return kStages[stage];
}

std::string AreaName(Random& random, std::set<std::string>& used) {
  while (true) {
    std::string name =
        absl::StrCat(kFirst[random.Below(kFirst.size())], kLast[random.Below(kLast.size())]);
    if (used.insert(name).second) return name;
  }
}

DemoArea MakeArea(const DistrictPlan& plan, const Cell& cell, int number, double lat0, double lon0,
                  uint64_t seed, std::set<std::string>& names) {
  Random random = Random::For(seed, absl::StrCat("area/", plan.id, "/", number));
  DemoArea made;
  registry::v1::Area& area = made.area;
  area.set_id(absl::StrFormat("%s-%02d", plan.id, number));
  area.set_name(AreaName(random, names));
  area.set_district(plan.id);
  area.set_kind(KindOf(plan, random));
  area.add_place_names(area.name());
  registry::v1::Ring* ring = area.mutable_polygon()->add_rings();
  constexpr int kCorners[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}};
  for (const auto& corner : kCorners) {
    *ring->add_points() = Corner(seed, cell.row + corner[0], cell.column + corner[1], lat0, lon0);
  }
  made.centre.set_lat(lat0 + (cell.row + 0.5) * kLatStep);
  made.centre.set_lon(lon0 + (cell.column + 0.5) * kLonStep);
  made.households = static_cast<uint32_t>(std::clamp(random.Lognormal(60, 0.7), 15.0, 400.0));
  made.risk = random.Gamma(1.2, 1.0);
  made.stage = StageOf(random);
  return made;
}

// So that the whole town has the documented number of households.
void ScaleHouseholds(Town& town) {
  double sum = 0;
  for (const DemoArea& area : town.areas) sum += area.households;
  for (DemoArea& made : town.areas) {
    made.households =
        std::max(15u, static_cast<uint32_t>(made.households * kTotalHouseholds / sum));
    const AreaKind kind = made.area.kind();
    const bool houses =
        kind == registry::v1::AREA_KIND_HOUSES || kind == registry::v1::AREA_KIND_ROW_HOUSES;
    made.houses = houses ? made.households : 0;
    registry::v1::HouseholdCount* count = made.area.add_households();
    count->set_form(kind);
    count->set_households(made.households);
    if (!houses)
      made.area.set_association(kind == registry::v1::AREA_KIND_RENTED ? "Hyreshus"
                                                                       : "Bostadsrättsförening");
  }
}

}  // namespace

Town MakeTown(const registry::v1::MunicipalityConfig& config, uint64_t seed) {
  Town town;
  std::set<std::string> names;
  std::set<std::pair<int, int>> taken;
  std::map<std::string, Point> centres;
  for (const auto& district : config.districts()) centres[district.id()] = district.centre();
  constexpr double kLat0 = 58.9;
  constexpr double kLon0 = 17.6;
  for (const DistrictPlan& plan : kPlans) {
    const auto centre = centres.find(plan.id);
    if (centre == centres.end()) continue;  // another municipality's configuration: fewer districts
    int number = 0;
    for (const Cell& cell : NearestCells(centre->second, kLat0, kLon0, plan.areas, seed, taken)) {
      town.areas.push_back(MakeArea(plan, cell, ++number, kLat0, kLon0, seed, names));
    }
  }
  ScaleHouseholds(town);
  return town;
}

Point PointIn(const DemoArea& area, Random& random) {
  // A shaken cell always holds the box around its middle of half its size.
  Point point;
  point.set_lat(area.centre.lat() + random.Uniform(-0.28, 0.28) * kLatStep);
  point.set_lon(area.centre.lon() + random.Uniform(-0.28, 0.28) * kLonStep);
  return point;
}

std::string TownGeoJson(const Town& town) {
  nlohmann::ordered_json features = nlohmann::ordered_json::array();
  for (const DemoArea& made : town.areas) {
    nlohmann::ordered_json ring = nlohmann::ordered_json::array();
    for (const Point& point : made.area.polygon().rings(0).points())
      ring.push_back({point.lon(), point.lat()});
    nlohmann::ordered_json households;
    for (const auto& count : made.area.households()) {
      households[registry::v1::AreaKind_Name(count.form())] = count.households();
    }
    features.push_back({{"type", "Feature"},
                        {"id", made.area.id()},
                        {"properties",
                         {{"name", made.area.name()},
                          {"district", made.area.district()},
                          {"kind", registry::v1::AreaKind_Name(made.area.kind())},
                          {"households", households},
                          {"association", made.area.association()},
                          {"stage", registry::v1::AreaStage_Name(made.stage)}}},
                        {"geometry", {{"type", "Polygon"}, {"coordinates", {ring}}}}});
  }
  return nlohmann::ordered_json({{"type", "FeatureCollection"}, {"features", features}}).dump();
}

}  // namespace vaka::demo
