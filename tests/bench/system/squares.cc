#include "tests/bench/system/squares.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vaka::bench {
namespace {

constexpr int kRow = 20;
constexpr double kLat = 59.10, kLon = 17.77, kHigh = 0.003, kWide = 0.004;

}  // namespace

std::string Squares(int count) {
  std::string features;
  for (int i = 0; i < count; ++i) {
    const double south = kLat + kHigh * (i / kRow), west = kLon + kWide * (i % kRow);
    const double north = south + kHigh * 0.9, east = west + kWide * 0.9;
    absl::StrAppendFormat(
        &features,
        R"(%s{"type":"Feature","id":"a%d","properties":{"name":"Kvarter %d","district":"grodinge",)"
        R"("kind":"rented","households":60,"stage":"active"},"geometry":{"type":"Polygon",)"
        R"("coordinates":[[[%f,%f],[%f,%f],[%f,%f],[%f,%f],[%f,%f]]]}})",
        i == 0 ? "" : ",", i, i, west, south, east, south, east, north, west, north, west, south);
  }
  return absl::StrCat(R"({"type":"FeatureCollection","features":[)", features, "]}");
}

registry::v1::Point InSquare(int area) {
  registry::v1::Point point;
  point.set_lat(kLat + kHigh * (area / kRow + 0.4));
  point.set_lon(kLon + kWide * (area % kRow + 0.4));
  return point;
}

}  // namespace vaka::bench
