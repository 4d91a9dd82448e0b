// The screen on real texts: what the police publish names nobody, so a hit would be a report
// refused for nothing. One text does hold a phone number: that of a press officer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/screen/screen.h"

namespace vaka::screen {
namespace {

std::filesystem::path Texts() {
  const char* from_env = std::getenv("VAKA_SHARED");
  const std::filesystem::path shared = from_env ? from_env : VAKA_SOURCE_DIR "/../shared";
  return shared / "data" / "polisen";
}

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(PolisenTextsTest, AreNotRefused) {
  if (!std::filesystem::exists(Texts())) GTEST_SKIP() << "no reference data";
  std::set<std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Texts())) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path());
    for (const auto& event : nlohmann::json::parse(file)) {
      texts.insert(event.at("summary").get<std::string>());
      texts.insert(event.at("name").get<std::string>());
    }
  }
  ASSERT_GT(texts.size(), 2000u);
  std::vector<std::string> hits;
  for (const std::string& text : texts) {
    for (const options::v1::TextSpan& span : FindPersonalData(text)) {
      hits.push_back(absl::StrCat(span.kind(), " at ", span.begin(), ": ", text));
    }
  }
  EXPECT_THAT(hits, ElementsAre(HasSubstr("presstalesperson")));
}

}  // namespace
}  // namespace vaka::screen
