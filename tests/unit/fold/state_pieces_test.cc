// A state's message written and read piece by piece.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/fold/state_reader.h"
#include "libs/fold/state_writer.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::fold {
namespace {

using registry::v1::Area;
using registry::v1::Polygon;
using registry::v1::Ring;

TEST(StateWriterTest, WritesWhatTheWholeMessageWouldBe) {
  registry::v1::Polygon whole;
  registry::v1::Polygon before;
  StateWriter writer(/*about=*/1);
  writer.Add(before);
  for (int i = 0; i < 1000; ++i) {
    registry::v1::Ring& ring = *whole.add_rings();
    for (int k = 0; k < i % 7; ++k) ring.add_points()->set_lat(i + k);
    writer.AddElement(registry::v1::Polygon::kRingsFieldNumber, ring);
  }
  EXPECT_EQ(writer.Finish(), whole.SerializeAsString());
}

class StateReaderTest : public testing::Test {
 protected:
  // A list among other fields, in the order given.
  static std::string Bytes() {
    Area first;
    first.set_id("alby");
    Area last;
    last.set_name("Alby");
    Area points;
    for (int i = 0; i < 3; ++i) points.mutable_polygon()->add_rings()->add_points()->set_lat(i);
    return absl::StrCat(first.SerializeAsString(), points.SerializeAsString(),
                        last.SerializeAsString());
  }
};

TEST_F(StateReaderTest, GivesElementsInTheirOrderAndTheOtherFields) {
  Polygon whole;
  for (int i = 0; i < 3; ++i) whole.add_rings()->add_points()->set_lat(i);
  std::vector<double> latitudes;
  const std::optional<std::string> others = ReadElements(
      whole.SerializeAsString(), Polygon::kRingsFieldNumber, [&](absl::string_view element) {
        Ring ring;
        if (!ring.ParseFromArray(element.data(), static_cast<int>(element.size()))) return false;
        latitudes.push_back(ring.points(0).lat());
        return true;
      });
  EXPECT_EQ(others, "");
  EXPECT_EQ(latitudes, (std::vector<double>{0, 1, 2}));

  int polygons = 0;
  const std::optional<std::string> fields = ReadElements(
      Bytes(), Area::kPolygonFieldNumber, [&](absl::string_view) { return ++polygons > 0; });
  EXPECT_EQ(polygons, 1);
  Area area;
  ASSERT_TRUE(fields.has_value() && area.ParseFromString(*fields));
  EXPECT_EQ(area.id(), "alby");
  EXPECT_EQ(area.name(), "Alby");
  EXPECT_FALSE(area.has_polygon());
}

TEST_F(StateReaderTest, RefusesWhatIsCutOffOrNoMessageOrRefused) {
  const std::string bytes = Bytes();
  const auto read = [](absl::string_view some, bool take = true) {
    return ReadElements(some, Area::kPolygonFieldNumber, [&](absl::string_view) { return take; });
  };
  EXPECT_TRUE(read(bytes).has_value());
  EXPECT_FALSE(read(bytes, /*take=*/false).has_value());
  EXPECT_FALSE(read(bytes.substr(0, bytes.size() - 1)).has_value());
  EXPECT_FALSE(read(bytes + "\x0c").has_value());  // the end of a group that never began
  EXPECT_FALSE(read("\xff\xff").has_value());
}

}  // namespace
}  // namespace vaka::fold
