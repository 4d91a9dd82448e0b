#include "services/intake/polisen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "tests/unit/intake/town.h"

namespace vaka::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TownConfig;

// One event in the shape of the feed; made up.
struct Made {
  std::string id = "700001";
  std::string datetime = "2026-08-12 7:17:55 +02:00";
  std::string name = "12 augusti 06.40, Skadegörelse, Botkyrka";
  std::string summary = "Klotter på en transformatorstation i Alby.";
  std::string url = "/aktuellt/handelser/2026/augusti/12/exempel/";
  std::string type = "Skadegörelse";

  std::string Json() const {
    return absl::StrReplaceAll(
        R"({"id":ID,"datetime":"DATETIME","name":"NAME","summary":"SUMMARY","url":"URL","type":"TYPE",
            "location":{"name":"Stockholms län","gps":"59.602496,18.138438"}})",
        {{"ID", id},
         {"DATETIME", datetime},
         {"NAME", name},
         {"SUMMARY", summary},
         {"URL", url},
         {"TYPE", type}});
  }
};

absl::TimeZone Zone() { return *LoadZone("Europe/Stockholm"); }

absl::Time Local(int year, int month, int day, int hour, int minute, int second = 0) {
  return absl::FromCivil(absl::CivilSecond(year, month, day, hour, minute, second), Zone());
}

PolisenAnswer Parsed(const std::string& elements) {
  const auto answer =
      ParsePolisen(absl::StrCat("[", elements, "]"), Local(2026, 11, 22, 12, 0), Zone());
  EXPECT_TRUE(answer.ok()) << answer.status();
  return answer.value_or(PolisenAnswer());
}

PolisenEvent ParsedOne(const Made& made) {
  const PolisenAnswer answer = Parsed(made.Json());
  EXPECT_EQ(answer.events.size(), 1u)
      << (answer.malformed.empty() ? "" : answer.malformed[0].reason);
  return answer.events.empty() ? PolisenEvent() : answer.events[0];
}

std::string WhyMalformed(const Made& made) {
  const PolisenAnswer answer = Parsed(made.Json());
  return answer.malformed.size() == 1 ? answer.malformed[0].reason : "taken";
}

TEST(PolisenTest, ReadsAnEvent) {
  const PolisenEvent event = ParsedOne(Made());
  EXPECT_EQ(event.id, 700001);
  EXPECT_EQ(event.published, Local(2026, 8, 12, 7, 17, 55));
  EXPECT_EQ(event.occurred, Local(2026, 8, 12, 6, 40));
  EXPECT_EQ(event.type, "Skadegörelse");
  EXPECT_EQ(event.place, "Botkyrka");
  EXPECT_EQ(event.url, "https://polisen.se/aktuellt/handelser/2026/augusti/12/exempel/");
}

TEST(PolisenTest, ReadsBothFormsOfTheTime) {
  EXPECT_EQ(ParsedOne({.name = "12 augusti 06:40, Skadegörelse, Botkyrka"}).occurred,
            Local(2026, 8, 12, 6, 40));
  EXPECT_EQ(ParsedOne({.datetime = "2026-08-12 17:17:55 +02:00"}).published,
            Local(2026, 8, 12, 17, 17, 55));
}

TEST(PolisenTest, TypesMayHoldCommas) {
  const PolisenEvent event = ParsedOne(
      {.name = "01 mars 23.15, Mord/dråp, försök, Botkyrka", .type = "Mord/dråp, försök"});
  EXPECT_EQ(event.type, "Mord/dråp, försök");
  EXPECT_EQ(event.place, "Botkyrka");
}

TEST(PolisenTest, YearIsTheOneNearestBeforePublication) {
  EXPECT_EQ(ParsedOne({.datetime = "2026-01-01 0:12:00 +01:00",
                       .name = "31 december 23.50, Brand, Botkyrka"})
                .occurred,
            Local(2025, 12, 31, 23, 50));
  EXPECT_EQ(ParsedOne({.datetime = "2025-12-31 23:58:00 +01:00",
                       .name = "31 december 23.50, Brand, Botkyrka"})
                .occurred,
            Local(2025, 12, 31, 23, 50));
  EXPECT_EQ(ParsedOne({.datetime = "2026-01-01 9:31:58 +01:00",
                       .name = "01 januari 03.02, Brand, Botkyrka"})
                .occurred,
            Local(2026, 1, 1, 3, 2));
  EXPECT_EQ(ParsedOne({.datetime = "2025-03-01 9:00:00 +01:00",
                       .name = "29 februari 03.02, Brand, Botkyrka"})
                .occurred,
            Local(2024, 2, 29, 3, 2));
}

