#include "libs/config/municipality.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status.h"
#include "libs/config/validate.h"
#include "libs/geo/area_index.h"

namespace vaka::config {
namespace {

using registry::v1::MunicipalityConfig;
using testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const char kBotkyrka[] = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";

// The shipped file with one piece of it replaced.
absl::StatusOr<MunicipalityConfig> With(const std::string& from, const std::string& to) {
  const std::string text = ReadFile(kBotkyrka);
  EXPECT_NE(text.find(from), std::string::npos) << from;
  return ParseMunicipality(absl::StrReplaceAll(text, {{from, to}}), "town.yaml");
}

void ExpectProblem(const absl::StatusOr<MunicipalityConfig>& config, const std::string& field,
                   const std::string& text) {
  ASSERT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument) << config.status();
  ASSERT_TRUE(InfoOf(config.status())) << config.status();
  EXPECT_EQ(InfoOf(config.status())->field(), field);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr(text));
  EXPECT_THAT(std::string(config.status().message()), testing::StartsWith("town.yaml:"));
}

TEST(BotkyrkaTest, IsWhatTheDomainSays) {
  const auto config = LoadMunicipality(kBotkyrka);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->kommun(), "0127");
  EXPECT_EQ(config->districts_size(), 9);
  EXPECT_EQ(config->agencies_size(), 9);
  EXPECT_EQ(config->est().publish().weekday(), 4u);
  EXPECT_EQ(config->est().publish().hour(), 16u);
  EXPECT_EQ(config->notify().digest_minute(), 17u * 60);
  std::set<std::string> groups;
  for (const auto& category : config->categories()) {
    groups.insert(category.group());
    if (category.id() == "robbery" || category.id() == "arson" ||
        category.id() == "shooting_explosion") {
      EXPECT_EQ(category.flag_minimum(), 2u) << category.id();
    }
    EXPECT_EQ(category.home_burglary(),
              category.id() == "burglary_house" || category.id() == "burglary_flat");
  }
  EXPECT_THAT(groups, testing::UnorderedElementsAre(
                          "damage", "order", "drugs", "violence", "theft", "fire", "environment",
                          "traffic", "work_environment", "social", "ahead", "positive", "other"));
}

TEST(BotkyrkaTest, ItsDistrictsLieInsideItsOutline) {
  const auto config = LoadMunicipality(kBotkyrka);
  ASSERT_TRUE(config.ok()) << config.status();
  const geo::AreaIndex index(std::vector<geo::NamedPolygon>{{"town", &config->outline()}});
  for (const auto& district : config->districts()) {
    EXPECT_EQ(index.Find(district.centre()), "town") << district.id();
  }
}

TEST(BotkyrkaTest, EveryGeneratedCategoryIsMappedOntoOneOfItsOwn) {
  const auto config = LoadMunicipality(kBotkyrka);
  ASSERT_TRUE(config.ok()) << config.status();
  std::set<std::string> ids;
  for (const auto& category : config->categories()) ids.insert(category.id());
  const std::string map = ReadFile(VAKA_SOURCE_DIR "/deploy/config/category_map.csv");
  int rows = 0;
  std::set<std::string> used;
  for (absl::string_view line : absl::StrSplit(map, '\n', absl::SkipEmpty())) {
    if (rows++ == 0) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, ',');
    ASSERT_EQ(cells.size(), 2u) << line;
    EXPECT_TRUE(ids.count(cells[1])) << line;
    EXPECT_TRUE(used.insert(cells[1]).second) << line;
  }
  EXPECT_EQ(rows, 23);
}

TEST(MunicipalityFileTest, AMissingFileIsNotFound) {
  EXPECT_EQ(LoadMunicipality("/nowhere/town.yaml").status().code(), absl::StatusCode::kNotFound);
}

TEST(MunicipalityFileTest, UnknownFieldsAreNamedWithTheirLine) {
  ExpectProblem(With("households: 34000", "housholds: 34000"), "housholds",
                "town.yaml:9: housholds: there is no such field");
  ExpectProblem(With("id: graffiti,", "id: graffiti, colour: red,"), "categories[0].colour",
                "no such field");
}

