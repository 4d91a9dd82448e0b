// Many planners and senders at once on one municipality: each message is handed over once, and a
// second time only where a sender died between handing over and recording it.
#include <gtest/gtest.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

// Everything but notifications in one process, and `count` of notifications: each plans, and each
// has a sender for mail and one for SMS with four connections.
std::vector<HouseProcess::Plan> ManySenders(int count) {
  std::vector<HouseProcess::Plan> plans = {
      {.name = "rest", .targets = {"bus", "registry", "intake", "dispatch", "est", "gateway"}}};
  for (int i = 1; i <= count; ++i)
    plans.push_back({.name = absl::StrCat("notifications-", i), .targets = {"notifications"}});
  return plans;
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

TEST_F(SendersFaultTest, FivePlannersAndTenSendersTellEachOnceAndAgainOnlyWhereOneDied) {
  ASSERT_NO_FATAL_FAILURE(Begin(5));
  Load load(*house_, {.reporters = 4,
                      .patrols = 0,
                      .pause = absl::Milliseconds(10),
                      .alerting = 1,
                      .corrected = 0.2,
                      .seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(100));
  for (int victim = 1; victim <= 3; ++victim) {
    SCOPED_TRACE(victim);
    HouseProcess& process = house_->process(absl::StrCat("notifications-", victim));
    process.Kill();
    EXPECT_TRUE(load.AwaitAcknowledged(10));
    const absl::Status back = process.Start();
    ASSERT_TRUE(back.ok()) << back;
    EXPECT_TRUE(load.AwaitAcknowledged(10));
  }
  load.Stop();
  const Verdict verdict = CloseAndJudge(*house_, Seed());
  EXPECT_GT(verdict.counts.handed_over, 100U);
  std::cout << verdict.counts.handed_over << " handed over, " << verdict.counts.repeated_with_excuse
            << " twice\n";
}

TEST_F(SendersFaultTest, WithoutADeathNothingIsToldTwice) {
  ASSERT_NO_FATAL_FAILURE(Begin(5));
  Load load(*house_, {.reporters = 4,
                      .patrols = 0,
                      .pause = absl::Milliseconds(10),
                      .alerting = 1,
                      .corrected = 0.2,
                      .seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(150));
  load.Stop();
  const Verdict verdict = CloseAndJudge(*house_, Seed());
  EXPECT_GT(verdict.counts.handed_over, 100U);
  EXPECT_EQ(verdict.counts.repeated_with_excuse, 0U);
}

TEST_F(SendersFaultTest, WhatWasInADeadSendersHandIsToldOnceMoreUnderTheSameId) {
  ASSERT_NO_FATAL_FAILURE(Begin(1));
  absl::Notification in_hand;
  absl::Notification dead;
  std::atomic<bool> first = true;
  house_->providers().SetMail([&](sink::SmtpStage stage, const std::string&) {
    if (stage == sink::SmtpStage::kMessage && first.exchange(false)) {
      in_hand.Notify();
      dead.WaitForNotification();
    }
    return sink::SmtpAction{};
  });
  Caller caller = house_->NewCaller("police");
  intake::v1::ReportRequest request;
  *request.mutable_submission() = house_->town().ReportIn(0, 5, 1);
  intake::v1::ReportResponse response;
  ASSERT_TRUE(caller.Do(request, &response, Police()).ok());
  EXPECT_TRUE(in_hand.WaitForNotificationWithTimeout(absl::Seconds(30)));
  house_->process("notifications-1").Kill();
  dead.Notify();
  const Verdict verdict = CloseAndJudge(*house_, Seed());
  EXPECT_GE(verdict.counts.repeated_with_excuse, 1U);
}

}  // namespace
}  // namespace vaka::fault