TEST(PolisenTest, NamedMomentAfterPublicationIsASlip) {
  EXPECT_EQ(ParsedOne({.datetime = "2025-12-02 6:10:28 +01:00",
                       .name = "02 december 23.52, Brand, Botkyrka"})
                .occurred,
            Local(2025, 12, 2, 6, 10, 28));
  // Over new year too: named for tomorrow.
  EXPECT_EQ(ParsedOne({.datetime = "2025-12-31 22:00:00 +01:00",
                       .name = "01 januari 01.00, Brand, Botkyrka"})
                .occurred,
            Local(2025, 12, 31, 22, 0));
}

TEST(PolisenTest, SaysWhatIsMalformed) {
  EXPECT_THAT(WhyMalformed({.datetime = "2026-08-12"}), HasSubstr("datetime"));
  EXPECT_THAT(WhyMalformed({.datetime = "2027-08-12 7:17:55 +02:00"}), HasSubstr("future"));
  EXPECT_THAT(WhyMalformed({.name = "12 augusti 06.40 Skadegörelse Botkyrka"}), HasSubstr("name"));
  EXPECT_THAT(WhyMalformed({.name = "12 augustus 06.40, Brand, Botkyrka"}), HasSubstr("month"));
  EXPECT_THAT(WhyMalformed({.name = "32 augusti 06.40, Brand, Botkyrka"}), HasSubstr("name"));
  EXPECT_THAT(WhyMalformed({.name = "31 april 06.40, Brand, Botkyrka"}), HasSubstr("no such day"));
  EXPECT_THAT(WhyMalformed({.name = "12 augusti 24.40, Brand, Botkyrka"}), HasSubstr("name"));
  EXPECT_THAT(WhyMalformed({.name = "12 augusti +6.-4, Brand, Botkyrka"}), HasSubstr("name"));
  EXPECT_THAT(WhyMalformed({.name = "12 augusti 06.40, Brand, "}), HasSubstr("no place"));
  EXPECT_THAT(WhyMalformed({.type = ""}), HasSubstr("type"));
  EXPECT_THAT(WhyMalformed({.id = "0"}), HasSubstr("id"));
  EXPECT_THAT(WhyMalformed({.id = "\"7\""}), HasSubstr("id"));
}

TEST(PolisenTest, SkipsMalformedOnesByIndexAndTakesTheRest) {
  const PolisenAnswer answer =
      Parsed(absl::StrCat("7,", Made().Json(), R"(,{"id":1},null,)", Made{.id = "700002"}.Json()));
  ASSERT_EQ(answer.events.size(), 2u);
  EXPECT_EQ(answer.events[1].id, 700002);
  ASSERT_EQ(answer.malformed.size(), 3u);
  EXPECT_EQ(answer.malformed[0].index, 0u);
  EXPECT_EQ(answer.malformed[1].index, 2u);
  EXPECT_EQ(answer.malformed[2].index, 3u);
}

TEST(PolisenTest, OfAnIdTwiceTheLaterCounts) {
  const PolisenAnswer answer =
      Parsed(absl::StrCat(Made().Json(), ",", Made{.summary = "Nu med mer."}.Json()));
  ASSERT_EQ(answer.events.size(), 1u);
  EXPECT_EQ(answer.events[0].summary, "Nu med mer.");
}

TEST(PolisenTest, RefusesWhatIsNoArray) {
  for (const char* bytes : {"", "{}", "[", "[1", "\xFF", "null", "<html>"}) {
    EXPECT_EQ(ParsePolisen(bytes, absl::Now(), Zone()).status().code(),
              absl::StatusCode::kInvalidArgument)
        << bytes;
  }
  EXPECT_TRUE(ParsePolisen("[]", absl::Now(), Zone()).ok());
  EXPECT_FALSE(ParsePolisen(std::string(100000, '['), absl::Now(), Zone()).ok());
}