TEST(MunicipalityFileTest, ValuesOfAnotherTypeAreNamed) {
  ExpectProblem(With("households: 34000", "households: many"), "households", "\"many\"");
  ExpectProblem(With("households: 34000", "households: -1"), "households", "from 0");
  ExpectProblem(With("lat: 59.239", "lat: north"), "districts[0].centre.lat", "a number");
  ExpectProblem(With("place_words: [Botkyrka]", "place_words: Botkyrka"), "place_words", "a list");
  ExpectProblem(With("name: Botkyrka\n", "name: [Botkyrka]\n"), "name", "single value");
  ExpectProblem(With("police_activity: true", "police_activity: perhaps"),
                "categories[15].police_activity", "true or false");
}

TEST(MunicipalityFileTest, BrokenYamlNamesTheLine) {
  const auto config = ParseMunicipality("kommun: \"0127\"\nname: [Botkyrka\n", "town.yaml");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()), testing::StartsWith("town.yaml:"));
  EXPECT_FALSE(ParseMunicipality("", "town.yaml").ok());
  EXPECT_FALSE(ParseMunicipality("- a\n", "town.yaml").ok());
  EXPECT_FALSE(ParseMunicipality("name: \"\xff\xfe\"", "town.yaml").ok());
}

TEST(ValidateMunicipalityTest, NamesTheFieldAndTheLine) {
  ExpectProblem(With("Europe/Stockholm", "Europe/Botkyrka"), "zone",
                "town.yaml:6: zone: \"Europe/Botkyrka\"");
  ExpectProblem(With("kommun: \"0127\"", "kommun: \"127\""), "kommun", "four digits");
  ExpectProblem(With("county: \"01\"", "county: \"02\""), "county", "county 01");
  ExpectProblem(With("id: fittja", "id: alby"), "districts[1].id", "districts[0].id");
  ExpectProblem(With("id: fittja", "id: Fittja"), "districts[1].id", "a–z");
  ExpectProblem(With("[fittja,", "[alby,"), "districts[1].words[0]", "already given");
  ExpectProblem(With("id: damage_glass", "id: graffiti"), "categories[1].id", "already given");
  ExpectProblem(With("Grov misshandel, name_en: Aggravated assault, default_severity: 4",
                     "Grov misshandel, name_en: Aggravated assault, default_severity: 6"),
                "categories[17].default_severity", "allowed 1–5");
  ExpectProblem(With("[Mordbrand]", "[Brand]"), "categories[39].polisen_types[0]",
                "already given at categories[35].polisen_types[0]");
  ExpectProblem(With("id: municipality", "id: police"), "agencies[1].id", "already given");
}

TEST(ValidateMunicipalityTest, RefusesMomentsOutsideTheWeekAndOutOfOrder) {
  ExpectProblem(With("publish: {weekday: 4", "publish: {weekday: 8"), "est.publish.weekday",
                "1 (Monday)");
  ExpectProblem(With("publish: {weekday: 4, hour: 16}", "publish: {weekday: 4, hour: 24}"),
                "est.publish.hour", "0–23");
  ExpectProblem(With("publish: {weekday: 4, hour: 16}", "publish: {weekday: 4, hour: 8}"),
                "est.publish", "before");
  ExpectProblem(With("cut_off: {weekday: 3, hour: 12}", "cut_off: {weekday: 3, hour: 8}"),
                "est.reminders[1]", "after the cut-off");
}

TEST(ValidateMunicipalityTest, RefusesNotifyRulesAndOutlinesThatCannotBe) {
  ExpectProblem(With("now_severity: 3", "now_severity: 0"), "notify.now_severity", "1–5");
  ExpectProblem(With("critical_severity: 5", "critical_severity: 2"), "notify.critical_severity",
                "below");
  ExpectProblem(With("digest_minute: 1020", "digest_minute: 1440"), "notify.digest_minute",
                "0–1439");
  ExpectProblem(With("to_minute: 420", "to_minute: 2000"), "notify.default_quiet.to_minute",
                "0–1439");
  ExpectProblem(With("{lat: 59.262, lon: 17.838}", "{lat: 59.200, lon: 17.700}"),
                "outline.rings[0].points[20]", "meets the edge");
}

}  // namespace
}  // namespace vaka::config
