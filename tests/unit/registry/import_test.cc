#include "services/registry/import.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/registry/csv.h"
#include "tests/unit/registry/town.h"

namespace vaka::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> Where(const Problems& problems) {
  std::vector<std::string> where;
  for (const v1::ImportProblem& problem : problems) {
    where.push_back(absl::StrCat(problem.line(), " ", problem.field()));
  }
  return where;
}

TEST(CsvTest, ReadsQuotesLineBreaksAndEitherSeparator) {
  const auto rows = ParseCsv(
      "\xEF\xBB\xBF"
      "a,b\r\n\"x,\"\"y\"\"\nz\",2\r\n\r\n3,\r\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 3u);
  EXPECT_THAT((*rows)[1].cells, ElementsAre("x,\"y\"\nz", "2"));
  EXPECT_EQ((*rows)[1].line, 2u);
  EXPECT_THAT((*rows)[2].cells, ElementsAre("3", ""));
  EXPECT_EQ((*rows)[2].line, 5u);
  EXPECT_THAT((*ParseCsv("a;b\n1,5;2"))[1].cells, ElementsAre("1,5", "2"));
  EXPECT_EQ(ParseCsv("a,b\n1,\"2").status().message(), "line 2: a quote is never closed");
  EXPECT_FALSE(ParseCsv("a\nx\"y").ok());
  EXPECT_FALSE(ParseCsv("a\n\"x\"y").ok());
  EXPECT_TRUE(ParseCsv("")->empty());
}

constexpr char kAreas[] = R"({"type":"FeatureCollection","features":[
 {"type":"Feature","id":"a1","properties":{"name":"Björkbacken","district":"Söder",
  "kind":"row houses","households":44,"stage":"active","place_names":"Björkvägen; Alvägen"},
  "geometry":{"type":"Polygon","coordinates":[[[17,59],[17.01,59],[17.01,59.01],[17,59]]]}},
 {"type":"Feature","properties":{"name":"Höjden","district":"norr","kind":"AREA_KIND_MIXED",
  "households":{"AREA_KIND_RENTED":60,"houses":5}},
  "geometry":{"type":"MultiPolygon","coordinates":[[[[17.1,59],[17.11,59],[17.11,59.01],[17.1,59]]],
   [[[17.2,59],[17.21,59],[17.21,59.01],[17.2,59]]]]}}]})";

TEST(ImportAreasTest, ReadsAreasAndLeavesTheSecondTimeUnchanged) {
  Town town;
  Problems problems;
  const auto areas = ReadAreas("9901", kAreas, problems);
  ASSERT_THAT(Where(problems), IsEmpty());
  const ImportPlan plan = PlanAreas(town.state(), areas);
  ASSERT_THAT(Where(plan.result.problems()), IsEmpty());
  EXPECT_EQ(plan.result.added(), 2u);
  ASSERT_TRUE(town.Do(FirstOf(plan)).ok());
  const AreaEntry& a1 = *town.state().view().FindArea("a1");
  EXPECT_EQ(a1.area.district(), "soder");
  EXPECT_EQ(a1.area.kind(), v1::AREA_KIND_ROW_HOUSES);
  EXPECT_EQ(a1.Households(), 44u);
  EXPECT_EQ(a1.stage, v1::AREA_STAGE_ACTIVE);
  EXPECT_EQ(town.state().view().AreaByPlaceName("alvägen"), "a1");
  const AreaEntry& made = *town.state().view().FindArea(areas[1].area.id());
  EXPECT_EQ(made.Households(), 65u);
  EXPECT_EQ(made.stage, v1::AREA_STAGE_INTEREST);
  EXPECT_EQ(made.area.polygon().rings_size(), 2);

  ASSERT_TRUE(town.Step("a1", v1::AREA_STAGE_DORMANT).ok());
  const ImportPlan again = PlanAreas(town.state(), areas);
  EXPECT_EQ(again.result.unchanged(), 2u);
  EXPECT_THAT(again.steps, IsEmpty());
  EXPECT_EQ(town.state().view().FindArea("a1")->stage, v1::AREA_STAGE_DORMANT)
      << "the file does not wake it";
}

