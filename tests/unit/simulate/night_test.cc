#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "services/vaka/simulate.h"

namespace vaka {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class SimulateTest : public ::testing::Test {
 protected:
  SimulateTest() { options_.config = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml"; }
  ~SimulateTest() override { std::filesystem::remove(costs_); }

  // As --costs does.
  void Costs(const std::string& text) {
    std::ofstream(costs_) << text;
    options_.costs = costs_;
  }

  std::string Text() {
    const auto text = SimulateText(options_);
    EXPECT_TRUE(text.ok()) << text.status();
    return text.value_or("{}");
  }
  json Json() {
    options_.json = true;
    return json::parse(Text());
  }
  static json Station(const json& result, const std::string& name) {
    for (const json& station : result["stations"]) {
      if (station["name"] == name) return station;
    }
    ADD_FAILURE() << "no station " << name;
    return {};
  }
  std::string Problem() {
    const auto text = SimulateText(options_);
    EXPECT_FALSE(text.ok());
    return std::string(text.status().message());
  }

  // Each test is a process of its own, and several run at once.
  const std::string costs_ =
      ::testing::TempDir() + "simulate_costs_" + std::to_string(getpid()) + ".json";
  SimulateOptions options_;
};

TEST_F(SimulateTest, NobodyGetsLostInANight) {
  options_.once = true;
  options_.municipalities = 5;
  options_.people = 5000;
  for (const char* scenario : {"ordinary", "new-year", "storm"}) {
    options_.scenario = scenario;
    const json result = Json();
    ASSERT_GT(result["reports"], 0) << scenario;
    for (const json& station : result["stations"]) {
      EXPECT_EQ(station["arrived"].get<uint64_t>(), station["done"].get<uint64_t>() +
                                                        station["refused"].get<uint64_t>() +
                                                        station["inside"].get<uint64_t>())
          << scenario << ": " << station["name"];
      EXPECT_LE(station["utilisation"], 1.0) << scenario << ": " << station["name"];
    }
    // Whoever reported is accepted, has given up, or is on the way when the night ends.
    const uint64_t ended = result["accepted"].get<uint64_t>() + result["given_up"].get<uint64_t>();
    EXPECT_LE(ended, result["reports"].get<uint64_t>()) << scenario;
    EXPECT_GE(ended + 5, result["reports"].get<uint64_t>()) << scenario;
    EXPECT_EQ(Station(result, "intake")["done"].get<uint64_t>(), result["accepted"].get<uint64_t>())
        << scenario;
  }
}

TEST_F(SimulateTest, OneSeedIsOneNight) {
  options_.once = true;
  const std::string once = Text();
  EXPECT_EQ(Text(), once);
  options_.seed = 2;
  EXPECT_NE(Text(), once);
}

// Three quarters of New Year's alerts are held for quiet hours, and all of them go at seven.
TEST_F(SimulateTest, WhatIsHeldOverNightGoesInTheMorning) {
  options_.once = true;
  options_.municipalities = 10;
  options_.people = 20000;
  Costs(R"({"sms_per_second": 5, "tip_critical_share": 0, "tip_severe_share": 1})");
  const json result = Json();
  const json queue = Station(result, "SMS provider")["queue_by_quarter_hour"];
  const auto longest = [&](size_t from_hour, size_t to_hour) {  // after 16:00
    uint64_t most = 0;
    for (size_t i = 4 * from_hour; i < 4 * to_hour; ++i)
      most = std::max(most, queue[i].get<uint64_t>());
    return most;
  };
  EXPECT_GT(longest(3, 4), 1000u) << "everybody is written to at 19:00";
  EXPECT_LT(longest(8, 15), 50u) << "the night is quiet, though there are hundreds of reports";
  EXPECT_GT(longest(15, 16), 200u) << "at 07:00 the quiet hours end";
}

TEST_F(SimulateTest, FindsTheBottleneckThatIsThere) {
  options_.scenario = "ordinary";
  options_.municipalities = 2;
  options_.people = 4000;
  options_.hours = 2;
  Costs(R"({"sms_per_second": 0.05})");
  EXPECT_EQ(Json()["bottleneck"]["station"], "SMS provider");
  Costs(R"({"intake_report_us": 5000000})");
  const json slow = Json()["bottleneck"];
  EXPECT_EQ(slow["station"], "intake") << slow;
  Costs(R"({"intake_report_us": 10000000})");
  const json slower = Json()["bottleneck"];
  EXPECT_EQ(slower["station"], "intake") << slower;
  EXPECT_LT(slower["factor"], slow["factor"]) << "twice the work, fewer reports";
}

TEST_F(SimulateTest, ABottleneckThatReportsDoNotMakeIsNamedAsSuch) {
  options_.people = 2000;
  options_.hours = 5;
  Costs(R"({"sms_per_second": 0.5})");
  options_.json = false;
  EXPECT_THAT(Text(), HasSubstr("The first bottleneck: SMS provider, however few report: a "
                                "message waits"));
}

TEST_F(SimulateTest, TheWorldIsManyInstallations) {
  options_.once = true;
  options_.municipalities = 100;
  options_.people = 20000;
  Costs(R"({"municipalities_a_cell": 30})");
  const json result = Json();
  EXPECT_EQ(result["installations"], 4);
  EXPECT_EQ(result["municipalities"], 25);
  EXPECT_EQ(result["people"], 5000);
}

TEST_F(SimulateTest, TheTextShowsEveryStationAndItsQueue) {
  options_.once = true;
  const std::string text = Text();
  for (const char* station : {"gateway", "intake", "log", "folds", "live streams", "queries",
                              "planner", "SMS senders", "mail senders", "patrol cars"}) {
    EXPECT_NE(text.find(station), text.rfind(station)) << station << ": in table and chart";
  }
  EXPECT_THAT(text, HasSubstr("new-year, 2026-12-31 16:00 to 2027-01-01 10:00, seed 1"));
}

TEST_F(SimulateTest, NamesWhatIsWrong) {
  options_.scenario = "easter";
  EXPECT_THAT(Problem(), HasSubstr("--scenario: there is no \"easter\""));
  options_.scenario = "storm";
  options_.municipalities = 0;
  EXPECT_THAT(Problem(), HasSubstr("--municipalities: 0"));
  options_.municipalities = 10;
  options_.people = 9;
  EXPECT_THAT(Problem(), HasSubstr("--people: 9"));
  options_.people = 100;
  options_.hours = 0.5;
  EXPECT_THAT(Problem(), HasSubstr("--hours: 0.5"));
  options_.hours = std::nan("");
  EXPECT_THAT(Problem(), HasSubstr("--hours: nan"));
  options_.hours = 2;
  options_.people = 100'000'000;
  EXPECT_THAT(Problem(), HasSubstr("--people: 100000000 in one installation"));
  options_.people = 100;
  options_.config = "/no/such.yaml";
  EXPECT_THAT(Problem(), HasSubstr("/no/such.yaml"));
}

}  // namespace
}  // namespace vaka
