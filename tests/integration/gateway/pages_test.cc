#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "tests/integration/gateway/gateway_fixture.h"

namespace vaka::gateway {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

TEST_F(GatewayTest, ServesTheDashboard) {
  Start();
  EXPECT_EQ(Get("/").body, "<html>dashboard");
  EXPECT_EQ(Get("/situation?x=1").body, "<html>dashboard");
  EXPECT_THAT(Get("/assets/a-1.js").headers.at("cache-control"), HasSubstr("immutable"));
  EXPECT_EQ(Get("/assets/none.js").status, 404);
  EXPECT_EQ(Get("/../../../../etc/passwd.txt").status, 404);
  EXPECT_EQ(Post("/", {}, "x").status, 405);
  HttpClient head(app_->http_address());
  head.Send("HEAD / HTTP/1.1\r\nHost: vaka\r\n\r\n");
  EXPECT_EQ(head.ReadHead().headers.at("content-length"), "15");
}

// More than the socket takes at once: the rest follows as the reader makes room.
TEST_F(GatewayTest, ALongAnswerComesWholeAndInOrder) {
  std::string numbers;
  for (int i = 0; numbers.size() < size_t{8} << 20; ++i) absl::StrAppend(&numbers, i, " ");
  std::ofstream(dir_ / "assets/long.js") << numbers;
  Start();
  HttpClient reader(app_->http_address());
  const HttpAnswer answer = reader.Ask("GET", "/assets/long.js", {}, "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == numbers) << answer.body.size() << " of " << numbers.size();
  EXPECT_EQ(reader.Ask("GET", "/", {}, "").body, "<html>dashboard");
}

TEST_F(GatewayTest, SignsInAndSaysWhoItIs) {
  Start();
  const std::map<std::string, std::string> type = {{"Content-Type", "application/json"}};
  const std::string session = "/vaka.gateway.v1.SessionService/";
  EXPECT_THAT(Post(session + "DemoRoles", type, "{}").body, HasSubstr("coordinator"));
  const HttpAnswer wrong = Post(session + "SignIn", type, R"({"code":"nonsense"})");
  EXPECT_EQ(wrong.status, 401);
  const HttpAnswer answer = Post(session + "SignIn", type, R"({"code":"coordinator"})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  auto headers = type;
  headers["Authorization"] = "Bearer " + std::string(json::parse(answer.body)["token"]);
  const HttpAnswer me = Post(session + "WhoAmI", headers, "{}");
  EXPECT_EQ(json::parse(me.body)["identity"]["roles"][0], "ROLE_COORDINATOR");
  EXPECT_EQ(Post("/vaka.gateway.v1.DemoService/Phones", type, "{}").status, 404);
}

TEST_F(GatewayTest, PassesASmsReceiptOn) {
  Start();
  const std::string hook = "/hooks/sms/" + tokens_.Sign("sms-hook", "0127/msg-1");
  const std::map<std::string, std::string> form = {
      {"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(Post(hook, form, "id=s1&status=delivered&delivered=now").status, 204);
  EXPECT_EQ(notifications_.receipt.message(), "msg-1");
  EXPECT_EQ(notifications_.receipt.kommun(), "0127");
  EXPECT_EQ(notifications_.receipt.status(), "delivered");
  EXPECT_EQ(Post(hook + "x", form, "id=s1&status=sent").status, 401);
  EXPECT_EQ(Post("/hooks/sms/", form, "id=s1&status=sent").status, 401);
}

}  // namespace
}  // namespace vaka::gateway
