// Snapshots on a real Redis.

#include <atomic>
#include <thread>

#include "tests/integration/log/redis_log_fixture.h"

namespace vaka::log {
namespace {

TEST_F(RedisLogTest, KeepsALargeSnapshotInPiecesAndNothingOfTheOneBefore) {
  const auto log = Open();
  std::string large;
  for (int i = 0; large.size() < (size_t{5} << 20); ++i) absl::StrAppend(&large, "incident-", i);
  ASSERT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, 5, large}), absl::OkStatus());
  EXPECT_EQ((*log->LoadSnapshot("0127", "est"))->bytes, large);
  const int head = 7;
  EXPECT_EQ(redis_.Do({"HLEN", "{0127}:snap:est"}), absl::StrCat(head + 6));

  // What a save left that did not come to its end does no harm, and goes with the next.
  redis_.Do({"HSET", "{0127}:snap:est", "s-gone:0", "half", "bytes", "of an earlier program"});
  EXPECT_EQ((*log->LoadSnapshot("0127", "est"))->bytes, large);
  ASSERT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, 6, "small"}), absl::OkStatus());
  EXPECT_EQ((*log->LoadSnapshot("0127", "est"))->bytes, "small");
  EXPECT_EQ(redis_.Do({"HLEN", "{0127}:snap:est"}), absl::StrCat(head + 1));
  ASSERT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, 7, ""}), absl::OkStatus());
  EXPECT_EQ((*log->LoadSnapshot("0127", "est"))->bytes, "");

  // Of an earlier program: it is as if there were none.
  redis_.Do({"DEL", "{0127}:snap:est"});
  redis_.Do({"HSET", "{0127}:snap:est", "schema", "1", "position", "5", "bytes", "s", "c", "1234"});
  EXPECT_FALSE(log->LoadSnapshot("0127", "est").value().has_value());
}

// Two processes of the same fold: pieces that another one dropped are missed before they are named.
TEST_F(RedisLogTest, ASnapshotWhosePiecesAreGoneIsNotTaken) {
  const auto log = Open();
  ASSERT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, 5, "state"}), absl::OkStatus());
  EXPECT_EQ(redis_.Do({"FCALL", "vaka_keep_snapshot_1", "1", "{0127}:snap:est", "other", "2",
                       "position", "9"}),
            "0");
  EXPECT_EQ((*log->LoadSnapshot("0127", "est"))->position, 5U);

  // As if the other's save came before the last call of this one.
  redis_.Do({"FUNCTION", "LOAD", "REPLACE",
             "#!lua name=vaka_snapshots_1\nredis.register_function('vaka_keep_snapshot_1', "
             "function() return 0 end)"});
  EXPECT_TRUE(absl::IsAborted(log->SaveSnapshot("0127", "est", Snapshot{1, 9, "newer"})));
  EXPECT_EQ((*log->LoadSnapshot("0127", "est"))->bytes, "state");
}

// A replica that starts, or `vaka check`, beside a process that saves: nothing is damaged.
TEST_F(RedisLogTest, ASnapshotThatIsSavedWhileItIsReadIsTheOneOrTheOther) {
  const auto log = Open();
  ASSERT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, 1, "state 1"}), absl::OkStatus());
  constexpr int kLoads = 1000;
  std::atomic<int> loads = 0;
  std::jthread saver([&log, &loads] {
    for (uint64_t n = 2; loads < kLoads; ++n) {
      const int before = loads;  // one save a load, or a load would never come to its end
      EXPECT_EQ(log->SaveSnapshot("0127", "est", Snapshot{1, n, absl::StrCat("state ", n)}),
                absl::OkStatus());
      loads.wait(before);
    }
  });
  for (; loads < kLoads; ++loads, loads.notify_one()) {
    const auto loaded = log->LoadSnapshot("0127", "est");
    EXPECT_TRUE(loaded.ok() && loaded->has_value()) << loaded.status();
    if (!loaded.ok() || !loaded->has_value()) continue;
    EXPECT_EQ((*loaded)->bytes, absl::StrCat("state ", (*loaded)->position));
  }
  EXPECT_EQ(log->stats().damaged, 0U);
}

}  // namespace
}  // namespace vaka::log
