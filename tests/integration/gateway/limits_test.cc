#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/gateway/gateway_fixture.h"

namespace vaka::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST_F(GatewayTest, BoundsHeaderAndBody) {
  Start();
  EXPECT_EQ(Post(kCheck, Json(), std::string((1 << 20) + 1, ' ')).status, 413);
  HttpClient chunked(app_->http_address());
  chunked.Send(absl::StrCat("POST ", kCheck,
                            " HTTP/1.1\r\nHost: vaka\r\nContent-Type: application/json\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n200000\r\n",
                            std::string(0x200000, ' '), "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.Read().status, 413);
  auto headers = Json();
  headers["X-Long"] = std::string(20000, 'x');
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 431);
  HttpClient garbage(app_->http_address());
  garbage.Send("this is not HTTP\r\n\r\n");
  EXPECT_EQ(garbage.Read().status, 400);
}

TEST_F(GatewayTest, DoesNotWaitForASlowCaller) {
  options_.http.header_timeout = absl::Milliseconds(100);
  options_.http.body_timeout = absl::Milliseconds(100);
  options_.http.idle_timeout = absl::Milliseconds(100);
  Start();
  HttpClient header(app_->http_address());
  header.Send("POST /x HTTP/1.1\r\nHost:");
  EXPECT_EQ(header.Read().status, 408);
  EXPECT_TRUE(header.AwaitClose());
  HttpClient body(app_->http_address());
  body.Send("POST /x HTTP/1.1\r\nHost: vaka\r\nContent-Length: 10\r\n\r\n12");
  EXPECT_EQ(body.Read().status, 408);
  HttpClient idle(app_->http_address());
  EXPECT_EQ(idle.Ask("GET", "/healthz", {}, "").status, 200);
  EXPECT_TRUE(idle.AwaitClose());
}

TEST_F(GatewayTest, BoundsTheRateOfAnAddress) {
  options_.limits.burst = 3;
  options_.limits.requests_per_second = 0.01;
  Start();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get("/").status, 200);
  const HttpAnswer refused = Post(kCheck, Json(), "{}");
  EXPECT_EQ(refused.status, 429);
  EXPECT_GT(std::stoi(refused.headers.at("retry-after")), 0);
  EXPECT_EQ(json::parse(refused.body)["code"], "resource_exhausted");
  EXPECT_EQ(Get("/healthz").status, 200) << "a probe is never refused";
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_refused_total{reason=\"rate\"} 1"));
}

TEST_F(GatewayTest, BoundsConnections) {
  options_.http.connections_per_address = 2;
  Start();
  HttpClient one(app_->http_address());
  HttpClient two(app_->http_address());
  ASSERT_EQ(one.Ask("GET", "/healthz", {}, "").status, 200);
  ASSERT_EQ(two.Ask("GET", "/healthz", {}, "").status, 200);
  EXPECT_EQ(Get("/healthz").status, 429);
}

TEST_F(GatewayTest, BoundsRequestsUnderWay) {
  options_.limits.in_flight = 1;
  Start();
  const auto waiting = CallThatWaits();
  intake_.called.WaitForNotification();
  const HttpAnswer busy = Post(kCheck, Json(), "{}");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.headers.at("retry-after"), "1");
}

}  // namespace
}  // namespace vaka::gateway
