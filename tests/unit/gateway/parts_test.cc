#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/gateway/config_fold.h"
#include "services/gateway/rate_limit.h"
#include "services/gateway/sign_in.h"
#include "services/gateway/sms_hook.h"
#include "services/gateway/static_files.h"

namespace vaka::gateway {
namespace {

namespace fs = std::filesystem;
const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 11, 20, 8), absl::UTCTimeZone());

TEST(RateLimitTest, GivesABurstAndThenOneAtATime) {
  RateLimit limit(2, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limit.Take("a", kNow), absl::ZeroDuration());
  EXPECT_EQ(limit.Take("a", kNow), absl::Milliseconds(500));
  EXPECT_EQ(limit.Take("b", kNow), absl::ZeroDuration());
  EXPECT_EQ(limit.Take("a", kNow + absl::Milliseconds(500)), absl::ZeroDuration());
  EXPECT_GT(limit.Take("a", kNow + absl::Milliseconds(500)), absl::ZeroDuration());
}

TEST(RateLimitTest, ForgetsTheQuietWhenThereAreTooMany) {
  RateLimit limit(1, 1, 2);
  limit.Take("busy", kNow);
  limit.Take("quiet", kNow - absl::Hours(1));
  limit.Take("third", kNow);
  EXPECT_GT(limit.Take("busy", kNow), absl::ZeroDuration());
}

class StaticFilesTest : public ::testing::Test {
 protected:
  StaticFilesTest() {
    fs::create_directories(dir_ / "assets");
    Put("index.html", "<html>");
    Put("assets/app-Bx3f.js", "let x;");
    Put("assets/app-Bx3f.js.gz", "gzip!");
    std::ofstream(dir_.string() + "-secret") << "secret";
  }
  ~StaticFilesTest() override {
    fs::remove_all(dir_);
    fs::remove(dir_.string() + "-secret");
  }

  void Put(const std::string& name, const std::string& text) { std::ofstream(dir_ / name) << text; }

  static std::string HeaderOf(const HttpResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return "";
  }

  HttpResponse Get(const std::string& path, Headers headers = {}) {
    HttpRequest request;
    request.path = path;
    request.headers = std::move(headers);
    return StaticFiles::Load(dir_.string())->Get(request);
  }

  const fs::path dir_ = fs::temp_directory_path() / RandomId("vaka-static");
};

