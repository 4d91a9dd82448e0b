#include "libs/rpc/admission.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace vaka::rpc {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  int EnterAll() {
    int entered = 0;
    while (admission_.Enter()) ++entered;
    return entered;
  }
  void DropAll(int entered) {
    for (; entered > 0; --entered) admission_.Drop();
  }

  // So many a second are answered, each after `took`, for a while; more than that want in, or not.
  void Answer(int per_second, absl::Duration took, bool crowded,
              absl::Duration for_long = absl::Seconds(10)) {
    const absl::Time end = now_ + for_long;
    while (now_ < end) {
      now_ += absl::Seconds(1) / per_second;
      ASSERT_TRUE(admission_.Enter());
      if (crowded) DropAll(EnterAll());
      admission_.Leave(now_, took);
    }
  }

  absl::Time now_ = absl::FromUnixSeconds(1'800'000'000);
  Admission admission_{{.few = 3, .burst = 30, .most = 200}, now_};
};

TEST_F(AdmissionTest, LetsInABurstWhileNobodyIsRefused) {
  Answer(10, absl::Milliseconds(5), /*crowded=*/false);
  EXPECT_EQ(EnterAll(), 30);
  admission_.Leave(now_, absl::Milliseconds(5));
  EXPECT_EQ(EnterAll(), 1);
}

TEST_F(AdmissionTest, LetsInWhatIsAnsweredInTime) {
  Answer(1000, absl::Milliseconds(2), /*crowded=*/false);
  Answer(4000, absl::Milliseconds(20), /*crowded=*/true);
  EXPECT_NEAR(admission_.bound(), 80, 4) << "within the least time";
  Answer(500, absl::Milliseconds(20), /*crowded=*/true);
  EXPECT_NEAR(admission_.bound(), 10, 1) << "it follows when the work becomes slower";
  Answer(10, absl::Milliseconds(20), /*crowded=*/true);
  EXPECT_EQ(admission_.bound(), 3);
  Answer(10, absl::Milliseconds(20), /*crowded=*/false, absl::Seconds(1));
  EXPECT_EQ(admission_.bound(), 30) << "nobody was refused for a while";
}

TEST_F(AdmissionTest, ABurstCutShortIsNoStorm) {
  for (int i = 0; i < 10; ++i) {
    Answer(400, absl::Milliseconds(5), /*crowded=*/false, absl::Milliseconds(240));
    DropAll(EnterAll());  // and one is refused
    Answer(400, absl::Milliseconds(5), /*crowded=*/false, absl::Milliseconds(20));
    EXPECT_EQ(admission_.bound(), 30);
  }
}

TEST_F(AdmissionTest, NeverLetsInMoreThanTheMost) {
  Answer(50'000, absl::Milliseconds(2), /*crowded=*/true, absl::Seconds(1));
  EXPECT_EQ(EnterAll(), 200);
}

// A machine on which an answer takes longer than the least time must not be held at the few that
// were let in during a storm: it answers more when more are let in, since appends share a batch.
TEST_F(AdmissionTest, ASlowMachineFindsItsWayBackAfterAStorm) {
  constexpr absl::Duration kTook = absl::Milliseconds(30);
  Answer(600, kTook, /*crowded=*/false);
  Answer(40, absl::Milliseconds(90), /*crowded=*/true);
  EXPECT_EQ(admission_.bound(), 3);
  for (int i = 0; i < 20; ++i) {
    // What it answers is what it lets in.
    const int answered = std::min(600, static_cast<int>(admission_.bound() / 0.03));
    Answer(answered, kTook, /*crowded=*/answered < 600, absl::Milliseconds(300));
  }
  EXPECT_GE(admission_.bound(), 30);
}

TEST_F(AdmissionTest, WhatIsTurnedAwayAtTheDoorSaysNothingOfTheWork) {
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(admission_.Enter());
    admission_.Drop();
  }
  Answer(100, absl::Milliseconds(2), /*crowded=*/true);
  EXPECT_EQ(admission_.bound(), 3);
}

}  // namespace
}  // namespace vaka::rpc
