#include "libs/rpc/admission.h"

#include <gtest/gtest.h>

namespace vaka::rpc {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  int EnterAll() {
    int entered = 0;
    while (admission_.Enter()) ++entered;
    return entered;
  }

  // So many a second are answered, for a while, and more than that want in, or not.
  void Answer(int per_second, bool crowded, absl::Duration for_long = absl::Seconds(5)) {
    const absl::Time end = now_ + for_long;
    while (now_ < end) {
      now_ += absl::Seconds(1) / per_second;
      ASSERT_TRUE(admission_.Enter());
      if (crowded) {
        for (int more = EnterAll(); more > 0; --more) admission_.Drop();
      }
      admission_.Leave(now_);
    }
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Admission admission_{{.few = 3, .burst = 30, .most = 200, .target = absl::Milliseconds(20)},
                       now_};
};

TEST_F(AdmissionTest, LetsInABurstWhileNobodyIsRefused) {
  Answer(10, /*crowded=*/false);
  EXPECT_EQ(EnterAll(), 30);
  admission_.Leave(now_);
  EXPECT_EQ(EnterAll(), 1);
}

TEST_F(AdmissionTest, LetsInWhatIsAnsweredWithinTheTarget) {
  Answer(4000, /*crowded=*/true);
  EXPECT_NEAR(admission_.bound(), 80, 4);
  Answer(500, /*crowded=*/true);
  EXPECT_NEAR(admission_.bound(), 10, 1) << "it follows when the work becomes slower";
  Answer(10, /*crowded=*/true);
  EXPECT_EQ(admission_.bound(), 3);
  Answer(10, /*crowded=*/false, absl::Seconds(1));
  EXPECT_EQ(admission_.bound(), 30) << "nobody was refused for a while";
}

TEST_F(AdmissionTest, NeverLetsInMoreThanTheMost) {
  Answer(50'000, /*crowded=*/true);
  EXPECT_EQ(EnterAll(), 200);
}

TEST_F(AdmissionTest, WhatIsTurnedAwayAtTheDoorSaysNothingOfTheWork) {
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(admission_.Enter());
    admission_.Drop();
  }
  Answer(100, /*crowded=*/true);
  EXPECT_EQ(admission_.bound(), 3);
}

}  // namespace
}  // namespace vaka::rpc