TEST(ImportAreasTest, ListsEveryProblemByFeatureAndField) {
  Town town;
  Problems problems;
  const auto areas = ReadAreas("9901", R"({"type":"FeatureCollection","features":[
    {"type":"Feature","id":"a1","properties":{"name":"","district":"väster","kind":"castle",
     "households":-1,"stage":"awake"},"geometry":null},
    {"type":"Feature","id":"a2","properties":{"name":"Ett","district":"norr","kind":"houses"},
     "geometry":{"type":"Polygon","coordinates":[[[17,59],[18,60],[17,60],[18,59],[17,59]]]}},
    {"type":"Feature","id":"a3","properties":{"name":"Två","district":"norr","kind":"houses"},
     "geometry":{"type":"Polygon","coordinates":[[[17,59],[18,59],[18,60],[17,59]],[[1,1]]]}},
    {"type":"Feature","id":"a2","properties":{"name":"Ett","district":"norr","kind":"houses"},
     "geometry":{"type":"Point","coordinates":[17,59]}},
    {"type":"Feature","id":"a5"}, 7]})",
                               problems);
  problems.MergeFrom(PlanAreas(town.state(), areas).result.problems());
  EXPECT_THAT(Where(problems),
              testing::IsSupersetOf({"1 households", "1 geometry", "1 stage", "1 name",
                                     "1 district", "1 kind", "2 polygon.rings[0].points[2]",
                                     "3 geometry", "4 geometry", "4 id", "5 properties", "6 "}));
}

TEST(ImportAreasTest, RefusesWhatIsNoFeatureCollection) {
  for (const char* text : {"", "{", "[]", "{\"type\":\"Feature\"}", "{\"type\":7,\"features\":[]}",
                           "{\"type\":\"FeatureCollection\",\"features\":7}"}) {
    Problems problems;
    EXPECT_THAT(ReadAreas("9901", text, problems), IsEmpty());
    EXPECT_EQ(problems.size(), 1) << text;
  }
}

constexpr char kPeople[] =
    "person,name,phone,email,language,consent,channels,quiet,role,area,district,agency,households\n"
    "anna,\"Åkerby, Anna\",070-174 06 05,anna@example.se,en,ja,sms:3;email,21:00-07:00,"
    "contact_person,a1,,,20\n"
    "anna,\"Åkerby, Anna\",+46701740605,ANNA@example.se,en,ja,sms:3;email,21:00-07:00,"
    "ROLE_SAFETY_REPRESENTATIVE,,norr,,0\n"
    "bo,Bo Lind,,bo@example.se,sv,nej,email,,caretaker,a1,,housing,20\n";

// Gives everybody a box, as the importer does with the vault.
std::vector<ImportedPerson> Sealed(std::vector<ImportedPerson> people) {
  for (ImportedPerson& person : people) {
    person.box.emplace();
    person.box->sealed.set_subject("person:" + person.id);
    person.box->sealed.set_box(person.contact.SerializeAsString());
  }
  return people;
}

TEST(ImportPeopleTest, ReadsPeopleRolesAndHouseholdsAndLeavesTheSecondTimeUnchanged) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  Problems problems;
  const auto people = Sealed(ReadPeople(kPeople, problems));
  ASSERT_THAT(Where(problems), IsEmpty());
  const ImportPlan plan = PlanPeople(town.state(), people, town.now);
  ASSERT_THAT(Where(plan.result.problems()), IsEmpty());
  EXPECT_EQ(plan.result.added(), 2u);
  ASSERT_TRUE(town.Do(FirstOf(plan)).ok());
  const PersonEntry& anna = *town.state().view().FindPerson("anna");
  EXPECT_EQ(anna.roles.size(), 2u);
  EXPECT_EQ(anna.covers.at("a1").households, 20u);
  EXPECT_EQ(anna.preferences.language(), v1::LANGUAGE_EN);
  EXPECT_EQ(anna.preferences.channels(0).channel(), v1::CHANNEL_SMS);
  EXPECT_EQ(anna.preferences.channels(0).floor(), 3u);
  EXPECT_EQ(anna.preferences.quiet().from_minute(), 21u * 60);
  EXPECT_TRUE(anna.consent);
  EXPECT_FALSE(town.state().view().FindPerson("bo")->consent);
  v1::Contact contact;
  ASSERT_TRUE(contact.ParseFromString(anna.contact.box()));
  EXPECT_EQ(contact.phone(), "+46701740605");
  EXPECT_EQ(contact.email(), "anna@example.se");

  const ImportPlan again = PlanPeople(town.state(), people, town.now + absl::Hours(1));
  EXPECT_EQ(again.result.unchanged(), 2u);
  EXPECT_THAT(again.steps, IsEmpty());
}

