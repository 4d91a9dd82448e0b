// RedisLog and redis::Client on a Redis Cluster of three masters.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/log/keys.h"
#include "libs/log/redis_log.h"
#include "libs/redis/slot.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_cluster.h"

namespace vaka::log {
namespace {

using redis::Eventually;
using redis::TestCluster;

class RedisClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    client_ = NewClient(cluster_.url());
    log_ = RedisLog::Open(*client_, {}, clock_).value();
  }

  std::unique_ptr<redis::Client> NewClient(const std::string& urls) {
    return redis::Client::Make({.urls = urls}, clock_).value();
  }
  absl::Time Soon() { return clock_.Now() + absl::Seconds(20); }

  // Numbers dense from 1, every acknowledged key there exactly once.
  void ExpectEachOnce(const std::string& kommun, int total) {
    const std::vector<Entry> entries = log_->Read(kommun, Stream::kFacts, 0, 1'000'000).value();
    ASSERT_EQ(entries.size(), static_cast<size_t>(total));
    std::set<std::string> facts;
    for (size_t i = 0; i < entries.size(); ++i) {
      ASSERT_EQ(entries[i].seq, i + 1);
      facts.insert(entries[i].bytes);
    }
    EXPECT_EQ(facts.size(), static_cast<size_t>(total));
  }

  SystemClock clock_;
  TestCluster cluster_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<RedisLog> log_;
};

TEST_F(RedisClusterTest, ServesMunicipalitiesOfEveryMaster) {
  std::set<std::string> nodes;
  for (int i = 0; i < 20; ++i) {
    const std::string kommun = absl::StrCat("0", 100 + i);
    ASSERT_EQ(AppendAndWait(*log_, Facts(kommun, "k1", {"a", "b"}))->last, 2U);
    AppendRequest with_key = RestingOn(Facts(kommun, "k2", {"c"}), {"area:a-1"}, 2);
    with_key.keys = {{"p-1", "sealed"}};
    ASSERT_EQ(AppendAndWait(*log_, with_key)->last, 3U);
    EXPECT_TRUE(AppendAndWait(*log_, Facts(kommun, "k1", {"a", "b"}))->repeated);
    EXPECT_TRUE(absl::IsAborted(
        AppendAndWait(*log_, RestingOn(Facts(kommun, "k3", {"d"}), {"area:a-1"}, 2)).status()));
    EXPECT_EQ(log_->Head(kommun, Stream::kFacts).value(), 3U);
    EXPECT_THAT(log_->SubjectKeys(kommun, {"p-1"}).value(), ::testing::ElementsAre("sealed"));
    ASSERT_TRUE(log_->SaveSnapshot(kommun, "est", Snapshot{1, 3, "s"}).ok());
    nodes.insert(client_->NodeOf(LogKey(kommun, Stream::kFacts)));
  }
  EXPECT_EQ(nodes.size(), 3U);
  EXPECT_EQ(log_->Municipalities()->size(), 20U);
  // It knew the map; nothing was sent to the wrong node.
  EXPECT_EQ(client_->stats().redirects, 0U);
}

TEST_F(RedisClusterTest, FindsTheClusterFromOneSeedAndWithOneSeedDead) {
  const auto from_one = NewClient(cluster_.url(2));
  EXPECT_TRUE(from_one->Ping(Soon()).ok());
  EXPECT_EQ(from_one->EachMaster({"PING"}, Soon())->size(), 3U);
  const auto past_dead = NewClient(absl::StrCat("redis://127.0.0.1:1,", cluster_.url(0)));
  EXPECT_TRUE(past_dead->Command("{0127}:x", {"SET", "{0127}:x", "1"}, Soon()).ok());
}

TEST_F(RedisClusterTest, AnswersABatchOfManySlotsInItsOrder) {
  std::vector<redis::Request> requests;
  for (int i = 0; i < 300; ++i) {
    const std::string key = absl::StrCat("key", i);
    requests.push_back({key, {"SET", key, absl::StrCat(i)}});
    requests.push_back({key, {"GET", key}});
  }
  const auto replies = client_->Batch(requests, {}, Soon());
  for (size_t i = 0; i < 300; ++i) {
    EXPECT_EQ(replies[2 * i + 1].value().text, absl::StrCat(i));
  }
}

