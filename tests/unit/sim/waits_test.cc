#include "libs/sim/waits.h"

#include <gtest/gtest.h>

namespace vaka::sim {
namespace {

TEST(WaitsTest, QuantilesAreAtMostAFewPercentTooLong) {
  Waits waits;
  for (int i = 1; i <= 1000; ++i) waits.Add(absl::Milliseconds(i));
  for (const double q : {0.01, 0.5, 0.9, 0.99}) {
    const double exact = 1000 * q;
    EXPECT_GE(absl::ToDoubleMilliseconds(waits.Quantile(q)), exact) << q;
    EXPECT_LE(absl::ToDoubleMilliseconds(waits.Quantile(q)), exact * 1.05) << q;
  }
  EXPECT_EQ(waits.Quantile(1), absl::Seconds(1));
  EXPECT_EQ(waits.longest(), absl::Seconds(1));
  EXPECT_EQ(waits.mean(), absl::Microseconds(500500));
}

TEST(WaitsTest, NoWaitIsNoWait) {
  Waits waits;
  EXPECT_EQ(waits.Quantile(0.99), absl::ZeroDuration()) << "nobody came";
  for (int i = 0; i < 98; ++i) waits.Add(absl::ZeroDuration());
  waits.Add(absl::Nanoseconds(1));
  waits.Add(absl::Hours(1000000));
  EXPECT_EQ(waits.Quantile(0.98), absl::ZeroDuration());
  EXPECT_GT(waits.Quantile(0.99), absl::ZeroDuration());
  EXPECT_EQ(waits.Quantile(1), absl::Hours(1000000)) << "beyond the last class";
}

}  // namespace
}  // namespace vaka::sim
