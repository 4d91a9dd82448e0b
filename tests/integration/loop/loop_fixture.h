#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/rpc/unary.h"
#include "libs/sink/mail.h"
#include "tests/support/eventually/patience.h"
#include "tests/support/whole_system/whole_system.h"
#include "vaka/dispatch/v1/dispatch_service.grpc.pb.h"
#include "vaka/est/v1/est_service.grpc.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {

// The whole system, configured, with what its people are told, and calls to its public API as one
// role or another.
class LoopFixture : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  // One call with its own key.
  template <typename Service, typename Request, typename Response>
  absl::Status Try(grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                   Request request, Response* response, const std::string& token) {
    const auto stub = Service::NewStub(system_.channel());
    request.set_kommun(WholeSystem::kKommun);
    if constexpr (requires { request.set_idempotency_key(""); })
      request.set_idempotency_key(absl::StrCat("key-", ++key_));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(kPatience * 20)));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return rpc::FromGrpc(((*stub).*method)(&context, request, response));
  }

  // The response; a failure fails the test with the rpc's name.
  template <typename Service, typename Request, typename Response>
  Response Do(grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
              Request request, const std::string& token) {
    Response response;
    const absl::Status status = Try<Service>(method, std::move(request), &response, token);
    EXPECT_TRUE(status.ok()) << Request::descriptor()->name() << ": " << status;
    if constexpr (requires { response.seq(); }) seq_ = std::max<uint64_t>(seq_, response.seq());
    return response;
  }

#define CALL(area, service, name, token, ...)                                              \
  [&] {                                                                                    \
    area::v1::name##Request request;                                                       \
    __VA_ARGS__;                                                                           \
    return Do<area::v1::service>(&area::v1::service::StubInterface::name, request, token); \
  }()

  void RegisterArea(const std::string& id, double lat, double lon);
  void RegisterContact(const std::string& id, const std::string& area,
                       registry::v1::Channel channel, bool consent, uint32_t households);
  // pat-1, who drives, and pat-2.
  void RegisterPatrol();
  static std::string Phone(const std::string& id);

  // A report that nobody may sleep through, so that the hour at which the test runs does not
  // matter.
  static intake::v1::Submission Shooting(double lat, double lon);

  std::vector<std::string> MailTo();
  std::vector<std::string> SmsTo();
  sink::Mail LastMail();
  std::string LastSms();
  // The signed part of a message's link.
  static std::string LinkIn(const std::string& text);

  notifications::v1::GetAlertResponse Alert(const std::string& id);
  est::v1::GetWeekResponse Week();

  SystemClock clock_;
  std::mutex mu_;
  std::vector<sink::CaughtMail> mails_;
  std::vector<sink::CaughtSms> texts_;
  WholeSystem system_{{.mail =
                           [this](const sink::CaughtMail& mail) {
                             std::lock_guard lock(mu_);
                             mails_.push_back(mail);
                           },
                       .sms =
                           [this](const sink::CaughtSms& sms) {
                             std::lock_guard lock(mu_);
                             texts_.push_back(sms);
                           }}};
  std::string coordinator_;
  std::string police_;
  std::string patroller_;
  est::v1::Week week_;  // this one
  uint64_t seq_ = 0;    // of the last answer
  int key_ = 0;
};

}  // namespace vaka
