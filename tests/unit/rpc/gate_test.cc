#include "libs/rpc/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <filesystem>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/message.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/rpc/method_table.h"
#include "vaka/gateway/v1/gateway_service.pb.h"
#include "vaka/intake/v1/intake_service.pb.h"
#include "vaka/notifications/v1/notifications_service.pb.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::rpc {
namespace {

using options::v1::Role;
using ::testing::HasSubstr;

const absl::Time kNow = absl::FromCivil(absl::CivilHour(2026, 11, 20, 8), absl::UTCTimeZone());

class GateTest : public ::testing::Test {
 protected:
  GateTest() : GateTest(Tokens::NewKeys()) {}

  std::string Bearer(const std::string& kommun, Role role) const {
    gateway::v1::Identity identity;
    identity.set_kommun(kommun);
    identity.set_person("per-1");
    identity.set_agency("police");
    identity.add_roles(role);
    *identity.mutable_expires() = ToProto(kNow + absl::Hours(1));
    return absl::StrCat("Bearer ", tokens_.Mint(identity));
  }

  absl::StatusOr<Call> Admit(const google::protobuf::Message& request,
                             const std::string& authorization,
                             absl::Time deadline = absl::InfiniteFuture()) {
    return gate_.Admit(request, authorization, "trace-1", deadline);
  }

  absl::StatusCode CodeOf(const google::protobuf::Message& request,
                          const std::string& authorization) {
    const auto call = Admit(request, authorization);
    if (call.ok()) gate_.Finished(*call, absl::OkStatus());
    return call.status().code();
  }

  static intake::v1::ReportRequest Report() {
    intake::v1::ReportRequest request;
    request.set_kommun("0127");
    request.set_idempotency_key("key-1");
    request.mutable_submission()->set_category("graffiti");
    return request;
  }

  // The field that an error names, in its text and in its info.
  std::string FieldOf(const google::protobuf::Message& request) {
    const auto call = Admit(request, Bearer("0127", options::v1::ROLE_COORDINATOR));
    if (call.status().code() != absl::StatusCode::kInvalidArgument) {
      return call.status().ToString();
    }
    const auto info = InfoOf(call.status());
    if (!info.has_value()) return "no info";
    EXPECT_THAT(std::string(call.status().message()), HasSubstr(info->field()));
    return info->field();
  }

