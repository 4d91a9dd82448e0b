// The bus fails in every way it may; followers stay within two seconds of the log all the same.
#include "libs/bus/forwarder.h"
#include "tests/fault/bus/bus_fixture.h"
#include "tests/support/lossy_relay/lossy_relay.h"

namespace vaka::fault {
namespace {

class LossyBusFaultTest : public BusFaultTest {
 protected:
  bus::LossyRelay relay_{Seed()};
};

TEST_F(LossyBusFaultTest, LostRepeatedAndReordered) {
  Wire(relay_.in(), relay_.out());
  Follow("a");
  Follow("b");
  Append(3, absl::Milliseconds(10));  // three facts in a message
  ASSERT_TRUE(AwaitFacts(30));
  relay_.Set({.lose = 0.3, .repeat = 0.3, .reorder = 0.3});
  ASSERT_TRUE(AwaitFacts(1200));
  Follow("late");  // joins in the storm
  ASSERT_TRUE(AwaitFacts(600));
  Rest();  // the last facts are as likely lost as any
  const bus::LossyRelay::Counts relay = relay_.counts();
  EXPECT_GT(relay.lost, 100u);
  EXPECT_GT(relay.repeated, 100u);
  EXPECT_GT(relay.reordered, 100u);
  EXPECT_GT(ProgressOf("a").gaps, 0u);
  EXPECT_GT(ProgressOf("a").duplicates, 0u);
  ExpectPromiseKept(
      {{"lost", relay.lost}, {"repeated", relay.repeated}, {"reordered", relay.reordered}});
}

TEST_F(LossyBusFaultTest, NothingGetsThroughAndThenEverything) {
  Wire(relay_.in(), relay_.out());
  Follow("a");
  Append(1, absl::Milliseconds(20));
  ASSERT_TRUE(AwaitFacts(30));
  relay_.Set({.lose = 1, .repeat = 0, .reorder = 0});
  ASSERT_TRUE(AwaitFacts(150));
  relay_.Set({.lose = 0, .repeat = 0, .reorder = 0});
  ASSERT_TRUE(AwaitFacts(100));
  Rest();
  EXPECT_GE(relay_.counts().lost, 100u);
  ExpectPromiseKept({{"lost", relay_.counts().lost}});
}

TEST_F(LossyBusFaultTest, ASubscriberIsTooSlow) {
  Wire(relay_.in(), relay_.out());
  Follow("quick");
  Follow("slow", /*queue=*/8, /*slow=*/absl::Microseconds(200));
  Append(/*facts=*/200, absl::Milliseconds(300));
  ASSERT_TRUE(AwaitFacts(4000));
  Rest();
  EXPECT_GT(counters_.Read().overrun, 0u) << "its queue never overflowed";
  EXPECT_GT(ProgressOf("slow").gaps, 0u);
  ExpectPromiseKept({{"overrun", counters_.Read().overrun}});
}

TEST_F(BusFaultTest, TheForwarderIsAwayAndComesBack) {
  const std::string in = absl::StrCat("ipc://", redis_.folder(), "/in");
  const std::string out = absl::StrCat("ipc://", redis_.folder(), "/out");
  const auto made = [&] {
    return std::make_unique<bus::Forwarder>(
        context_,
        bus::Forwarder::Options{
            .publish_addresses = {in}, .subscribe_addresses = {out}, .keys = std::nullopt},
        counters_);
  };
  auto forwarder = made();
  ASSERT_TRUE(forwarder->Start().ok());
  Wire(in, out);
  Follow("a");
  Append(1, absl::Milliseconds(20));
  for (int times = 0; times < 3; ++times) {
    ASSERT_TRUE(AwaitFacts(50));
    forwarder->Stop();
    ASSERT_TRUE(AwaitFacts(50));
    if (times == 1) Follow("late");  // joins while there is no bus
    forwarder = made();
    ASSERT_TRUE(forwarder->Start().ok());
  }
  // It is heard again, not only read.
  const uint64_t heard = counters_.Read().received;
  EXPECT_TRUE(redis::Eventually([&] { return counters_.Read().received > heard + 20; }));
  Rest();
  ExpectPromiseKept({{"away", 3}});
}

}  // namespace
}  // namespace vaka::fault
