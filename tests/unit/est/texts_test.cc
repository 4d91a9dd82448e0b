#include "services/est/texts.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace vaka::est {
namespace {

TEST(TextsTest, NumbersEachTextOnceAndFindsItAgain) {
  Texts texts;
  EXPECT_EQ(texts.Find("alby"), Texts::kNone);
  EXPECT_EQ(texts.Add("alby"), std::pair(0U, true));
  EXPECT_EQ(texts.Add(""), std::pair(1U, true));
  EXPECT_EQ(texts.Add("alby"), std::pair(0U, false));
  EXPECT_EQ(texts.Find(""), 1U);
  EXPECT_EQ(texts.Find("alb"), Texts::kNone);
  EXPECT_EQ(texts[0], "alby");
  EXPECT_EQ(texts[1], "");
  EXPECT_EQ(texts.size(), 2U);
}

TEST(TextsTest, AgreesWithAMapOverManyTextsOfEveryLength) {
  std::mt19937 random(20121106);
  std::unordered_map<std::string, uint32_t> numbers;
  std::vector<absl::string_view> views;
  Texts texts;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = absl::StrCat("i-", random() % 30'000);
    if (i % 1000 == 0) text += std::string(random() % 100'000, 'x');
    const auto [known, fresh] = numbers.try_emplace(text, static_cast<uint32_t>(numbers.size()));
    ASSERT_EQ(texts.Add(text), std::pair(known->second, fresh));
    if (fresh) views.push_back(texts[known->second]);
  }
  const Texts moved = std::move(texts);
  ASSERT_EQ(moved.size(), numbers.size());
  for (const auto& [text, number] : numbers) {
    EXPECT_EQ(moved.Find(text), number);
    EXPECT_EQ(views[number], text);  // as given back before all the growing
  }
  EXPECT_EQ(moved.Find("i-30000"), Texts::kNone);
}

TEST(TextsTest, ReservingChangesNothingElse) {
  Texts texts;
  texts.Add("a");
  texts.Reserve(1000);
  EXPECT_EQ(texts.Find("a"), 0U);
  EXPECT_EQ(texts.Add("b"), std::pair(1U, true));
}

}  // namespace
}  // namespace vaka::est
