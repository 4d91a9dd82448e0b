#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/gateway/gateway_fixture.h"
#include "tests/support/eventually/eventually.h"

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

TEST_F(GatewayTest, ClosesOnWhoTakesNoAnswer) {
  options_.http.write_timeout = absl::Milliseconds(100);
  std::ofstream(dir_ / "assets/long-1.js") << std::string(32 << 20, 'x');
  Start();
  HttpClient stuck(app_->http_address(), /*small_window=*/true);
  stuck.Send("GET /assets/long-1.js HTTP/1.1\r\nHost: vaka\r\n\r\n");
  EXPECT_TRUE(Eventually([&] {
    return Scrape().find("vaka_gateway_refused_total{reason=\"slow_reader\"} 1") !=
           std::string::npos;
  }));
  EXPECT_EQ(Get("/healthz").status, 200);
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

TEST_F(GatewayTest, ReadsNoLongBodyOfAStranger) {
  Start();
  const std::string body(70'000, ' ');
  EXPECT_EQ(Post(kCheck, Json(), body + "{}").status, 200);
  auto headers = Json();
  headers["Authorization"] = "Bearer nonsense";
  EXPECT_EQ(Post(kCheck, headers, body + "{}").status, 401);
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_refused_total{reason=\"token\"} 1"));
  HttpClient chunked(app_->http_address());
  chunked.Send(absl::StrCat("POST ", kCheck,
                            " HTTP/1.1\r\nHost: vaka\r\nContent-Type: application/json\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n11170\r\n",
                            body, "\r\n0\r\n\r\n"));
  EXPECT_EQ(chunked.Read().status, 413);
}

TEST_F(GatewayTest, BoundsTheLongBodiesUnderWay) {
  options_.limits.bodies = 200'000;
  Start();
  const std::string head = absl::StrCat(
      "POST ", kCheck, " HTTP/1.1\r\nHost: vaka\r\nContent-Type: application/json\r\n",
      "Authorization: ", Bearer(options::v1::ROLE_PATROLLER), "\r\nContent-Length: 150000\r\n\r\n");
  auto slow = std::make_unique<HttpClient>(app_->http_address());
  slow->Send(head);
  const std::string other = std::string(100'000, ' ') + "{}";
  ASSERT_TRUE(Eventually([&] { return Post(kCheck, Json(), other).status == 503; }));
  const HttpAnswer full = Post(kCheck, Json(), other);
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.headers.at("retry-after"), "2");
  EXPECT_EQ(Post(kCheck, Json(), "{}").status, 200) << "a short one needs no room";
  slow.reset();
  EXPECT_TRUE(Eventually([&] { return Post(kCheck, Json(), other).status == 200; }));
}

TEST_F(GatewayTest, TakesARequestInOneWayOnly) {
  Start();
  const auto status = [&](const std::string& headers, const std::string& body) {
    HttpClient client(app_->http_address());
    client.Send(
        absl::StrCat("POST ", kCheck, " HTTP/1.1\r\nHost: vaka\r\n", headers, "\r\n", body));
    const int answer = client.Read().status;
    EXPECT_TRUE(client.AwaitClose()) << "what follows is not read as another request";
    return answer;
  };
  const std::string hidden = "GET /healthz HTTP/1.1\r\nHost: vaka\r\n\r\n";
  EXPECT_EQ(status("Content-Length: 0\r\nContent-Length: 41\r\n", hidden), 400);
  EXPECT_EQ(status("Content-Length: 41\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + hidden),
            400);
  EXPECT_EQ(status("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + hidden),
            400);
  EXPECT_EQ(status("Transfer-Encoding: xchunked\r\n", hidden), 501);
  EXPECT_EQ(status("Transfer-Encoding : chunked\r\n", hidden), 400);
  EXPECT_EQ(status("Content-Length: +1\r\n", hidden), 400);
}

TEST_F(GatewayTest, ANewcomerTakesTheIdleConnectionOfWhoHasMost) {
  options_.http.connections = 4;
  Start();
  std::vector<std::unique_ptr<HttpClient>> hoard;
  for (int i = 0; i < 4; ++i) {
    hoard.push_back(std::make_unique<HttpClient>(app_->http_address(), false, "127.0.0.2"));
    ASSERT_EQ(hoard.back()->Ask("GET", "/healthz", {}, "").status, 200);
  }
  EXPECT_EQ(
      HttpClient(app_->http_address(), false, "127.0.0.2").Ask("GET", "/healthz", {}, "").status,
      429)
      << "who has most takes nobody else's";
  EXPECT_EQ(Get("/healthz").status, 200);
  EXPECT_THAT(Scrape(), HasSubstr("vaka_gateway_refused_total{reason=\"connections\"} 2"));
}

TEST_F(GatewayTest, CountsByWhomATrustedProxyNames) {
  options_.limits.burst = 1;
  options_.limits.requests_per_second = 0.01;
  options_.http.proxies = *Peers::Parse({"127.0.0.1"});
  Start();
  const auto get = [&](const std::string& from, const std::string& forwarded) {
    return HttpClient(app_->http_address(), false, from)
        .Ask("GET", "/", {{"X-Forwarded-For", forwarded}}, "")
        .status;
  };
  EXPECT_EQ(get("127.0.0.1", "192.0.2.1"), 200);
  EXPECT_EQ(get("127.0.0.1", "192.0.2.1"), 429);
  EXPECT_EQ(get("127.0.0.1", "192.0.2.2"), 200);
  EXPECT_EQ(get("127.0.0.1", "192.0.2.3, 192.0.2.2"), 429)
      << "what a caller claims is not believed";
  EXPECT_EQ(get("127.0.0.2", "192.0.2.4"), 200);
  EXPECT_EQ(get("127.0.0.2", "192.0.2.5"), 429) << "nor is a stranger";
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
