#include <gtest/gtest.h>

#include <atomic>
#include <boost/crc.hpp>
#include <set>
#include <thread>

#include "libs/base/bell.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "tests/support/eventually/eventually.h"

namespace vaka {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

TEST(FakeClockTest, StandsStillUntilItIsMoved) {
  FakeClock clock(kStart);
  EXPECT_EQ(clock.Now(), kStart);
  clock.Advance(absl::Seconds(5));
  EXPECT_EQ(clock.Now(), kStart + absl::Seconds(5));
  clock.Set(kStart);
  EXPECT_EQ(clock.Now(), kStart);
}

TEST(FakeClockTest, WakesWaitersWhenTheirTimeComes) {
  FakeClock clock(kStart);
  std::atomic<int> woken = 0;
  std::jthread early([&](std::stop_token stop) {
    EXPECT_TRUE(clock.SleepUntil(kStart + absl::Seconds(1), stop));
    ++woken;
  });
  std::jthread late([&](std::stop_token stop) {
    EXPECT_FALSE(clock.SleepUntil(kStart + absl::Seconds(3), stop));
    ++woken;
  });
  clock.Advance(absl::Seconds(2));
  EXPECT_TRUE(Eventually([&] { return woken == 1; }));
  late.request_stop();
  EXPECT_TRUE(Eventually([&] { return woken == 2; }));
}

TEST(FakeClockTest, AStepMovesTheTimeOfDayAlone) {
  FakeClock clock(kStart);
  clock.Step(absl::Hours(1));
  EXPECT_EQ(clock.Now(), kStart + absl::Hours(1));
  EXPECT_EQ(clock.Steady(), kStart);
  clock.Advance(absl::Seconds(5));
  clock.Step(-absl::Hours(2));
  EXPECT_EQ(clock.Now(), kStart - absl::Hours(1) + absl::Seconds(5));
  EXPECT_EQ(clock.Steady(), kStart + absl::Seconds(5));
}

TEST(ClocksTest, SteadyGoesOnAndIsTheSameForAll) {
  const SystemClock one;
  const SystemClock other;
  absl::Time last = one.Steady();
  for (int i = 0; i < 1000; ++i) {
    const absl::Time next = i % 2 == 0 ? other.Steady() : one.Steady();
    ASSERT_GE(next, last);
    last = next;
  }
}

TEST(BellTest, WakesWhoWaitsAndWhoHasNotHeardYet) {
  Bell bell;
  bell.Ring();
  EXPECT_EQ(bell.Await(0, absl::Hours(1)), 1u);  // rung before
  EXPECT_EQ(bell.Await(1, absl::Milliseconds(1)), 1u);
  std::atomic<int> woken = 0;
  std::jthread one([&] { woken += static_cast<int>(bell.Await(1, absl::Hours(1))) - 1; });
  std::jthread two([&] { woken += static_cast<int>(bell.Await(1, absl::Hours(1))) - 1; });
  bell.Ring();
  EXPECT_TRUE(Eventually([&] { return woken == 2; }));
}

TEST(ClocksTest, ATimeThatHasPassedIsNotWaitedFor) {
  FakeClock fake(kStart);
  SystemClock system;
  EXPECT_TRUE(fake.SleepUntil(kStart, {}));
  EXPECT_TRUE(system.SleepUntil(system.Now() - absl::Seconds(1), {}));
}

TEST(ClocksTest, StopEndsAWaitOnTheMachinesClock) {
  SystemClock clock;
  std::atomic<bool> stopped = false;
  std::jthread waiter([&](std::stop_token stop) {
    stopped = !clock.SleepUntil(clock.Now() + absl::Hours(1), std::move(stop));
  });
  waiter.request_stop();
  EXPECT_TRUE(Eventually([&] { return stopped.load(); }));
}

TEST(IdsTest, ARepeatedCommandMakesTheSameIdAndNoOtherDoes) {
  EXPECT_EQ(DeriveId("inc", "0127", "k1"), DeriveId("inc", "0127", "k1"));
  const std::set<std::string> ids = {DeriveId("inc", "0127", "k1"),
                                     DeriveId("inc", "0127", "k1", 1),
                                     DeriveId("inc", "0127", "k2"),
                                     DeriveId("inc", "0180", "k1"),
                                     DeriveId("shift", "0127", "k1"),
                                     RandomId("inc"),
                                     RandomId("inc")};
  EXPECT_EQ(ids.size(), 7u);
  for (const std::string& id : ids) EXPECT_EQ(id.size(), id.find('-') + 17) << id;
}

TEST(IdsTest, Crc32cIsCastagnolis) {
  EXPECT_EQ(Crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(Crc32c(""), 0u);
}

TEST(IdsTest, Crc32cIsTheSameByHardwareAndByTable) {
  std::string bytes;
  for (int length = 0; length < 200; ++length) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> table;
    table.process_bytes(bytes.data(), bytes.size());
    ASSERT_EQ(Crc32c(bytes), table.checksum()) << length;
    bytes.push_back(static_cast<char>(length * 37));
  }
}

TEST(IdsTest, Base64UrlComesBack) {
  const std::string bytes("\xff\xfe\x00\x01?>", 6);
  std::string back;
  ASSERT_TRUE(FromBase64Url(Base64Url(bytes), &back));
  EXPECT_EQ(back, bytes);
  EXPECT_EQ(Base64Url(bytes).find_first_of("+/="), std::string::npos);
  EXPECT_FALSE(FromBase64Url("???", &back));
}

TEST(TimeTest, TimestampsComeBackAlsoBefore1970) {
  for (const absl::Time time : {kStart, kStart + absl::Nanoseconds(123'456'789),
                                absl::UnixEpoch() - absl::Nanoseconds(1)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_GE(ToProto(time).nanos(), 0);
  }
}

TEST(StatusTest, AFieldErrorNamesTheField) {
  const absl::Status status = FieldError("incident.severity", "is 7, allowed is 1 to 5");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "incident.severity: is 7, allowed is 1 to 5");
  ASSERT_TRUE(InfoOf(status).has_value());
  EXPECT_FALSE(InfoOf(absl::NotFoundError("x")).has_value());
}

}  // namespace
}  // namespace vaka
