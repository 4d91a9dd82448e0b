#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/base/status.h"
#include "tests/integration/gateway/gateway_fixture.h"

namespace vaka::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST_F(GatewayTest, CarriesAUnaryCallInJson) {
  Start();
  const HttpAnswer answer = Post(kCheck, Json(), R"({"text":"hej"})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.at("content-type"), "application/json");
  EXPECT_EQ(json::parse(answer.body)["hits"][0]["end"], 3);
  EXPECT_EQ(answer.headers.at("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.headers.at("content-security-policy"), HasSubstr("worker-src 'self' blob:"));
  EXPECT_NE(answer.headers.at("x-request-id"), "");
}

TEST_F(GatewayTest, CarriesAUnaryCallInBinary) {
  Start();
  intake::v1::CheckRequest request;
  request.set_text("hej");
  auto headers = Json();
  headers["Content-Type"] = "application/proto";
  const HttpAnswer answer = Post(kCheck, headers, request.SerializeAsString());
  ASSERT_EQ(answer.status, 200);
  intake::v1::CheckResponse response;
  ASSERT_TRUE(response.ParseFromString(answer.body));
  EXPECT_EQ(response.hits(0).end(), 3u);
}

TEST_F(GatewayTest, AnswersSeveralRequestsOnOneConnection) {
  Start();
  HttpClient client(app_->http_address());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(client.Ask("POST", kCheck, Json(), R"({"text":"hej"})").status, 200);
    EXPECT_EQ(client.Ask("GET", "/healthz", {}, "").status, 200);
  }
}

TEST_F(GatewayTest, CarriesEveryErrorCodeWithItsDetail) {
  Start();
  for (int code = 1; code <= 16; ++code) {
    options::v1::ErrorInfo info;
    info.set_field("text");
    intake_.fails_with =
        WithInfo(absl::Status(static_cast<absl::StatusCode>(code), "because"), info);
    const HttpAnswer answer = Post(kCheck, Json(), "{}");
    const json error = json::parse(answer.body);
    const HttpResponse expected = ErrorResponse(intake_.fails_with);
    EXPECT_EQ(answer.status, expected.status);
    EXPECT_EQ(error, json::parse(*expected.body));
  }
}

TEST_F(GatewayTest, SaysWhatIsWrongWithARequest) {
  Start();
  EXPECT_EQ(Post("/vaka.intake.v1.IntakeService/Chekc", Json(), "{}").status, 404);
  EXPECT_EQ(Post("/vaka.nothing.v1.No/Such", Json(), "{}").status, 404);
  const HttpAnswer get = Get(kCheck);
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at("allow"), "POST");
  auto headers = Json();
  headers["Content-Type"] = "text/plain";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 415);
  headers["Content-Type"] = "application/connect+json";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 415);
  headers = Json();
  headers["Connect-Protocol-Version"] = "2";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 400);
  headers = Json();
  headers["Content-Encoding"] = "gzip";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 501);
  headers = Json();
  headers["Connect-Timeout-Ms"] = "soon";
  EXPECT_EQ(Post(kCheck, headers, "{}").status, 400);
  EXPECT_EQ(Post("/vaka.est.v1.EstService/ListWeeks", Json(), "{}").status, 503);
}

TEST_F(GatewayTest, RefusesFieldsItDoesNotKnow) {
  Start();
  const HttpAnswer answer = Post(kCheck, Json(), R"({"txet":"hej"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json::parse(answer.body)["code"], "invalid_argument");
  EXPECT_THAT(answer.body, HasSubstr("txet"));
}

TEST_F(GatewayTest, ForwardsTheTokenAndSurvivesAStrangeOne) {
  Start();
  EXPECT_EQ(Post(kCheck, {{"Content-Type", "application/json"}}, "{}").status, 401);
  EXPECT_EQ(Post(kCheck,
                 {{"Content-Type", "application/json"}, {"Authorization", "Bearer \xc3\xa5"}}, "{}")
                .status,
            401);
  EXPECT_EQ(Post(kCheck, Json(), "{}").status, 200);
}

TEST_F(GatewayTest, KeepsTheCallersTimeout) {
  Start();
  auto headers = Json();
  headers["Connect-Timeout-Ms"] = "50";
  const HttpAnswer answer = Post("/vaka.intake.v1.IntakeService/List", headers, "{}");
  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(json::parse(answer.body)["code"], "deadline_exceeded");
}

TEST_F(GatewayTest, CancelsTheCallOfACallerThatHangsUp) {
  Start();
  auto client = CallThatWaits();
  intake_.called.WaitForNotification();
  client.reset();
  EXPECT_TRUE(intake_.cancelled.WaitForNotificationWithTimeout(absl::Seconds(5)));
}

}  // namespace
}  // namespace vaka::gateway
