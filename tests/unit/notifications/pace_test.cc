#include "services/notifications/pace.h"

#include <gtest/gtest.h>

#include <stop_token>

#include "tests/support/alert_town/alert_town.h"

namespace vaka::notifications {
namespace {

using Kind = Pace::Turn::Kind;

class PaceTest : public ::testing::Test {
 protected:
  Reception Asked(absl::Duration wait) { return {Reception::Kind::kAsked, wait, "sms: HTTP 429"}; }
  Reception Away() { return {Reception::Kind::kAway, absl::ZeroDuration(), "sms: HTTP 500"}; }

  // The next turn once the clock allows it, and how long that took; moves the clock.
  absl::Duration UntilGo(const Reception& then) {
    const absl::Time begin = clock_.Steady();
    for (;;) {
      std::stop_source stop;
      stop.request_stop();  // asks, and does not wait
      Pace::Turn turn = pace_.Await(stop.get_token());
      if (turn.kind() == Kind::kGo) {
        turn.Took(then);
        return clock_.Steady() - begin;
      }
      clock_.Advance(absl::Milliseconds(10));
    }
  }

  FakeClock clock_{testing::TownNoon()};
  Pace pace_{0, clock_};
};

TEST_F(PaceTest, LetsEverybodyGoAsLongAsAnswersCome) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(UntilGo({}), absl::ZeroDuration());
}

TEST_F(PaceTest, ObeysAWishToWaitAndGoesSlowerAfterwards) {
  UntilGo(Asked(absl::Seconds(3)));
  EXPECT_GE(UntilGo({}), absl::Seconds(3));
  EXPECT_GT(UntilGo({}), absl::ZeroDuration());
  absl::Duration all = absl::ZeroDuration();
  for (int i = 0; i < 40; ++i) all += UntilGo({});
  EXPECT_LT(all, absl::Seconds(5));
  EXPECT_EQ(UntilGo({}), absl::ZeroDuration());  // as fast as before
}

TEST_F(PaceTest, GoesEverSlowerWhileItIsAskedTo) {
  UntilGo(Asked(absl::Seconds(1)));
  const absl::Duration once = UntilGo(Asked(absl::Seconds(1))) + UntilGo({});
  for (int i = 0; i < 5; ++i) UntilGo(Asked(absl::Seconds(1)));
  UntilGo({});
  EXPECT_GT(UntilGo({}) + absl::Seconds(1), once);
}

TEST_F(PaceTest, SaysSoWhenTheWaitIsLong) {
  UntilGo(Asked(absl::Minutes(10)));
  const Pace::Turn turn = pace_.Await({});
  EXPECT_EQ(turn.kind(), Kind::kClosed);
  EXPECT_EQ(turn.wait(), absl::Minutes(10));
  EXPECT_EQ(turn.error(), "sms: HTTP 429");
}

TEST_F(PaceTest, BlocksNobodyForEver) {
  UntilGo(Asked(absl::Hours(100000)));
  EXPECT_LE(pace_.Await({}).wait(), absl::Hours(1));
}

TEST_F(PaceTest, TriesAProviderThatIsAwayWithOneCallAtATime) {
  for (int i = 0; i < 12; ++i) EXPECT_LE(UntilGo(Away()), absl::Seconds(31));
  EXPECT_GT(UntilGo(Away()), absl::Seconds(20));
  clock_.Advance(absl::Minutes(1));
  Pace::Turn one = pace_.Await({});
  ASSERT_EQ(one.kind(), Kind::kGo);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(pace_.Await(stop.get_token()).kind(), Kind::kStopped);
  one.Took({});
  Pace::Turn two = pace_.Await({});
  Pace::Turn three = pace_.Await({});
  EXPECT_EQ(two.kind(), Kind::kGo);
  EXPECT_EQ(three.kind(), Kind::kGo);
}

TEST_F(PaceTest, OneMessagesTroubleHardlySlowsTheOthers) {
  UntilGo(Away());
  EXPECT_LE(UntilGo({}), absl::Milliseconds(300));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(UntilGo({}), absl::ZeroDuration());
}

TEST_F(PaceTest, ATurnThatWasNotUsedIsGivenBack) {
  Pace limited(10, clock_);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(limited.Await({}).kind(), Kind::kGo);
  limited.Await({}).Took({});
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(limited.Await(stop.get_token()).kind(), Kind::kStopped);
}

}  // namespace
}  // namespace vaka::notifications
