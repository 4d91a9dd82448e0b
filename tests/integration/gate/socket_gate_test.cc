// SocketGate between a Redis and its client: each way of failing, and that it passes afterwards.

#include "tests/support/gate/socket_gate.h"

#include <gtest/gtest.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "libs/redis/connection.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka {
namespace {

using redis::Connection;
using redis::Reply;

class SocketGateTest : public ::testing::TestWithParam<bool> {
 protected:
  SocketGateTest()
      : gate_(redis_.url(),
              GetParam() ? absl::StrCat("unix://", folder_.path(), "/gate") : "127.0.0.1:0") {}

  absl::StatusOr<std::unique_ptr<Connection>> Open() {
    const std::string url =
        GetParam() ? gate_.address() : absl::StrCat("redis://", gate_.address());
    return Connection::Open(redis::ParseEndpoints(url)->front(), nullptr, clock_, Soon());
  }
  absl::Time Soon() { return clock_.Now() + absl::Seconds(10); }

  SystemClock clock_;
  redis::TempFolder folder_;
  redis::TestRedis redis_;
  SocketGate gate_;
};

TEST_P(SocketGateTest, PassesEveryByteBothWays) {
  auto connection = Open().value();
  const std::string large(3 << 20, 'x');
  ASSERT_TRUE(connection->Call({"SET", "a", large}, Soon()).ok());
  EXPECT_EQ(connection->Call({"GET", "a"}, Soon())->text, large);
  EXPECT_GT(gate_.request_bytes(), large.size());
  EXPECT_GT(gate_.reply_bytes(), large.size());
  EXPECT_EQ(gate_.connections(), 1U);
  EXPECT_EQ(gate_.cuts(), 0U);
}

TEST_P(SocketGateTest, HoldsEverythingBackUntilItPassesAgain) {
  auto connection = Open().value();
  ASSERT_TRUE(connection->Call({"SET", "a", "1"}, Soon()).ok());
  gate_.Stall();
  const uint64_t before = gate_.request_bytes();
  ASSERT_TRUE(connection->Write("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n", Soon()).ok());
  EXPECT_FALSE(Open().value()->Call({"PING"}, clock_.Now() + absl::Milliseconds(100)).ok());
  EXPECT_EQ(gate_.request_bytes(), before);
  EXPECT_EQ(redis_.Do({"GET", "a"}), "1");
  gate_.Pass();
  EXPECT_EQ(connection->Read(Soon())->integer, 2);
}

TEST_P(SocketGateTest, HoldsRepliesBackAlone) {
  auto connection = Open().value();
  gate_.StallReplies();
  ASSERT_TRUE(connection->Write("*2\r\n$4\r\nINCR\r\n$1\r\na\r\n", Soon()).ok());
  ASSERT_TRUE(redis::Eventually([&] { return redis_.Do({"GET", "a"}) == "1"; }));
  EXPECT_EQ(gate_.reply_bytes(), 0U);
  gate_.Pass();
  EXPECT_EQ(connection->Read(Soon())->integer, 1);
}

TEST_P(SocketGateTest, RefusesUntilItPassesAgain) {
  auto connection = Open().value();
  ASSERT_TRUE(connection->Call({"PING"}, Soon()).ok());
  gate_.Refuse();
  EXPECT_FALSE(connection->Call({"PING"}, Soon()).ok());
  auto another = Open();
  EXPECT_FALSE(another.ok() && (*another)->Call({"PING"}, Soon()).ok());
  gate_.Pass();
  EXPECT_TRUE(Open().value()->Call({"PING"}, Soon()).ok());
}

TEST_P(SocketGateTest, CutsWhatThereIsAndTakesNewConnections) {
  auto connection = Open().value();
  ASSERT_TRUE(connection->Call({"PING"}, Soon()).ok());
  gate_.Cut();
  EXPECT_FALSE(connection->Call({"PING"}, Soon()).ok());
  EXPECT_TRUE(Open().value()->Call({"PING"}, Soon()).ok());
  EXPECT_EQ(gate_.cuts(), 1U);
}

TEST_P(SocketGateTest, CutsAReplyInItsMiddleOnce) {
  auto connection = Open().value();
  ASSERT_TRUE(connection->Call({"SET", "a", std::string(1000, 'x')}, Soon()).ok());
  const uint64_t before = gate_.reply_bytes();
  gate_.CutReplyAfter(100);
  EXPECT_FALSE(connection->Call({"GET", "a"}, Soon()).ok());
  EXPECT_EQ(gate_.reply_bytes() - before, 100U);
  EXPECT_EQ(gate_.cuts(), 1U);
  EXPECT_EQ(Open().value()->Call({"GET", "a"}, Soon())->text.size(), 1000U);
}

INSTANTIATE_TEST_SUITE_P(Both, SocketGateTest, ::testing::Bool(),
                         [](const auto& each) { return each.param ? "Unix" : "Tcp"; });

}  // namespace
}  // namespace vaka