TEST_F(StaticFilesTest, ServesAFileWithItsTypeAndTag) {
  const HttpResponse response = Get("/index.html");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(*response.body, "<html>");
  EXPECT_EQ(HeaderOf(response, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(HeaderOf(response, "Cache-Control"), "no-cache");
  const HttpResponse again = Get("/index.html", {{"if-none-match", HeaderOf(response, "ETag")}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, nullptr);
}

TEST_F(StaticFilesTest, KeepsHashedAssetsForEverAndGivesThePackedForm) {
  const HttpResponse plain = Get("/assets/app-Bx3f.js");
  EXPECT_EQ(*plain.body, "let x;");
  EXPECT_THAT(HeaderOf(plain, "Cache-Control"), ::testing::HasSubstr("immutable"));
  EXPECT_EQ(HeaderOf(plain, "Vary"), "Accept-Encoding");
  const HttpResponse packed = Get("/assets/app-Bx3f.js", {{"accept-encoding", "br, gzip;q=0.5"}});
  EXPECT_EQ(*packed.body, "gzip!");
  EXPECT_EQ(HeaderOf(packed, "Content-Encoding"), "gzip");
  EXPECT_EQ(HeaderOf(packed, "Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_NE(HeaderOf(packed, "ETag"), HeaderOf(plain, "ETag"));
  EXPECT_EQ(*Get("/assets/app-Bx3f.js", {{"accept-encoding", "gzip;q=0"}}).body, "let x;");
}

TEST_F(StaticFilesTest, GivesThePageForItsOwnRoutesAnd404ForMissingFiles) {
  EXPECT_EQ(*Get("/").body, "<html>");
  EXPECT_EQ(*Get("/areas/a-1").body, "<html>");
  EXPECT_EQ(Get("/assets/gone-123.js").status, 404);
  EXPECT_EQ(Get("/assets/app-Bx3f.js.gz").status, 404);
}

TEST_F(StaticFilesTest, NeverLeavesItsFolder) {
  const std::string secret = dir_.filename().string() + "-secret";
  for (const std::string& path : std::vector<std::string>{
           "/../" + secret, "/assets/../../" + secret, "/%2e%2e/" + secret, "/..%2f" + secret,
           "//etc/passwd", "/assets/..\\..\\" + secret, "/./../" + secret}) {
    const HttpResponse response = Get(path);
    EXPECT_TRUE(response.body == nullptr || *response.body != "secret") << path;
  }
}

TEST_F(StaticFilesTest, SaysSoWhereThereIsNoDashboard) {
  HttpRequest request;
  request.path = "/";
  const auto files = StaticFiles::Load((dir_ / "none").string());
  ASSERT_TRUE(files.ok());
  EXPECT_EQ(files->Get(request).status, 200);
}

class SignInTest : public ::testing::Test {
 protected:
  SignInTest() : SignInTest(rpc::Tokens::NewKeys()) {}

  absl::StatusOr<v1::SignInResponse> Try(const std::string& code, const std::string& client = "a",
                                         absl::Time now = kNow, const std::string& kommun = "") {
    v1::SignInRequest request;
    request.set_code(code);
    request.set_kommun(kommun);
    return desk_.Exchange(request, client, now);
  }

  std::string OneTime() const {
    return SignInDesk::MakeCode(tokens_, person_, kNow + absl::Minutes(10));
  }

 private:
  explicit SignInTest(const std::pair<std::string, std::string>& keys)
      : tokens_(keys.first, keys.second) {}

  static v1::Identity Patroller() {
    v1::Identity identity;
    identity.set_kommun("0127");
    identity.set_person("per-1");
    identity.add_roles(options::v1::ROLE_PATROLLER);
    return identity;
  }
  static std::vector<v1::DemoRole> Roles() {
    v1::DemoRole role;
    role.set_code("patrol");
    *role.mutable_identity() = Patroller();
    return {role};
  }

 protected:
  const v1::Identity person_ = Patroller();
  rpc::Tokens tokens_;
  SignInDesk desk_{tokens_, Roles()};
};

TEST_F(SignInTest, ExchangesADemoCodeAnyNumberOfTimes) {
  for (int i = 0; i < 3; ++i) {
    const auto answer = Try("patrol");
    ASSERT_TRUE(answer.ok()) << answer.status();
    const auto identity = tokens_.Verify(answer->token(), kNow);
    ASSERT_TRUE(identity.ok());
    EXPECT_EQ(identity->person(), "per-1");
    EXPECT_EQ(FromProto(identity->expires()), kNow + absl::Hours(12));
  }
}

TEST_F(SignInTest, ExchangesAOneTimeCodeOnce) {
  const std::string code = OneTime();
  EXPECT_TRUE(Try(code).ok());
  EXPECT_EQ(Try(code).status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_LE(code.size(), 200u) << "the contract's max_length of a code";
}

TEST_F(SignInTest, RefusesOldForgedAndForeignCodes) {
  EXPECT_FALSE(Try(OneTime(), "a", kNow + absl::Minutes(10)).ok());
  EXPECT_FALSE(Try(tokens_.Mint(person_)).ok());
  EXPECT_FALSE(Try("wrong").ok());
  EXPECT_FALSE(Try("patrol", "a", kNow, "0180").ok());
  EXPECT_TRUE(Try("patrol", "a", kNow, "0127").ok());
}

TEST_F(SignInTest, StopsAGuesserButNotTheOthers) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Try("wrong").status().code(), absl::StatusCode::kUnauthenticated);
  }
  const auto stopped = Try("patrol");
  EXPECT_EQ(stopped.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(InfoOf(stopped.status())->retry_after_ms(), 0u);
  EXPECT_TRUE(Try("patrol", "b").ok());
  EXPECT_TRUE(Try("patrol", "a", kNow + absl::Minutes(1)).ok());
}

TEST_F(SignInTest, ManyGuessersKeepNobodyElseOut) {
  for (int i = 0; i < 500; ++i) {
    EXPECT_FALSE(Try("wrong", absl::StrCat("192.0.2.", i), kNow, "0127").ok());
  }
  EXPECT_TRUE(Try(OneTime(), "198.51.100.1", kNow, "0127").ok());
}

TEST(SmsHookTest, ReadsTheProvidersForm) {
  const auto keys = rpc::Tokens::NewKeys();
  const rpc::Tokens tokens(keys.first, keys.second);
  const std::string address = tokens.Sign("sms-hook", "0127/msg-1");
  const auto receipt = SmsHook::ReceiptOf(
      tokens, address, "id=s70df&status=delivered&delivered=2026-11-20T08%3A00%3A00+x&z=%zz");
  ASSERT_TRUE(receipt.ok()) << receipt.status();
  EXPECT_EQ(receipt->kommun(), "0127");
  EXPECT_EQ(receipt->message(), "msg-1");
  EXPECT_EQ(receipt->id(), "s70df");
  EXPECT_EQ(receipt->status(), "delivered");
  EXPECT_EQ(receipt->delivered(), "2026-11-20T08:00:00 x");
  EXPECT_EQ(SmsHook::ReceiptOf(tokens, tokens.Sign("link", "0127/msg-1"), "id=1&status=sent")
                .status()
                .code(),
            absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(SmsHook::ReceiptOf(tokens, address, "id=1").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ConfigFoldTest, SurvivesASnapshot) {
  event::v1::Event event;
  auto* category = event.mutable_municipality_configured()->mutable_config()->add_categories();
  category->set_id("burglary_house");
  category->set_home_burglary(true);
  ConfigFold fold;
  ASSERT_TRUE(fold.Apply(event).ok());
  ConfigFold restored;
  ASSERT_TRUE(restored.Restore(fold.Serialize()).ok());
  EXPECT_THAT(restored.home_burglaries(), ::testing::ElementsAre("burglary_house"));
  EXPECT_EQ(restored.Serialize(), fold.Serialize());
  EXPECT_FALSE(restored.Restore("\xff").ok());
}

}  // namespace
}  // namespace vaka::gateway
