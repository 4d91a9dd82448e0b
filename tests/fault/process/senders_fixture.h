#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {

// Everything but notifications in one process, and `count` of notifications: each plans, and each
// has a sender for mail and one for SMS with four connections.
inline std::vector<HouseProcess::Plan> ManySenders(int count) {
  std::vector<HouseProcess::Plan> plans = {
      {.name = "rest", .targets = {"bus", "registry", "intake", "dispatch", "est", "gateway"}}};
  for (int i = 1; i <= count; ++i)
    plans.push_back({.name = absl::StrCat("notifications-", i), .targets = {"notifications"}});
  return plans;
}

// Reports that all alert, faster than one sender keeps up with.
inline LoadOptions Alarms() {
  return {.reporters = 4,
          .patrols = 0,
          .pause = absl::Milliseconds(10),
          .alerting = 1,
          .corrected = 0.2,
          .seed = Seed()};
}

class SendersFaultTest : public testing::Test {
 protected:
  void Begin(int senders) {
    house_ = std::make_unique<House>(
        HouseOptions{.processes = ManySenders(senders), .arguments = {"--claim-after=20s"}},
        history_);
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }

  SystemClock clock_;
  History history_{clock_};
  std::unique_ptr<House> house_;
};

}  // namespace vaka::fault
