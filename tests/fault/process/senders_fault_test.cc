// Many planners and senders at once on one municipality: each message is handed over once, and a
// second time only where a sender died between handing over and recording it.
#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "tests/fault/process/senders_fixture.h"

namespace vaka::fault {
namespace {

TEST_F(SendersFaultTest, WithoutADeathNothingIsToldTwice) {
  ASSERT_NO_FATAL_FAILURE(Begin(5));
  Load load(*house_, Alarms());
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
  EXPECT_TRUE(caller.Do(request, &response, Police()).ok());
  EXPECT_TRUE(in_hand.WaitForNotificationWithTimeout(absl::Seconds(30)));
  house_->process("notifications-1").Kill();
  dead.Notify();
  const Verdict verdict = CloseAndJudge(*house_, Seed());
  EXPECT_GE(verdict.counts.repeated_with_excuse, 1U);
}

}  // namespace
}  // namespace vaka::fault
