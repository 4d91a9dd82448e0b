#include "services/intake/placement.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/base/status.h"
#include "tests/unit/intake/town.h"

namespace vaka::intake {
namespace {

using testing::At;
using testing::Town;
using testing::TownConfig;

class PlacementTest : public ::testing::Test {
 protected:
  v1::Where Placed(const v1::Where& given) {
    const auto where = Place(town_.state, given);
    EXPECT_TRUE(where.ok()) << where.status();
    return where.value_or(v1::Where());
  }
  std::string Refused(const v1::Where& given) {
    const absl::Status status = Place(town_.state, given).status();
    const auto info = InfoOf(status);
    return info.has_value() ? info->field() : status.ToString();
  }

  Town town_;
  v1::Where given_;
};

TEST_F(PlacementTest, PointInAnAreaGivesTheAreaAndItsDistrict) {
  *given_.mutable_point() = At(59.2395, 17.8455);
  const v1::Where where = Placed(given_);
  EXPECT_EQ(where.area(), "a-alby");
  EXPECT_EQ(where.district(), "alby");
  EXPECT_EQ(where.precision(), v1::PRECISION_EXACT);
}

TEST_F(PlacementTest, PointOutsideAllAreasGivesTheNearestDistrict) {
  *given_.mutable_point() = At(59.14, 17.80);
  const v1::Where where = Placed(given_);
  EXPECT_EQ(where.area(), "");
  EXPECT_EQ(where.district(), "grodinge");
}

TEST_F(PlacementTest, PointOutsideTheMunicipalityIsRefused) {
  *given_.mutable_point() = At(59.8, 17.6);
  EXPECT_EQ(Refused(given_), "submission.where.point");
  *given_.mutable_point() = At(91, 17.6);
  EXPECT_EQ(Refused(given_), "submission.where.point");
  *given_.mutable_point() = At(std::nan(""), 17.6);
  EXPECT_EQ(Refused(given_), "submission.where.point");
}

TEST_F(PlacementTest, PlaceNameGivesItsArea) {
  given_.set_place("  alby  CENTRUM ");
  const v1::Where where = Placed(given_);
  EXPECT_EQ(where.area(), "a-alby");
  EXPECT_EQ(where.precision(), v1::PRECISION_PLACE);
}

TEST_F(PlacementTest, PlaceNameThatHoldsADistrictGivesTheDistrict) {
  given_.set_place("Parkeringen vid Hallundavägen");
  EXPECT_EQ(Placed(given_).district(), "hallunda");
}

TEST_F(PlacementTest, UnknownPlaceIsKeptForTheMunicipality) {
  given_.set_place("Bortom allt");
  const v1::Where where = Placed(given_);
  EXPECT_EQ(where.place(), "Bortom allt");
  EXPECT_EQ(where.district(), "");
  EXPECT_EQ(where.precision(), v1::PRECISION_MUNICIPALITY);
}

TEST_F(PlacementTest, GivenAreaOverrulesADistrictThatIsNotIts) {
  given_.set_area("a-alby");
  given_.set_district("grodinge");
  const v1::Where where = Placed(given_);
  EXPECT_EQ(where.district(), "alby");
  EXPECT_EQ(where.precision(), v1::PRECISION_AREA);
}

TEST_F(PlacementTest, RefusesWhatItDoesNotKnow) {
  given_.set_area("a-none");
  EXPECT_EQ(Refused(given_), "submission.where.area");
  given_.clear_area();
  EXPECT_EQ(Refused(given_), "submission.where");
  given_.set_district("none");
  EXPECT_EQ(Refused(given_), "submission.where.district");
}

TEST_F(PlacementTest, WholeMunicipalityMayBeSaid) {
  given_.set_precision(v1::PRECISION_MUNICIPALITY);
  EXPECT_EQ(Placed(given_).precision(), v1::PRECISION_MUNICIPALITY);
}

TEST(DistrictInTextTest, FindsWordsAndTheirCompounds) {
  const registry::v1::MunicipalityConfig config = TownConfig();
  EXPECT_EQ(DistrictInText(config, "En bil brinner i GRÖDINGE."), "grodinge");
  EXPECT_EQ(DistrictInText(config, "Polis kallas till Hallundavägen"), "hallunda");
  EXPECT_EQ(DistrictInText(config, "Albys torg"), "alby");
  EXPECT_EQ(DistrictInText(config, "Brand i Hallunda-Norsborg"), "norsborg") << "longest word";
  EXPECT_EQ(DistrictInText(config, "Mellan Grödinge och Alby"), "grodinge");
  EXPECT_EQ(DistrictInText(config, "Xalby, Åalby och Tumba"), "");
  EXPECT_EQ(DistrictInText(config, ""), "");
}

}  // namespace
}  // namespace vaka::intake