  std::string Scrape() { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

 private:
  explicit GateTest(const std::pair<std::string, std::string>& keys)
      : tokens_(keys.first, keys.second) {}

 protected:
  FakeClock clock_{kNow};
  Tokens tokens_;
  prometheus::Registry registry_;
  Gate gate_{tokens_, clock_, registry_, {.in_flight = 3}};
};

TEST_F(GateTest, AdmitsARoleOfTheMethod) {
  const auto call = Admit(Report(), Bearer("0127", options::v1::ROLE_PATROLLER));
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->kommun, "0127");
  EXPECT_EQ(call->method->name(), "Report");
  EXPECT_EQ(call->trace, "trace-1");
  EXPECT_TRUE(call->Has(options::v1::ROLE_PATROLLER));
  EXPECT_FALSE(call->Has(options::v1::ROLE_COORDINATOR));
  EXPECT_EQ(call->actor().role(), options::v1::ROLE_PATROLLER);
  EXPECT_EQ(call->actor().agency(), "police");
  EXPECT_EQ(call->actor().person(), "per-1");
}

TEST_F(GateTest, RefusesWithoutATokenOrWithABadOne) {
  EXPECT_EQ(CodeOf(Report(), ""), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(Report(), "Bearer nonsense"), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(CodeOf(Report(), "Basic abc"), absl::StatusCode::kUnauthenticated);
}

TEST_F(GateTest, RefusesARememberedTokenOnceItHasExpired) {
  const std::string bearer = Bearer("0127", options::v1::ROLE_PATROLLER);
  ASSERT_TRUE(Admit(Report(), bearer).ok());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(CodeOf(Report(), bearer), absl::StatusCode::kUnauthenticated);
}

TEST_F(GateTest, RefusesAnotherRole) {
  registry::v1::ListPeopleRequest request;
  const auto call = Admit(request, Bearer("0127", options::v1::ROLE_CONTACT_PERSON));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(call.status().message()), HasSubstr("ROLE_COORDINATOR"));
}

TEST_F(GateTest, RefusesAnotherMunicipality) {
  EXPECT_EQ(CodeOf(Report(), Bearer("0180", options::v1::ROLE_COORDINATOR)),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(GateTest, TakesTheTokensMunicipalityWhenTheRequestNamesNone) {
  intake::v1::ReportRequest request = Report();
  request.clear_kommun();
  const auto call = Admit(request, Bearer("0127", options::v1::ROLE_PATROLLER));
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->kommun, "0127");
}

TEST_F(GateTest, OnlyASystemTokenCoversEveryMunicipality) {
  EXPECT_TRUE(Admit(Report(), Bearer("*", options::v1::ROLE_SYSTEM)).ok());
  EXPECT_EQ(CodeOf(Report(), Bearer("*", options::v1::ROLE_COORDINATOR)),
            absl::StatusCode::kPermissionDenied);
  intake::v1::ReportRequest nowhere = Report();
  nowhere.clear_kommun();
  EXPECT_EQ(CodeOf(nowhere, Bearer("*", options::v1::ROLE_SYSTEM)),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(GateTest, RefusesAKommunThatIsNotFourDigits) {
  for (const char* kommun : {"127", "01270", "012a", "*", "0127\n"}) {
    intake::v1::ReportRequest request = Report();
    request.set_kommun(kommun);
    EXPECT_EQ(FieldOf(request), "kommun") << kommun;
  }
}

TEST_F(GateTest, AdmitsAnyoneToAPublicMethodAndUsesAValidToken) {
  registry::v1::GetMunicipalityRequest request;
  request.set_kommun("0127");
  const auto anonymous = Admit(request, "");
  ASSERT_TRUE(anonymous.ok()) << anonymous.status();
  EXPECT_EQ(anonymous->caller.roles_size(), 0);
  gate_.Finished(*anonymous, absl::OkStatus());
  const auto known = Admit(request, Bearer("0127", options::v1::ROLE_COORDINATOR));
  ASSERT_TRUE(known.ok());
  EXPECT_TRUE(known->Has(options::v1::ROLE_COORDINATOR));
  const auto stranger = Admit(request, Bearer("0180", options::v1::ROLE_COORDINATOR));
  ASSERT_TRUE(stranger.ok());
  EXPECT_FALSE(stranger->Has(options::v1::ROLE_COORDINATOR));
}

TEST_F(GateTest, AdmitsASignedLinkMethodWithoutATokenButChecksItsFields) {
  notifications::v1::OpenLinkRequest request;
  EXPECT_EQ(CodeOf(request, ""), absl::StatusCode::kInvalidArgument);
  request.set_link("x.y");
  const auto call = Admit(request, "");
  ASSERT_TRUE(call.ok()) << call.status();
  EXPECT_EQ(call->kommun, "");
}

TEST_F(GateTest, NamesTheFieldThatBreaksItsRule) {
  intake::v1::ReportRequest request = Report();
  request.clear_idempotency_key();
  EXPECT_EQ(FieldOf(request), "idempotency_key");
  request = Report();
  request.clear_submission();
  EXPECT_EQ(FieldOf(request), "submission");
  request = Report();
  request.mutable_submission()->clear_category();
  EXPECT_EQ(FieldOf(request), "submission.category");
  request = Report();
  request.mutable_submission()->set_text(std::string(8001, 'x'));
  EXPECT_EQ(FieldOf(request), "submission.text");
  request = Report();
  request.mutable_submission()->mutable_where()->set_place(std::string(121, 'x'));
  EXPECT_EQ(FieldOf(request), "submission.where.place");
}

TEST_F(GateTest, BoundsRepeatedFields) {
  intake::v1::LinkRequest request;
  request.set_kommun("0127");
  request.set_idempotency_key("key");
  request.set_event("inc-1");
  EXPECT_EQ(FieldOf(request), "incidents");
  for (int i = 0; i < 101; ++i) request.add_incidents("inc");
  EXPECT_EQ(FieldOf(request), "incidents");
  request.mutable_incidents()->RemoveLast();
  const auto call = Admit(request, Bearer("0127", options::v1::ROLE_COORDINATOR));
  EXPECT_TRUE(call.ok()) << call.status();
}

TEST_F(GateTest, BoundsTheCallsInFlight) {
  const std::string bearer = Bearer("0127", options::v1::ROLE_PATROLLER);
  std::vector<Call> calls;
  for (int i = 0; i < 3; ++i) {
    auto call = Admit(Report(), bearer);
    ASSERT_TRUE(call.ok());
    calls.push_back(*std::move(call));
  }
  const auto refused = Admit(Report(), bearer);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(InfoOf(refused.status()).has_value());
  EXPECT_GT(InfoOf(refused.status())->retry_after_ms(), 0u);
  gate_.Finished(calls.back(), absl::OkStatus());
  EXPECT_TRUE(Admit(Report(), bearer).ok());
}

TEST_F(GateTest, ARefusedCallIsNotInFlight) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(CodeOf(Report(), ""), absl::StatusCode::kUnauthenticated);
  }
  EXPECT_TRUE(Admit(Report(), Bearer("0127", options::v1::ROLE_PATROLLER)).ok());
}

TEST_F(GateTest, ClampsTheDeadlineOfAUnaryCallOnly) {
  const std::string bearer = Bearer("0127", options::v1::ROLE_COORDINATOR);
  EXPECT_EQ(Admit(Report(), bearer)->deadline, kNow + absl::Seconds(10));
  EXPECT_EQ(Admit(Report(), bearer, kNow + absl::Hours(5))->deadline, kNow + absl::Seconds(60));
  EXPECT_EQ(Admit(Report(), bearer, kNow).status().code(), absl::StatusCode::kDeadlineExceeded);
  gateway::v1::WatchRequest watch;
  EXPECT_EQ(Admit(watch, bearer)->deadline, absl::InfiniteFuture());
}

TEST_F(GateTest, MakesAKeyUniqueToMethodCallerAndMunicipality) {
  const auto mine = Admit(Report(), Bearer("0127", options::v1::ROLE_PATROLLER));
  ASSERT_TRUE(mine.ok());
  const fold::Command command = mine->CommandOf("key-1");
  EXPECT_EQ(command.kommun, "0127");
  EXPECT_LE(command.key.size(), 44u);
  EXPECT_GE(command.key.size(), 40u);
  EXPECT_EQ(command.deadline, mine->deadline);
  std::set<std::string> keys = {command.key, mine->CommandOf("key-2").key};
  Call other = *mine;
  other.caller.set_person("per-2");
  keys.insert(other.CommandOf("key-1").key);
  other = *mine;
  other.caller.set_agency("fire");
  keys.insert(other.CommandOf("key-1").key);
  other = *mine;
  other.kommun = "0180";
  keys.insert(other.CommandOf("key-1").key);
  EXPECT_EQ(keys.size(), 5u);
  EXPECT_EQ(mine->CommandOf("key-1").key, command.key);
}

TEST_F(GateTest, MakesATraceWhereTheCallersIsMissingOrUnfit) {
  const std::string bearer = Bearer("0127", options::v1::ROLE_PATROLLER);
  const auto call = gate_.Admit(Report(), bearer, "two\nlines", absl::InfiniteFuture());
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(call->trace, ::testing::StartsWith("trace-"));
  EXPECT_EQ(call->trace.find('\n'), std::string::npos);
}

TEST_F(GateTest, CountsCallsByMethodAndCode) {
  const auto call = Admit(Report(), Bearer("0127", options::v1::ROLE_PATROLLER));
  ASSERT_TRUE(call.ok());
  EXPECT_THAT(Scrape(), HasSubstr("vaka_rpc_in_flight 1"));
  clock_.Advance(absl::Milliseconds(20));
  gate_.Finished(*call, absl::NotFoundError("x"));
  CodeOf(Report(), "");
  const std::string text = Scrape();
  EXPECT_THAT(text, HasSubstr("vaka_rpc_in_flight 0"));
  EXPECT_THAT(text, HasSubstr("vaka_rpc_calls_total{code=\"NOT_FOUND\","
                              "method=\"vaka.intake.v1.IntakeService/Report\"} 1"));
  EXPECT_THAT(text, HasSubstr("code=\"UNAUTHENTICATED\""));
  EXPECT_THAT(text, HasSubstr("vaka_rpc_call_seconds_sum{method=\"vaka.intake.v1.IntakeService/"
                              "Report\"} 0.02"));
}

// The contract in proto/: every rpc says who may call it, and the gate keeps it.
TEST_F(GateTest, EveryMethodHasExactlyOneKindOfAccessAndRefusesStrangers) {
  const MethodTable table;
  ASSERT_GT(table.all().size(), 50u);
  for (const auto& method : table.all()) {
    SCOPED_TRACE(method->path);
    const options::v1::Access& access = method->access;
    EXPECT_EQ((access.roles_size() > 0) + access.public_() + access.signed_link(), 1);
    EXPECT_NE(method->kommun, nullptr) << "no field kommun";
    const std::unique_ptr<google::protobuf::Message> request(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(method->descriptor->input_type())
            ->New());
    if (access.signed_link()) {
      const auto* link = method->descriptor->input_type()->FindFieldByName("link");
      ASSERT_NE(link, nullptr);
      EXPECT_TRUE(link->options().GetExtension(options::v1::rule).required());
    }
    if (access.roles_size() == 0) continue;
    EXPECT_EQ(CodeOf(*request, ""), absl::StatusCode::kUnauthenticated);
    for (int role = 1; role <= options::v1::Role_MAX; ++role) {
      const absl::StatusCode code = CodeOf(*request, Bearer("0127", static_cast<Role>(role)));
      const bool allowed = std::count(access.roles().begin(), access.roles().end(), role) > 0;
      EXPECT_EQ(code != absl::StatusCode::kPermissionDenied, allowed)
          << options::v1::Role_Name(static_cast<Role>(role));
    }
  }
}

TEST(MethodTableTest, HoldsEveryServiceFileOfTheContract) {
  const MethodTable table;
  std::set<std::string> files;
  for (const auto& method : table.all()) files.insert(method->descriptor->file()->name());
  const std::filesystem::path root = std::filesystem::path(VAKA_SOURCE_DIR) / "proto";
  std::set<std::string> expected;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("_service.proto")) {
      expected.insert(entry.path().lexically_relative(root).string());
    }
  }
  EXPECT_EQ(files, expected);
}

}  // namespace
}  // namespace vaka::rpc
