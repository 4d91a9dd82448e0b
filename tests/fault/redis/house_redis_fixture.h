#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "tests/fault/house/house.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/http_client/http_client.h"

namespace vaka::fault {

// The whole system on a Redis of the test's, under steady work.
class HouseRedisTest : public ::testing::Test {
 protected:
  // A house on this Redis, with its load at work.
  void Begin(const std::string& redis_url, std::vector<HouseProcess::Plan> processes = AllInOne()) {
    house_ = std::make_unique<House>(
        HouseOptions{.processes = std::move(processes),
                     .redis = redis_url,
                     .arguments = {"--claim-after=20s"}},  // what a lost answer left in hand
        history_);
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
    load_ = std::make_unique<Load>(*house_, LoadOptions{.seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(30));
  }
  void End() {
    load_->Stop(absl::Minutes(1));
    EXPECT_EQ(load_->counts().unknown, 0U);
    CloseAndJudge(*house_, Seed());
  }
  // Runs `work` as a fault of the history.
  void Fault(const std::string& kind, const std::function<void()>& work) {
    const size_t fault = history_.FaultBegins(kind, "redis");
    work();
    history_.FaultEnds(fault);
  }
  // Seconds that a read by HTTP says it may be old; negative: it was not answered.
  double AgeOfARead() {
    gateway::HttpClient client(house_->http_address());
    const gateway::HttpAnswer answer =
        client.Ask("POST", "/vaka.intake.v1.IntakeService/List",
                   {{"Content-Type", "application/json"},
                    {"Authorization", house_->Authorization(Coordinator())}},
                   R"({"kommun":"0127"})");
    const auto age = answer.headers.find("vaka-age");
    double seconds = -1;
    if (answer.status != 200 || age == answer.headers.end() ||
        !absl::SimpleAtod(age->second, &seconds)) {
      return -1;
    }
    return seconds;
  }

  SystemClock clock_;
  History history_{clock_};
  std::unique_ptr<House> house_;
  std::unique_ptr<Load> load_;
};

}  // namespace vaka::fault
