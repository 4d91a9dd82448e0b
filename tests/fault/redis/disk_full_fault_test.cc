// The disk under Redis fills up while clients write: they are told so, nothing is half-done, and
// they go on by themselves when there is room.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/fold/follower.h"
#include "libs/log/redis_log.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fault/redis/writers.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/requests.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fault {
namespace {

using redis::Eventually;
using ::testing::HasSubstr;

// A small disk of its own, while the object lives.
class SmallDisk final {
 public:
  explicit SmallDisk(const std::string& size)
      : mounted_(mount("vaka-test", folder_.path().c_str(), "tmpfs", 0,
                       absl::StrCat("size=", size).c_str()) == 0) {
    if (!mounted_) why_ = strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& path() const { return folder_.path(); }
  bool mounted() const { return mounted_; }
  const std::string& why() const { return why_; }

  // Somebody else's file takes all but so much.
  void FillUpTo(uintmax_t left) const {
    std::ofstream(ballast()).close();
    const uintmax_t free = std::filesystem::space(path()).available;
    if (free > left) std::ofstream(ballast()) << std::string(free - left, 'x');
  }
  void MakeRoom() const { std::filesystem::remove(ballast()); }

 private:
  std::string ballast() const { return path() + "/ballast"; }

  redis::TempFolder folder_;
  const bool mounted_;
  std::string why_;
};

TEST(DiskFullTest, WritesAreRefusedWithTheReasonAndGoOnByThemselvesWhenThereIsRoom) {
  const SmallDisk disk("48m");
  if (!disk.mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.why();
  SystemClock clock;
  const auto server = redis::RedisServer::Start({.folder = disk.path() + "/redis"}, clock).value();
  const auto client = redis::Client::Make({.urls = server->url()}, clock).value();
  log::RedisLogOptions options;
  options.commit.append_limit = absl::Seconds(1);
  options.commit.trouble = [&server] { return server->Trouble(); };
  const auto log = log::RedisLog::Open(*client, options, clock).value();
  bus::MemoryBus bus;
  fold::Follower follower(
      {.name = "toy"}, [](const std::string&) { return std::make_unique<fold::ToyFold>(); }, *log,
      bus.Subscribe(), clock);
  Writers writers({log.get()}, {});
  ASSERT_TRUE(writers.AwaitAcknowledged(100));
  ASSERT_TRUE(follower.Start().ok());

  for (int round = 0; round < 2; ++round) {
    disk.FillUpTo(100 * 1024);
    ASSERT_TRUE(Eventually(
        [&] { return writers.last_trouble().message().find("is full") != std::string::npos; },
        absl::Minutes(1)))
        << writers.last_trouble();
    EXPECT_TRUE(absl::IsUnavailable(writers.last_trouble()));
    const uint64_t acknowledged = writers.acknowledged();
    // Redis ends at a write that fails, is started again, and ends again.
    const uint64_t restarts = server->restarts();
    EXPECT_TRUE(Eventually([&] { return server->restarts() > restarts; }, absl::Minutes(1)));
    EXPECT_TRUE(
        follower
            .Read("0127", 0, clock.Steady() + absl::Seconds(5), [](const fold::Fold&, uint64_t) {})
            .ok());
    // What was written is little: it may fit behind a smaller one that did not.
    EXPECT_LT(writers.acknowledged() - acknowledged, 2000U);
    disk.MakeRoom();
    ASSERT_TRUE(writers.AwaitAcknowledged(100));
    EXPECT_EQ(server->Trouble(), "");
  }
  writers.Stop();
  const Tally tally = writers.Compare(*log);
  EXPECT_TRUE(tally.ok()) << tally;
  EXPECT_TRUE(writers.strange().empty()) << writers.strange().front();
  ReportCounts({{"times_full", 2},
                {"redis_restarts", server->restarts()},
                {"acknowledged", tally.acknowledged},
                {"lost", tally.lost},
                {"doubled", tally.doubled}},
               Seed());
}

}  // namespace
}  // namespace vaka::fault
