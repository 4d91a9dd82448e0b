#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/runtime/lifecycle.h"
#include "libs/runtime/periodic.h"
#include "libs/runtime/signals.h"
#include "tests/support/eventually/eventually.h"

namespace vaka::runtime {
namespace {

using testing::ElementsAre;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

TEST(PeriodicTest, RunsAtStartAndThenOnceAnInterval) {
  FakeClock clock(kStart);
  std::atomic<int> runs = 0;
  Periodic periodic("test", clock, absl::Minutes(1), [&](absl::Time) { ++runs; });
  EXPECT_EQ(runs, 0);
  periodic.Start();
  ASSERT_TRUE(Eventually([&] { return runs == 1; }));
  for (int expected = 2; expected <= 4; ++expected) {
    // The thread may not wait yet when the clock moves; then the interval begins after the move.
    ASSERT_TRUE(Eventually([&] {
      if (runs < expected) clock.Advance(absl::Minutes(1));
      return runs >= expected;
    }));
  }
}

TEST(PeriodicTest, DoesNotRunBeforeTheIntervalIsOver) {
  FakeClock clock(kStart);
  std::atomic<int> runs = 0;
  Periodic periodic("test", clock, absl::Minutes(1), [&](absl::Time) { ++runs; });
  periodic.Start();
  ASSERT_TRUE(Eventually([&] { return runs == 1; }));
  clock.Advance(absl::Seconds(59));
  periodic.Stop();
  EXPECT_EQ(runs, 1);
}

TEST(PeriodicTest, AClockThatIsSetNeitherHurriesNorStopsIt) {
  FakeClock clock(kStart);
  std::atomic<int> runs = 0;
  Periodic forward("forward", clock, absl::Minutes(1), [&](absl::Time) { ++runs; });
  forward.Start();
  ASSERT_TRUE(Eventually([&] { return runs == 1; }));
  clock.Step(absl::Hours(1));
  forward.Stop();
  EXPECT_EQ(runs, 1);

  runs = 0;
  Periodic back("back", clock, absl::Minutes(1), [&](absl::Time) { ++runs; });
  back.Start();
  ASSERT_TRUE(Eventually([&] { return runs == 1; }));
  clock.Step(-absl::Hours(2));
  // At most a few minutes pass, far less than it was set back.
  const absl::Time began = clock.Steady();
  ASSERT_TRUE(Eventually([&] {
    if (runs < 2 && clock.Steady() < began + absl::Minutes(30)) clock.Advance(absl::Seconds(1));
    return runs >= 2;
  }));
}

TEST(PeriodicTest, RunOnceNeedsNoThread) {
  FakeClock clock(kStart);
  std::vector<absl::Time> runs;
  Periodic periodic("test", clock, absl::Minutes(1), [&](absl::Time now) { runs.push_back(now); });
  periodic.RunOnce();
  clock.Advance(absl::Seconds(1));
  periodic.RunOnce();
  EXPECT_THAT(runs, ElementsAre(kStart, kStart + absl::Seconds(1)));
  periodic.Stop();
}

TEST(PeriodicTest, StopWaitsForTheRunUnderWay) {
  FakeClock clock(kStart);
  absl::Notification begun;
  absl::Notification go_on;
  std::atomic<bool> ended = false;
  Periodic periodic("test", clock, absl::Minutes(1), [&](absl::Time) {
    begun.Notify();
    go_on.WaitForNotification();
    ended = true;
  });
  periodic.Start();
  begun.WaitForNotification();
  std::jthread releaser([&] { go_on.Notify(); });
  periodic.Stop();
  EXPECT_TRUE(ended);
}

TEST(LifecycleTest, UndoesLastInFirstOut) {
  FakeClock clock(kStart);
  std::vector<std::string> undone;
  Lifecycle lifecycle(clock);
  for (const char* name : {"log", "bus", "services"}) {
    lifecycle.Push(name, [&undone, name] {
      undone.emplace_back(name);
      return absl::OkStatus();
    });
  }
  EXPECT_EQ(lifecycle.Stop(), absl::OkStatus());
  EXPECT_THAT(undone, ElementsAre("services", "bus", "log"));
  EXPECT_EQ(lifecycle.Stop(), absl::OkStatus());
  EXPECT_EQ(undone.size(), 3u);
}

TEST(LifecycleTest, TheDestructorUndoesToo) {
  FakeClock clock(kStart);
  int undone = 0;
  {
    Lifecycle lifecycle(clock);
    lifecycle.Push("log", [&] {
      ++undone;
      return absl::OkStatus();
    });
  }
  EXPECT_EQ(undone, 1);
}

TEST(LifecycleTest, AFailingStepDoesNotStopTheRest) {
  FakeClock clock(kStart);
  int undone = 0;
  Lifecycle lifecycle(clock);
  lifecycle.Push("log", [&] {
    ++undone;
    return absl::OkStatus();
  });
  // A step's own DEADLINE_EXCEEDED is a failure, not a step that still runs.
  lifecycle.Push("bus", [&] { return absl::DeadlineExceededError("peer is slow"); });
  lifecycle.Push("services", [&] { return absl::DataLossError("no snapshot"); });
  EXPECT_EQ(lifecycle.Stop(), absl::DataLossError("stop services: no snapshot"));
  EXPECT_EQ(undone, 1);
}

TEST(LifecycleTest, AStepThatHangsIsGivenUp) {
  FakeClock clock(kStart);
  absl::Notification let_go;
  int undone = 0;
  Lifecycle lifecycle(clock, absl::Seconds(2));
  lifecycle.Push("log", [&] {
    ++undone;
    return absl::InternalError("no matter");
  });
  lifecycle.Push("services", [&] {
    clock.Advance(absl::Seconds(2));
    let_go.WaitForNotification();
    return absl::OkStatus();
  });
  const absl::Status status = lifecycle.Stop();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_NE(status.message().find("services"), absl::string_view::npos);
  EXPECT_EQ(undone, 1);
  let_go.Notify();
}

TEST(LifecycleTest, AllStepsTogetherAreBounded) {
  FakeClock clock(kStart);
  absl::Notification let_go;
  int undone = 0;
  Lifecycle lifecycle(clock, absl::Seconds(3), absl::Seconds(4));
  lifecycle.Push("log", [&] {
    ++undone;
    return absl::OkStatus();
  });
  for (const absl::Duration takes : {absl::Seconds(1), absl::Seconds(3)}) {
    lifecycle.Push("hangs", [&, takes] {
      clock.Advance(takes);
      let_go.WaitForNotification();
      return absl::OkStatus();
    });
  }
  const absl::Time begin = clock.Steady();
  EXPECT_EQ(lifecycle.Stop().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(clock.Steady() - begin, absl::Seconds(4)) << "the second had what the first left";
  EXPECT_EQ(undone, 1) << "what comes after them is done all the same";
  let_go.Notify();
}

TEST(SignalsTest, TheFirstSignalIsWaitedFor) {
  for (const int number : {SIGTERM, SIGINT}) {
    Signals signals;
    std::raise(number);
    EXPECT_EQ(signals.Wait(), number);
  }
}

TEST(SignalsTest, RequestEndsTheWait) {
  Signals signals;
  std::jthread part([&] { signals.Request(); });
  EXPECT_EQ(signals.Wait(), 0);
}

TEST(SignalsDeathTest, TheSecondSignalEndsTheProcessAtOnce) {
  EXPECT_EXIT(
      {
        Signals signals;
        std::raise(SIGTERM);
        signals.Wait();
        std::raise(SIGTERM);
      },
      testing::ExitedWithCode(128 + SIGTERM), "");
}

TEST(SignalsDeathTest, TheFormerHandlersReturn) {
  EXPECT_EXIT(
      {
        { Signals signals; }
        std::raise(SIGTERM);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace vaka::runtime
