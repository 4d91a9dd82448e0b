#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "libs/config/municipality.h"
#include "libs/rpc/unary.h"
#include "libs/sink/smtp_sink.h"
#include "services/vaka/keys.h"
#include "tests/support/eventually/patience.h"
#include "tests/support/redis_server/test_redis.h"
#include "tests/support/vaka_process/vaka_process.h"
#include "vaka/est/v1/est_service.grpc.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {

// Processes of `vaka` on a folder of the test's own, and calls to them.
class ProcessTest : public testing::Test {
 protected:
  static constexpr char kKommun[] = "0127";
  static constexpr char kConfig[] = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";

  // Arguments of `vaka run` in this test's folder on free ports; `more` comes instead of what it
  // names.
  std::vector<std::string> Run(const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"run"};
    const auto named = [&](const std::string& option) {
      const std::string name = option.substr(0, option.find('=') + 1);
      return std::any_of(more.begin(), more.end(),
                         [&](const std::string& given) { return given.starts_with(name); });
    };
    for (const std::string& option :
         {"--data=" + folder_.path(), std::string("--config=") + kConfig,
          std::string("--http=127.0.0.1:0"), std::string("--grpc=127.0.0.1:0"),
          std::string("--metrics=127.0.0.1:0")}) {
      if (!named(option)) arguments.push_back(option);
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::string Token(options::v1::Role role, const std::string& agency) {
    gateway::v1::Identity identity;
    identity.set_kommun(kKommun);
    identity.set_agency(agency);
    identity.add_roles(role);
    *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
    return LoadTokens(folder_.path() + "/keys")->Mint(identity);
  }

  template <typename Stub, typename Request, typename Response>
  void Call(const std::unique_ptr<Stub>& stub,
            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            Request request, Response* response) {
    request.set_kommun(kKommun);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(kPatience * 20)));
    context.AddMetadata("authorization",
                        "Bearer " + Token(options::v1::ROLE_COORDINATOR, "municipality"));
    const grpc::Status status = ((*stub).*method)(&context, request, response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  void Configure(const std::string& address) {
    registry::v1::ConfigureRequest request;
    *request.mutable_config() = *config::LoadMunicipality(kConfig);
    request.set_idempotency_key("configure");
    registry::v1::ConfigureResponse response;
    Call<registry::v1::RegistryService::Stub>(
        registry::v1::RegistryService::NewStub(Channel(address)),
        &registry::v1::RegistryService::Stub::Configure, request, &response);
  }

  uint64_t Report(const std::string& address, const std::string& key) {
    intake::v1::ReportRequest request;
    request.set_idempotency_key(key);
    request.mutable_submission()->set_category("graffiti");
    request.mutable_submission()->mutable_where()->set_district("alby");
    intake::v1::ReportResponse response;
    Call<intake::v1::IntakeService::Stub>(intake::v1::IntakeService::NewStub(Channel(address)),
                                          &intake::v1::IntakeService::Stub::Report, request,
                                          &response);
    return response.seq();
  }

  est::v1::Picture Week(const std::string& address, uint64_t at_least, IsoWeek week) {
    est::v1::GetWeekRequest request;
    request.set_at_least(at_least);
    request.mutable_week()->set_year(static_cast<uint32_t>(week.year));
    request.mutable_week()->set_week(static_cast<uint32_t>(week.week));
    est::v1::GetWeekResponse response;
    Call<est::v1::EstService::Stub>(est::v1::EstService::NewStub(Channel(address)),
                                    &est::v1::EstService::Stub::GetWeek, request, &response);
    return response.picture();
  }

  IsoWeek ThisWeek() { return WeekOf(clock_.Now(), *LoadZone("Europe/Stockholm")); }

  static std::shared_ptr<grpc::Channel> Channel(const std::string& address) {
    return grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  }

  static std::string FreeAddress() {
    sink::SmtpSink probe({});
    EXPECT_TRUE(probe.Start().ok());
    const std::string address = absl::StrCat("127.0.0.1:", probe.port());
    probe.Stop();
    return address;
  }

  SystemClock clock_;
  redis::TempFolder folder_;
};

}  // namespace vaka
