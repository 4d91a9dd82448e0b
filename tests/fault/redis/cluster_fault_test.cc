// A Redis Cluster whose masters have a replica each: a master is killed, or hands over, while
// clients write. With --durability=replicated nothing acknowledged is lost; without it, what the
// replica did not have yet is, and its readers find out.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/fold/follower.h"
#include "libs/log/keys.h"
#include "libs/log/redis_log.h"
#include "libs/redis/slot.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fault/redis/writers.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/redis_server/test_cluster.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fault {
namespace {

using log::Stream;
using redis::Eventually;

class ClusterFaultTest : public ::testing::Test {
 protected:
  std::unique_ptr<log::RedisLog> Open(int replicas) {
    log::RedisLogOptions options;
    options.commit.replicas = replicas;
    options.commit.append_limit = absl::Seconds(5);
    options.commit.round_limit = absl::Seconds(1);
    return log::RedisLog::Open(*client_, options, clock_).value();
  }
  size_t Master() { return cluster_.OwnerOf(kSlot); }

  // Kills the municipality's master, waits until its replica has taken over, and lets the dead one
  // come back as a replica.
  void KillMaster() {
    const size_t master = Master();
    const size_t replica = cluster_.ReplicaOf(master);
    cluster_.Kill(master);
    ASSERT_TRUE(TookOver(replica));
    cluster_.Revive(master);
    cluster_.ReplicaOf(replica);
  }
  // The replica hears nothing more of its master, not even what is on its way to it.
  void CutOff(size_t replica, size_t master) {
    cluster_.Freeze(replica);
    cluster_.Do(master, {"CLIENT", "KILL", "TYPE", "replica"});
  }
  bool TookOver(size_t replica) {
    return Eventually([&] { return cluster_.Do(replica, {"ROLE"}).elements[0].text == "master"; },
                      absl::Minutes(1));
  }

  static const uint16_t kSlot;
  SystemClock clock_;
  redis::TestCluster cluster_{{.replicas = true, .node_timeout = absl::Seconds(1)}};
  const std::unique_ptr<redis::Client> client_ =
      redis::Client::Make({.urls = cluster_.url()}, clock_).value();
};

const uint16_t ClusterFaultTest::kSlot = redis::SlotOf(log::LogKey("0127", Stream::kFacts));

TEST_F(ClusterFaultTest, ReplicatedNothingAcknowledgedIsLostWhenMastersDieHandOverAndSlotsMove) {
  const auto log = Open(1);
  Writers writers({log.get()}, {});
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(writers.AwaitAcknowledged(50));
    KillMaster();
    ASSERT_TRUE(writers.AwaitAcknowledged(50));
    cluster_.FailOverTo(cluster_.ReplicaOf(Master()));
    ASSERT_TRUE(writers.AwaitAcknowledged(50));
    const size_t from = Master();
    size_t to = 0;
    while (to == from || cluster_.Do(to, {"ROLE"}).elements[0].text != "master") ++to;
    cluster_.BeginMove(kSlot, from, to);
    while (cluster_.MoveOneKey(kSlot, from, to)) {
    }
    cluster_.EndMove(kSlot, from, to);
  }
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  writers.Stop();
  const Tally tally = writers.Compare(*log);
  EXPECT_TRUE(tally.ok()) << tally;
  EXPECT_TRUE(writers.strange().empty()) << writers.strange().front();
  ReportCounts({{"masters_killed", 2},
                {"handed_over", 2},
                {"slots_moved", 2},
                {"acknowledged", tally.acknowledged},
                {"lost", tally.lost},
                {"doubled", tally.doubled}},
               Seed());
}

// The worst case: the replica hears nothing for a while, then its master dies.
TEST_F(ClusterFaultTest, ReplicatedNothingIsAcknowledgedThatOnlyADyingMasterHas) {
  const auto log = Open(1);
  Writers writers({log.get()}, {});
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  const size_t master = Master();
  const size_t replica = cluster_.ReplicaOf(master);
  CutOff(replica, master);
  ASSERT_TRUE(Eventually([&] { return log->stats().failed > 8; }, absl::Minutes(1)));
  cluster_.Kill(master);
  cluster_.Thaw(replica);
  ASSERT_TRUE(TookOver(replica));
  cluster_.Revive(master);
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  writers.Stop();
  const Tally tally = writers.Compare(*log);
  EXPECT_TRUE(tally.ok()) << tally;
  ReportCounts({{"acknowledged", tally.acknowledged}, {"lost", tally.lost}}, Seed());
}

TEST_F(ClusterFaultTest, UnreplicatedTheLastFactsCanBeLostAndTheirReadersFindOut) {
  bus::MemoryBus bus;
  log::RedisLogOptions options;
  options.on_committed = bus.publisher();
  const auto log = log::RedisLog::Open(*client_, options, clock_).value();
  Writers writers({log.get()}, {});
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  fold::Follower follower(
      {.name = "toy"}, [](const std::string&) { return std::make_unique<fold::ToyFold>(); }, *log,
      bus.Subscribe(), clock_);
  ASSERT_TRUE(follower.Start().ok());
  const size_t master = Master();
  const size_t replica = cluster_.ReplicaOf(master);
  CutOff(replica, master);
  ASSERT_TRUE(writers.AwaitAcknowledged(50));
  cluster_.Kill(master);
  cluster_.Thaw(replica);
  ASSERT_TRUE(TookOver(replica));
  ASSERT_TRUE(writers.AwaitAcknowledged(200));  // more than were lost: the numbers are used again
  writers.Stop();
  const Tally tally = writers.Compare(*log);
  EXPECT_GT(tally.lost, 0U);
  EXPECT_EQ(tally.doubled + tally.foreign + tally.holes + tally.damaged, 0U) << tally;
  // The follower read facts that are gone; it does not go on as if nothing were.
  EXPECT_TRUE(Eventually([&] { return follower.ProgressOfAll().front().lost; }));
  ReportCounts({{"acknowledged", tally.acknowledged}, {"lost_without_replication", tally.lost}},
               Seed());
}

}  // namespace
}  // namespace vaka::fault
