// Ten times what the system sustains, for seconds; overload_minute_fault_test is the same for a
// minute, with abuse beside it.
#include <gtest/gtest.h>

#include "tests/fault/gateway/overload.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

TEST(OverloadFaultTest, TenTimesTheSustainedIsRefusedEarlyAndTheRestIsAnsweredInTime) {
  SystemClock clock;
  History history(clock);
  House house(WithProcessorsOfItsOwn(), history);
  const absl::Status started = house.Start();
  ASSERT_TRUE(started.ok()) << started;
  Overload(house, 8);
  CloseAndJudge(house, Seed(), "verdict");
}

}  // namespace
}  // namespace vaka::fault
