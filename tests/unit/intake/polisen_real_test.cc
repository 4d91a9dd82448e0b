// The parser on real answers. The expected figures were counted independently of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "libs/base/time.h"
#include "libs/base/week.h"
#include "services/intake/polisen.h"
#include "tests/unit/intake/town.h"

namespace vaka::intake {
namespace {

using testing::Importer;
using testing::Town;
using testing::TownConfig;

class PolisenRealTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* from_env = std::getenv("VAKA_SHARED");
    const std::filesystem::path shared = from_env ? from_env : VAKA_SOURCE_DIR "/../shared";
    if (!std::filesystem::exists(shared / "data" / "polisen")) GTEST_SKIP() << "no reference data";
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(shared / "data/polisen")) {
      if (entry.path().extension() == ".json") files_.push_back(entry.path());
    }
    std::sort(files_.begin(), files_.end());
    ASSERT_EQ(files_.size(), 11u);
  }

  std::vector<PolisenEvent> Events(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const auto answer = ParsePolisen(bytes, testing::Noon(), *LoadZone("Europe/Stockholm"));
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_TRUE(answer->malformed.empty()) << file << " " << answer->malformed[0].reason;
    return answer->events;
  }

  // Imports every answer in order; counts outcomes.
  std::map<v1::Outcome, int> ImportAll(Town& town, const std::string& edit = "") {
    std::map<v1::Outcome, int> outcomes;
    for (const std::filesystem::path& file : files_) {
      std::vector<PolisenEvent> events = Events(file);
      for (PolisenEvent& event : events) event.summary += edit;
      for (const v1::Submission& submission : ToSubmissions(events, TownConfig()).submissions) {
        Draft draft;
        draft.id = IncidentId("0127", "", submission);
        draft.submission = submission;
        draft.content_hash = ContentHash(submission);
        const auto report = town.Say(draft, Importer());
        EXPECT_TRUE(report.ok()) << report.status();
        if (report.ok()) ++outcomes[report->outcome];
      }
    }
    return outcomes;
  }

  std::vector<std::filesystem::path> files_;
};

TEST_F(PolisenRealTest, EveryEventParses) {
  size_t events = 0;
  std::set<int64_t> ids;
  for (const std::filesystem::path& file : files_) {
    for (const PolisenEvent& event : Events(file)) {
      ++events;
      ids.insert(event.id);
      EXPECT_LE(event.occurred, event.published);
      EXPECT_LT(event.published - event.occurred, absl::Hours(24 * 6)) << event.name;
    }
  }
  EXPECT_EQ(events, 5275u);
  EXPECT_EQ(ids.size(), 2029u);
}

TEST_F(PolisenRealTest, TheMunicipalitysEventsAreFoundAndPlaced) {
  std::map<std::string, int> here, elsewhere;
  for (const std::filesystem::path& file : files_) {
    const PolisenSubmissions result = ToSubmissions(Events(file), TownConfig());
    const std::string folder = file.parent_path().filename();
    here[folder] += static_cast<int>(result.submissions.size());
    elsewhere[folder] += static_cast<int>(result.elsewhere);
    EXPECT_TRUE(result.without_text.empty());
  }
  EXPECT_EQ(here["polisen"], 275);
  EXPECT_EQ(here["yearend-2024"], 29);
  EXPECT_EQ(here["county-2026-02"], 6);
  EXPECT_EQ(elsewhere["yearend-2024"], 2971);
  EXPECT_EQ(elsewhere["county-2026-02"], 1994);
}

TEST_F(PolisenRealTest, ASecondRunChangesNothingAndEditsAreCorrections) {
  Town town;
  std::map<v1::Outcome, int> first = ImportAll(town);
  EXPECT_EQ(first[v1::OUTCOME_REPORTED], 278);  // different ids
  EXPECT_EQ(first[v1::OUTCOME_CORRECTED], 0);   // none was edited between these answers
  EXPECT_EQ(first[v1::OUTCOME_UNCHANGED], 310 - 278);
  const std::string state = town.state.Serialize();
  EXPECT_EQ(ImportAll(town)[v1::OUTCOME_UNCHANGED], 310);
  EXPECT_EQ(town.state.Serialize(), state);
  std::map<v1::Outcome, int> edited = ImportAll(town, " Uppdaterat.");
  EXPECT_EQ(edited[v1::OUTCOME_CORRECTED], 278);
  EXPECT_EQ(edited[v1::OUTCOME_REPORTED], 0);
}

}  // namespace
}  // namespace vaka::intake