TEST_F(RedisClusterTest, FollowsWhenASlotHasMoved) {
  const std::string kommun = "0127";
  const uint16_t slot = redis::SlotOf(LogKey(kommun, Stream::kFacts));
  const size_t from = cluster_.OwnerOf(slot);
  const size_t to = (from + 1) % cluster_.size();
  ASSERT_TRUE(AppendAndWait(*log_, Facts(kommun, "k1", {"a"})).ok());
  cluster_.Do(to, {"FUNCTION", "FLUSH"});  // as on a master that joined later
  cluster_.BeginMove(slot, from, to);
  while (cluster_.MoveOneKey(slot, from, to)) {
  }
  // Still the old owner's by name: ASK, and the function is loaded on the way.
  EXPECT_EQ(AppendAndWait(*log_, Facts(kommun, "k2", {"b"}))->first, 2U);
  EXPECT_EQ(log_->Head(kommun, Stream::kFacts).value(), 2U);
  const uint64_t asked = client_->stats().redirects;
  EXPECT_GT(asked, 0U);
  cluster_.EndMove(slot, from, to);
  EXPECT_EQ(AppendAndWait(*log_, Facts(kommun, "k3", {"c"}))->first, 3U);
  EXPECT_TRUE(AppendAndWait(*log_, Facts(kommun, "k1", {"a"}))->repeated);
  EXPECT_EQ(client_->NodeOf(LogKey(kommun, Stream::kFacts)), cluster_.url(to));
}

TEST_F(RedisClusterTest, AppendsWhileItsSlotMovesBackAndForth) {
  const std::string moving = "0127";
  const uint16_t slot = redis::SlotOf(LogKey(moving, Stream::kFacts));
  // Another municipality on the same node, whose slot stays.
  size_t from = cluster_.OwnerOf(slot);
  std::string staying;
  for (int i = 1000; staying.empty(); ++i) {
    const uint16_t other = redis::SlotOf(LogKey(absl::StrCat(i), Stream::kFacts));
    if (other != slot && cluster_.OwnerOf(other) == from) staying = absl::StrCat(i);
  }
  std::atomic<bool> stop{false};
  std::atomic<int> appended[2] = {0, 0};
  const std::string kommuner[2] = {moving, staying};
  std::vector<std::jthread> threads;
  for (size_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      const size_t which = t % 2;
      for (int i = 0; !stop; ++i) {
        const std::string key = absl::StrCat("t", t, "-", i);
        const auto answer = AppendAndWait(
            *log_, RestingOn(Facts(kommuner[which], key, {key}), {absl::StrCat("x:", key)}, 0));
        ASSERT_TRUE(answer.ok()) << answer.status();
        ++appended[which];
      }
    });
  }
  for (int round = 0; round < 4; ++round) {
    const size_t to = (from + 1) % cluster_.size();
    const int before = appended[0];
    ASSERT_TRUE(Eventually([&] { return appended[0] > before + 50; }));
    cluster_.BeginMove(slot, from, to);
    // Half of the keys here, half there: the moving one waits, the other goes on.
    ASSERT_TRUE(cluster_.MoveOneKey(slot, from, to));
    const int others = appended[1];
    ASSERT_TRUE(Eventually([&] { return appended[1] > others + 50; }));
    while (cluster_.MoveOneKey(slot, from, to)) {
    }
    cluster_.EndMove(slot, from, to);
    from = to;
  }
  const int before = appended[0];
  ASSERT_TRUE(Eventually([&] { return appended[0] > before + 50; }));
  stop = true;
  threads.clear();
  ExpectEachOnce(moving, appended[0]);
  ExpectEachOnce(staying, appended[1]);
}

}  // namespace
}  // namespace vaka::log