TEST(ImportPeopleTest, ListsEveryProblemByLineAndColumn) {
  Town town;
  town.AddArea(TownArea("a1", 0, 30));
  Problems problems;
  const auto people = ReadPeople(
      "person,name,phone,email,language,consent,channels,quiet,role,area,agency,households\n"
      "anna,,12,anna,no,maybe,pigeon,late,contact_person,a1,,x\n"    // 2
      "bo,Bo,0701740606,,sv,yes,sms,,contact_person,a9,,\n"          // 3
      "bo,Bo,0701740607,,sv,yes,sms,,jester,a1,,\n"                  // 4
      "cia,Cia,0701740608,,sv,yes,sms,,contact_person,a1,,20\n"      // 5
      "dan,Dan,0701740609,,sv,yes,sms,,contact_person,a1,,11\n"      // 6
      "eva,Eva,0701740610,,sv,yes,sms\n"                             // 7
      "Fy!,Fia,0701740611,,sv,yes,sms,,,,,\n"                        // 8
      "gun,Gun,0701740612,,sv,yes,sms,,agency_reporter,,circus,\n",  // 9
      problems);
  problems.MergeFrom(PlanPeople(town.state(), people, town.now).result.problems());
  EXPECT_THAT(Where(problems),
              testing::IsSupersetOf({"2 name", "2 phone", "2 email", "2 language", "2 consent",
                                     "2 channels", "2 quiet", "2 households", "3 area", "4 person",
                                     "4 role", "6 ", "7 ", "8 person", "9 agency"}));
  for (const v1::ImportProblem& problem : problems) EXPECT_NE(problem.line(), 5u);
}

TEST(ImportPeopleTest, NamesColumnsThatAreNotThere) {
  Problems problems;
  ReadPeople("nam,phone,phone\nBo,1,2\n", problems);
  EXPECT_THAT(Where(problems), testing::IsSupersetOf({"1 nam", "1 phone", "1 name"}));
  Problems latin;
  EXPECT_THAT(ReadPeople("name,phone\n\xC5sa,0701740605\n", latin), IsEmpty());
  EXPECT_THAT(Where(latin), ElementsAre("0 csv"));
  Problems empty;
  ReadPeople("", empty);
  EXPECT_EQ(empty.size(), 1);
}

TEST(ImportPeopleTest, ALargeFileGoesInPartByPart) {
  Town town;
  std::string csv = "person,name,phone,role,agency\n";
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&csv, "p-", i, ",Person ", i, ",+4670", 1000000 + i, ",patroller,police\n");
  }
  Problems problems;
  const auto people = Sealed(ReadPeople(csv, problems));
  ASSERT_THAT(Where(problems), IsEmpty());
  int parts = 0;
  while (true) {
    const ImportPlan plan = PlanPeople(town.state(), people, town.now);
    const fold::Decision part = FirstOf(plan);
    if (part.facts.empty()) break;
    EXPECT_LE(part.facts.size(), 900u);
    ASSERT_TRUE(town.Do(part).ok());
    ASSERT_LE(++parts, 3);
  }
  EXPECT_EQ(parts, 3);
  EXPECT_EQ(town.state().view().PeopleWithRole(options::v1::ROLE_PATROLLER, town.now).size(),
            1000u);
}

}  // namespace
}  // namespace vaka::registry