TEST(PolisenSubmissionsTest, PlaceAndCategoryComeFromTheConfiguration) {
  const PolisenSubmissions result = ToSubmissions({ParsedOne(Made())}, TownConfig());
  ASSERT_EQ(result.submissions.size(), 1u);
  const v1::Submission& submission = result.submissions[0];
  EXPECT_EQ(submission.category(), "graffiti");
  EXPECT_EQ(submission.where().district(), "alby");
  EXPECT_EQ(submission.where().precision(), v1::PRECISION_DISTRICT);
  EXPECT_EQ(submission.source_ref(), "polisen:700001");
  EXPECT_EQ(submission.text(), "Klotter på en transformatorstation i Alby.");
  EXPECT_EQ(FromProto(submission.observed_from()), Local(2026, 8, 12, 6, 40));
  EXPECT_EQ(FromProto(submission.reported_at()), Local(2026, 8, 12, 7, 17, 55));
  EXPECT_EQ(submission.severity(), 0u);
}

TEST(PolisenSubmissionsTest, UnknownTypeAndPlaceAreKeptAsOther) {
  const PolisenEvent event = ParsedOne(
      {.name = "12 augusti 06.40, Uppdatering, BOTKYRKA", .summary = "x", .type = "Uppdatering"});
  const PolisenSubmissions result = ToSubmissions({event}, TownConfig());
  ASSERT_EQ(result.submissions.size(), 1u);
  EXPECT_EQ(result.submissions[0].category(), "other");
  EXPECT_EQ(result.submissions[0].where().precision(), v1::PRECISION_MUNICIPALITY);
}

TEST(PolisenSubmissionsTest, CountsEventsElsewhere) {
  const PolisenSubmissions result =
      ToSubmissions({ParsedOne({.name = "12 augusti 06.40, Brand, Huddinge"}),
                     ParsedOne({.name = "12 augusti 06.40, Brand, Stockholms län"})},
                    TownConfig());
  EXPECT_TRUE(result.submissions.empty());
  EXPECT_EQ(result.elsewhere, 2u);
}

TEST(PolisenSubmissionsTest, PersonalDataCostsTheTextNotTheEvent) {
  const PolisenSubmissions result =
      ToSubmissions({ParsedOne({.summary = "Ring 070-123 45 67."})}, TownConfig());
  ASSERT_EQ(result.submissions.size(), 1u);
  EXPECT_EQ(result.submissions[0].text(), "");
  EXPECT_THAT(result.without_text, ElementsAre(700001));
}

TEST(PolisenSubmissionsTest, AnyEditOfNameTypeOrSummaryChangesTheHash) {
  const auto hash = [](const Made& made) {
    return ToSubmissions({ParsedOne(made)}, TownConfig()).submissions.at(0).content_hash();
  };
  EXPECT_EQ(hash(Made()), hash({.url = "/elsewhere/"}));
  EXPECT_NE(hash(Made()), hash({.name = "12 augusti 06.41, Skadegörelse, Botkyrka"}));
  EXPECT_NE(hash(Made()), hash({.summary = "Klotter."}));
  EXPECT_NE(hash(Made()), hash({.type = "Mord/dråp"}));
}

TEST(PolisenSubmissionsTest, LongTextIsCutBetweenLetters) {
  std::string summary;
  while (summary.size() < 8500) summary += "å";
  const PolisenSubmissions result =
      ToSubmissions({ParsedOne({.summary = "x" + summary})}, TownConfig());
  EXPECT_EQ(result.submissions.at(0).text().size(), 7999u);
}

TEST(PolisenSubmissionsTest, LinksOnlyToPolisen) {
  const auto url = [](const std::string& given) {
    return ToSubmissions({ParsedOne({.url = given})}, TownConfig()).submissions.at(0).url();
  };
  EXPECT_EQ(url("https://polisen.se/a/"), "https://polisen.se/a/");
  EXPECT_EQ(url("javascript:alert(1)"), "");
  EXPECT_EQ(url("https://example.com/"), "");
}

}  // namespace
}  // namespace vaka::intake
