// What a follower keeps from one run to the next.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "tests/support/eventually/eventually.h"
#include "tests/unit/fold/follower_fixture.h"

namespace vaka::fold {
namespace {

using log::Stream;

class FollowerSnapshotTest : public FollowerFixture {};

TEST_F(FollowerSnapshotTest, SavesASnapshotAtStopAndStartsFromIt) {
  Append("0127", "a");
  Append("0127", "b");
  std::unique_ptr<Follower> follower = Started();
  const std::string state = StateAt(*follower, "0127", 2);
  follower->Stop();
  const auto snapshot = log_.LoadSnapshot("0127", "toy");
  ASSERT_TRUE(snapshot.ok() && snapshot->has_value());
  EXPECT_EQ((*snapshot)->position, 2);
  EXPECT_EQ((*snapshot)->bytes, state);

  Append("0127", "c");
  std::unique_ptr<Follower> second = New();
  std::atomic<int> applied = 0;
  second->OnApplied([&](const event::v1::Event&) { ++applied; });
  ASSERT_EQ(second->Start(), absl::OkStatus());
  EXPECT_EQ(StateAt(*second, "0127", 3), Refolded("0127"));
  EXPECT_EQ(applied, 1);
}

TEST_F(FollowerSnapshotTest, SavesInAQuietMoment) {
  FollowerOptions options;
  options.snapshot_every = 3;
  std::unique_ptr<Follower> follower = Started(options);
  for (int i = 0; i < 5; ++i) Append("0127", absl::StrCat(i));
  StateAt(*follower, "0127", 5);
  // Who waits in vain is told when the follower looks after the municipality, which is when it
  // would save: the second one is told when it is done with the first.
  for (int i = 0; i < 2; ++i) {
    const absl::Time deadline = clock_.Steady() + absl::Milliseconds(50);
    absl::Notification told;
    follower->When("0127", 99, deadline, [&](const absl::Status& status, const Fold*, uint64_t) {
      EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
      told.Notify();
    });
    clock_.Advance(absl::Milliseconds(50));
    told.WaitForNotification();
  }
  EXPECT_EQ(log_.snapshots_saved(), 0u) << "a tenth of a second after the last fact";
  clock_.Advance(absl::Milliseconds(200));
  ASSERT_TRUE(Eventually([&] { return log_.snapshots_saved() == 1u; }));
  EXPECT_EQ((*log_.LoadSnapshot("0127", "toy"))->position, 5u);
}

TEST_F(FollowerSnapshotTest, SavesAtTwiceAsManyFactsWithoutAQuietMoment) {
  FollowerOptions options;
  options.snapshot_every = 3;
  std::unique_ptr<Follower> follower = Started(options);
  for (int i = 0; i < 6; ++i) Append("0127", absl::StrCat(i));
  ASSERT_TRUE(Eventually([&] { return log_.snapshots_saved() == 1u; }));
  EXPECT_EQ((*log_.LoadSnapshot("0127", "toy"))->position, 6u);
}

// What is written stays in proportion to what was read: a snapshot is the whole state.
TEST_F(FollowerSnapshotTest, ALongLogIsReadWithOneSnapshotAndFollowedWithFew) {
  constexpr int kFacts = 100;
  for (int i = 0; i < kFacts; ++i) Append("0127", absl::StrCat(i));
  FollowerOptions options;
  options.snapshot_every = 3;
  std::unique_ptr<Follower> follower = Started(options);
  ASSERT_TRUE(Eventually([&] { return log_.snapshots_saved() == 1u; }));
  for (int i = 0; i < kFacts; ++i) Append("0127", absl::StrCat(kFacts + i));
  StateAt(*follower, "0127", 2 * kFacts);
  EXPECT_TRUE(Eventually([&] { return log_.snapshots_saved() > 1; }));
  EXPECT_LT(log_.snapshots_saved(), 10u);
}

TEST_F(FollowerSnapshotTest, ReadsTheLogAnewWhenTheSnapshotIsNotUsable) {
  Append("0127", "a");
  const std::string expected = Refolded("0127");
  const auto expect_refolded = [&] {
    const std::unique_ptr<Follower> follower = Started();
    EXPECT_EQ(StateAt(*follower, "0127", 1), expected);
    EXPECT_EQ(ProgressOf(*follower, "0127").ignored_snapshots, 1u);
  };
  const log::Snapshot other_schema{.schema = 2, .position = 1, .bytes = "toy 5\nwrong 1"};
  ASSERT_EQ(log_.SaveSnapshot("0127", "toy", other_schema), absl::OkStatus());
  expect_refolded();

  const log::Snapshot no_state{.schema = 1, .position = 1, .bytes = "nonsense"};
  ASSERT_EQ(log_.SaveSnapshot("0127", "toy", no_state), absl::OkStatus());
  expect_refolded();

  const log::Snapshot wrong{.schema = 1, .position = 1, .bytes = "toy 5\nwrong 1"};
  ASSERT_EQ(log_.SaveSnapshot("0127", "toy", wrong), absl::OkStatus());
  log_.DamageSnapshot("0127", "toy");
  expect_refolded();
}

TEST_F(FollowerSnapshotTest, RefusesToStartOnALogThatLostItsTail) {
  Append("0127", "a");
  Append("0127", "b");
  Started()->Stop();
  log_.LoseTail("0127", Stream::kFacts, 1);
  EXPECT_EQ(New()->Start().code(), absl::StatusCode::kDataLoss);
}

TEST_F(FollowerSnapshotTest, WhatAnotherProcessSavesMeanwhileIsNoLostTail) {
  Append("0127", "a");
  log_.SetBeforeLoadSnapshot([this] {
    const uint64_t head = Append("0127", "b");
    const log::Snapshot newer{.schema = 1, .position = head, .bytes = ToyFold().Serialize()};
    EXPECT_EQ(log_.SaveSnapshot("0127", "toy", newer), absl::OkStatus());
  });
  const std::unique_ptr<Follower> follower = Started();
  EXPECT_EQ(ProgressOf(*follower, "0127").position, 2u);
}

TEST_F(FollowerSnapshotTest, RefusesALostTailAlsoWhenTheSchemaChanged) {
  Append("0127", "a");
  Append("0127", "b");
  Started()->Stop();
  log_.LoseTail("0127", Stream::kFacts, 1);
  FollowerOptions options;
  options.schema = 2;
  EXPECT_EQ(New(options)->Start().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace vaka::fold
