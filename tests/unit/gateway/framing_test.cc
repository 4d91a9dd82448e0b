#include "services/gateway/framing.h"

#include <gtest/gtest.h>

namespace vaka::gateway {
namespace {

int StatusOf(Headers headers, bool http11 = true) {
  HttpRequest request;
  request.headers = std::move(headers);
  return CheckFraming(request, http11).status;
}

TEST(FramingTest, TakesOneWayToSayTheLength) {
  EXPECT_EQ(StatusOf({{"host", "a"}}), 0);
  EXPECT_EQ(StatusOf({{"host", "a"}, {"content-length", "3"}}), 0);
  EXPECT_EQ(StatusOf({{"host", "a"}, {"transfer-encoding", "Chunked"}}), 0);
  EXPECT_EQ(StatusOf({{"content-length", "3"}}, /*http11=*/false), 0);
}

TEST(FramingTest, RefusesWhatAnotherMayReadOtherwise) {
  EXPECT_EQ(StatusOf({{"host", "a"}, {"content-length", "3"}, {"content-length", "3"}}), 400);
  EXPECT_EQ(StatusOf({{"host", "a"}, {"content-length", "3"}, {"transfer-encoding", "chunked"}}),
            400);
  EXPECT_EQ(
      StatusOf(
          {{"host", "a"}, {"transfer-encoding", "identity"}, {"transfer-encoding", "chunked"}}),
      400);
  EXPECT_EQ(StatusOf({{"host", "a"}, {"transfer-encoding", "xchunked"}}), 501);
  EXPECT_EQ(StatusOf({{"host", "a"}, {"transfer-encoding", "gzip, chunked"}}), 501);
  EXPECT_EQ(StatusOf({{"transfer-encoding", "chunked"}}, /*http11=*/false), 400);
  EXPECT_EQ(StatusOf({}), 400);
  EXPECT_EQ(StatusOf({{"host", "a"}, {"host", "b"}}), 400);
}

TEST(FramingTest, JoinsTheLinesOfAHeader) {
  HttpRequest request;
  request.headers = {{"x-forwarded-for", "a, b"}, {"host", "h"}, {"x-forwarded-for", "c"}};
  EXPECT_EQ(Joined(request, "x-forwarded-for"), "a, b,c");
  EXPECT_EQ(Joined(request, "via"), "");
}

}  // namespace
}  // namespace vaka::gateway
