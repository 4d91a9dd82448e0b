#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/status.h"
#include "libs/redis/client.h"
#include "libs/redis/connection.h"
#include "libs/redis/endpoint.h"
#include "libs/redis/reply.h"
#include "libs/redis/slot.h"
#include "libs/redis/topology.h"

namespace vaka::redis {
namespace {

TEST(SlotTest, HashesTheTagOnly) {
  EXPECT_EQ(SlotOf("123456789"), 12739);  // the check value of the cluster specification
  EXPECT_EQ(SlotOf("{0127}:log"), 15167);
  EXPECT_EQ(SlotOf("{0127}:log"), SlotOf("{0127}:vault"));
  EXPECT_EQ(SlotOf("{0127}:log"), SlotOf("0127"));
  EXPECT_EQ(SlotOf("foo{}{bar}"), SlotOf("foo{}{bar}"));
  EXPECT_NE(SlotOf("foo{}{bar}"), SlotOf("bar"));  // an empty tag is none
  EXPECT_EQ(SlotOf("foo{{bar}}zap"), SlotOf("{bar"));
  EXPECT_NE(SlotOf("a{b"), SlotOf("b"));
}

TEST(EndpointTest, ParsesEveryForm) {
  const std::vector<Endpoint> all =
      ParseEndpoints("unix:///run/r.sock, redis://h:1234,rediss://u:p%40s@[::1]:99,redis://:x@h")
          .value();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].path, "/run/r.sock");
  EXPECT_EQ(all[1].ToString(), "redis://h:1234");
  EXPECT_EQ(all[2].kind, Endpoint::Kind::kTls);
  EXPECT_EQ(all[2].user, "u");
  EXPECT_EQ(all[2].password, "p@s");
  EXPECT_EQ(all[2].ToString(), "rediss://[::1]:99");
  EXPECT_EQ(all[3].user, "");
  EXPECT_EQ(all[3].password, "x");
  EXPECT_EQ(all[3].port, 6379);
}

TEST(EndpointTest, RefusesWithoutQuotingThePassword) {
  for (const char* url :
       {"", "http://h", "unix://relative", "redis://", "redis://secret@h", "redis://:secret@h:port",
        "redis://:secret@h:0", "redis://h,http://secret"}) {
    const absl::Status status = ParseEndpoints(url).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << url;
    EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("secret")));
  }
}

TEST(ClientTest, RefusesAPlainAddressThatIsNotThisMachine) {
  SystemClock clock;
  EXPECT_TRUE(Client::Make({.urls = "redis://127.0.0.1:1"}, clock).ok());
  EXPECT_TRUE(Client::Make({.urls = "rediss://redis.example:1"}, clock).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(
      Client::Make({.urls = "redis://:secret@redis.example:1"}, clock).status()));
  EXPECT_TRUE(Client::Make({.urls = "redis://redis.example:1", .plain_remote = true}, clock).ok());
}

Reply Error(std::string text) {
  Reply reply;
  reply.type = Reply::Type::kError;
  reply.text = std::move(text);
  return reply;
}

TEST(ReplyTest, SaysWhatTheCallerShouldDo) {
  for (const char* text : {"OOM command not allowed", "MISCONF Errors writing to the AOF file",
                           "LOADING Redis is loading", "CLUSTERDOWN Hash slot not served",
                           "TRYAGAIN Multiple keys request", "READONLY You can't write"}) {
    const absl::Status status = ToStatus(Error(text));
    EXPECT_TRUE(absl::IsUnavailable(status)) << text;
    EXPECT_GT(InfoOf(status)->retry_after_ms(), 0U) << text;
  }
  EXPECT_TRUE(absl::IsUnauthenticated(ToStatus(Error("WRONGPASS invalid"))));
  EXPECT_TRUE(absl::IsInternal(ToStatus(Error("WRONGTYPE Operation"))));
  EXPECT_TRUE(ToStatus(Reply()).ok());
  EXPECT_TRUE(IsPassing(Error("TRYAGAIN x")));
  EXPECT_FALSE(IsPassing(Error("TRYAGAINx")));
  EXPECT_FALSE(IsPassing(Error("OOM x")));
}

TEST(ReplyTest, LeavesOutTheArguments) {
  const absl::Status status =
      ToStatus(Error("ERR unknown command 'X', with args beginning with: 'secret' "));
  EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("secret")));
}

TEST(EncodeTest, WritesLengthsNotTerminators) {
  std::string wire;
  Encode({"SET", std::string("a\r\n\0", 4)}, &wire);
  EXPECT_EQ(wire, std::string("*2\r\n$3\r\nSET\r\n$4\r\na\r\n\0\r\n", 23));
}

TEST(TopologyTest, FollowsARedirectionToTheSameHostWhenNoneIsNamed) {
  Endpoint asked;
  asked.kind = Endpoint::Kind::kTls;
  asked.host = "a.example";
  asked.password = "p";
  const Endpoint same = ParseRedirect("MOVED 3999 :6381", asked).value();
  EXPECT_EQ(same.ToString(), "rediss://a.example:6381");
  EXPECT_EQ(same.password, "p");
  EXPECT_EQ(ParseRedirect("ASK 1 ::1:7000", asked).value().ToString(), "rediss://[::1]:7000");
  EXPECT_FALSE(ParseRedirect("MOVED 3999", asked).ok());
  EXPECT_FALSE(ParseRedirect("MOVED 3999 host", asked).ok());
}

}  // namespace
}  // namespace vaka::redis
