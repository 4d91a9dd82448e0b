#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/vaka/simulate_costs.h"

namespace vaka::simulate {
namespace {

using ::testing::HasSubstr;

TEST(CostsTest, TheBuiltInOnesAreComplete) {
  const auto costs = BuiltInCosts();
  ASSERT_TRUE(costs.ok()) << costs.status();
  EXPECT_GT(costs->intake_report_us, 0);
  EXPECT_GE(costs->municipalities_a_cell, 1);
}

TEST(CostsTest, AFileSaysOnlyWhatDiffers) {
  const Costs base = *BuiltInCosts();
  Costs expected = base;
  expected.sms_per_second = 50;
  expected.shards = 3;
  const auto costs = ParseCosts(
      base, R"({"sms_per_second": 50, "shape": {"shards": {"value": 3, "what": "masters"}}})", "f");
  ASSERT_TRUE(costs.ok()) << costs.status();
  EXPECT_EQ(*costs, expected);
}

TEST(CostsTest, NamesWhatIsWrong) {
  const Costs base = *BuiltInCosts();
  const auto problem = [&](const char* json) {
    const auto costs = ParseCosts(base, json, "mine.json");
    EXPECT_FALSE(costs.ok()) << json;
    return std::string(costs.status().message());
  };
  EXPECT_THAT(problem("{\"sms_ms\": "), HasSubstr("mine.json: is no JSON object"));
  EXPECT_THAT(problem("[1]"), HasSubstr("mine.json: is no JSON object"));
  EXPECT_THAT(problem(R"({"sms_msec": 5})"),
              HasSubstr("mine.json: sms_msec: there is no such cost"));
  EXPECT_THAT(problem(R"({"sms_ms": "5"})"), HasSubstr("sms_ms: \"5\" is no number"));
  EXPECT_THAT(problem(R"({"sms_ms": -1})"), HasSubstr("sms_ms: -1 is no number from 0"));
  EXPECT_THAT(problem(R"({"measured": {"shards": {"value": 0}}})"), HasSubstr("shards: 0"));
  EXPECT_EQ(LoadCosts(base, "/no/such/file").status().message(),
            "--costs: cannot read /no/such/file");
}

}  // namespace
}  // namespace vaka::simulate
