#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "libs/base/status.h"
#include "services/gateway/connect_codec.h"
#include "services/gateway/http_status.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace vaka::gateway {
namespace {

using intake::v1::ReportRequest;
using ::testing::HasSubstr;

TEST(ConnectCodecTest, KnowsTheFourContentTypes) {
  EXPECT_EQ(ParseContentType("application/json; charset=utf-8")->codec, Codec::kJson);
  EXPECT_FALSE(ParseContentType("Application/Proto")->stream);
  EXPECT_TRUE(ParseContentType("application/connect+json")->stream);
  EXPECT_EQ(ParseContentType("application/connect+proto")->codec, Codec::kProto);
  for (const char* other : {"", "text/plain", "application/grpc", "application/jsonx"}) {
    EXPECT_FALSE(ParseContentType(other).has_value()) << other;
  }
}

TEST(ConnectCodecTest, ReadsTimeouts) {
  EXPECT_EQ(*ParseTimeout(""), absl::InfiniteDuration());
  EXPECT_EQ(*ParseTimeout("1500"), absl::Milliseconds(1500));
  for (const char* bad : {"-1", "1.5", "99999999999", "abc", " 1"}) {
    EXPECT_EQ(ParseTimeout(bad).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(ConnectCodecTest, WritesAnErrorWithItsDetail) {
  const auto json = nlohmann::json::parse(ErrorJson(FieldError("submission.text", "too \"long\"")));
  EXPECT_EQ(json["code"], "invalid_argument");
  EXPECT_EQ(json["message"], "submission.text: too \"long\"");
  ASSERT_EQ(json["details"].size(), 1u);
  EXPECT_EQ(json["details"][0]["type"], "vaka.options.v1.ErrorInfo");
  const std::string value = json["details"][0]["value"];
  EXPECT_EQ(value.find('='), std::string::npos);
  std::string bytes;
  ASSERT_TRUE(absl::Base64Unescape(value, &bytes));
  options::v1::ErrorInfo info;
  ASSERT_TRUE(info.ParseFromString(bytes));
  EXPECT_EQ(info.field(), "submission.text");
}

TEST(ConnectCodecTest, SurvivesTextThatIsNoUtf8) {
  EXPECT_THAT(ErrorJson(absl::InternalError("\xff\xfe")), HasSubstr("internal"));
}

TEST(ConnectCodecTest, GivesARetryHintInWholeSeconds) {
  const HttpResponse response = ErrorResponse(Overloaded("full", absl::Milliseconds(1200)));
  EXPECT_EQ(response.status, 429);
  EXPECT_THAT(response.headers, ::testing::Contains(::testing::Pair("Retry-After", "2")));
}

TEST(ConnectCodecTest, MapsEveryCodeAsTheProtocolSays) {
  const std::vector<std::tuple<absl::StatusCode, std::string, int>> table = {
      {absl::StatusCode::kCancelled, "canceled", 499},
      {absl::StatusCode::kUnknown, "unknown", 500},
      {absl::StatusCode::kInvalidArgument, "invalid_argument", 400},
      {absl::StatusCode::kDeadlineExceeded, "deadline_exceeded", 504},
      {absl::StatusCode::kNotFound, "not_found", 404},
      {absl::StatusCode::kAlreadyExists, "already_exists", 409},
      {absl::StatusCode::kPermissionDenied, "permission_denied", 403},
      {absl::StatusCode::kResourceExhausted, "resource_exhausted", 429},
      {absl::StatusCode::kFailedPrecondition, "failed_precondition", 400},
      {absl::StatusCode::kAborted, "aborted", 409},
      {absl::StatusCode::kOutOfRange, "out_of_range", 400},
      {absl::StatusCode::kUnimplemented, "unimplemented", 501},
      {absl::StatusCode::kInternal, "internal", 500},
      {absl::StatusCode::kUnavailable, "unavailable", 503},
      {absl::StatusCode::kDataLoss, "data_loss", 500},
      {absl::StatusCode::kUnauthenticated, "unauthenticated", 401}};
  for (const auto& [code, name, http] : table) {
    EXPECT_EQ(ToWire(code).name, name);
    EXPECT_EQ(ToWire(code).http, http) << name;
  }
}

TEST(ConnectCodecTest, OpensWhatItEnveloped) {
  const auto payloads = OpenEnvelopes(Envelope(0, "one") + Envelope(0, std::string(300, 'x')));
  ASSERT_TRUE(payloads.ok());
  EXPECT_THAT(*payloads, ::testing::ElementsAre("one", std::string(300, 'x')));
}

TEST(ConnectCodecTest, RefusesDamagedEnvelopes) {
  const std::string whole = Envelope(0, "payload");
  for (size_t cut = 1; cut < whole.size(); ++cut) {
    EXPECT_FALSE(OpenEnvelopes(whole.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(OpenEnvelopes(Envelope(1, "compressed")).ok());
  EXPECT_FALSE(OpenEnvelopes("\xff\xff\xff\xff\xff").ok());
}

class TranscoderTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> FromJson(const std::string& json) {
    return transcoder_.ToBinary(ReportRequest::descriptor(), Codec::kJson, json);
  }
  Transcoder transcoder_;
};

TEST_F(TranscoderTest, TurnsJsonIntoBytesAndBack) {
  const auto bytes = FromJson(R"({"kommun":"0127","submission":{"category":"graffiti",
      "severity":3,"confidence":"CONFIDENCE_PROBABLE","observedFrom":"2026-11-20T08:00:00Z"}})");
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  ReportRequest request;
  ASSERT_TRUE(request.ParseFromString(*bytes));
  EXPECT_EQ(request.submission().confidence(), intake::v1::CONFIDENCE_PROBABLE);
  const auto json = transcoder_.FromBinary(ReportRequest::descriptor(), Codec::kJson, *bytes);
  ASSERT_TRUE(json.ok());
  EXPECT_EQ(nlohmann::json::parse(*json)["submission"]["observedFrom"], "2026-11-20T08:00:00Z");
}

TEST_F(TranscoderTest, RefusesUnknownFieldsAndEnumNames) {
  for (const char* json :
       {R"({"kommnu":"0127"})", R"({"submission":{"colour":"red"}})",
        R"({"submission":{"confidence":"CONFIDENCE_MAYBE"}})", R"({"submission":{"severity":-1}})",
        R"({"kommun":12})", "[1]", "{", "nonsense", ""}) {
    const auto bytes = FromJson(json);
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_EQ(bytes.status().message().find('\n'), absl::string_view::npos);
  }
}

TEST_F(TranscoderTest, RefusesJsonThatIsNestedWithoutEnd) {
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += R"({"submission":)";
  EXPECT_FALSE(FromJson(deep).ok());
}

}  // namespace
}  // namespace vaka::gateway
