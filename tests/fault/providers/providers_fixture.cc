#include "tests/fault/providers/providers_fixture.h"

#include "absl/strings/str_cat.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"

namespace vaka::fault {

using notifications::v1::NotificationsService;

ProvidersTest::ProvidersTest() {
  (void)Seed();  // printed with every test
  EXPECT_TRUE(providers_.Start().ok());
}

notifications::Options ProvidersTest::FastOptions() const {
  notifications::Options options = BaseOptions();
  options.smtp_url = providers_.mail_url();
  options.sms_url = providers_.sms_url();
  options.mail_timeout = absl::Milliseconds(500);
  options.http_timeout = absl::Milliseconds(500);
  options.claim_after = absl::Seconds(60);
  options.retry = {.first = absl::Milliseconds(50),
                   .longest = absl::Milliseconds(400),
                   .repeat = absl::Milliseconds(100),
                   .before_fallback = absl::Seconds(3)};
  return options;
}

void ProvidersTest::Serve(notifications::Options options) {
  app_ = StartApp(std::move(options));
  server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{},
                                          std::vector<grpc::Service*>{app_->service()});
  ASSERT_TRUE(server_->Start().ok());
}

void ProvidersTest::TearDown() {
  providers_.SetMail({});
  providers_.SetSms({});
  if (server_) server_->Stop();
  if (app_) app_->Stop();
  std::map<std::string, uint64_t> messages;
  for (const HandOver& hand_over : history_.hand_overs()) {
    if (hand_over.accepted) ++messages[hand_over.message];
  }
  if (!messages.empty()) {
    ReportCounts({{"messages", messages.size()}, {"handed_over", Handed()}}, Seed());
  }
}

grpc::Status ProvidersTest::Receipt(const std::string& message, const std::string& status,
                                    bool* known) {
  gateway::v1::Identity identity;
  identity.set_kommun("0127");
  identity.add_roles(options::v1::ROLE_SYSTEM);
  *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
  grpc::ClientContext context;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", tokens_.Mint(identity)));
  notifications::v1::ReceiptRequest request;
  request.set_kommun("0127");
  request.set_message(message);
  request.set_status(status);
  notifications::v1::ReceiptResponse response;
  const grpc::Status answered =
      NotificationsService::NewStub(server_->InProcess())->Receipt(&context, request, &response);
  if (known != nullptr) *known = response.known();
  return answered;
}

std::string ProvidersTest::OnlyAlert() {
  std::string alert;
  (void)app_->follower().Read(
      "0127", 0, clock_.Steady() + absl::Seconds(5), [&](const fold::Fold& fold, uint64_t) {
        const auto& alerts = static_cast<const notifications::State&>(fold).alerts();
        if (alerts.size() == 1) alert = alerts.begin()->first;
      });
  return alert;
}

std::vector<notifications::Delivery> ProvidersTest::DeliveriesTo(const std::string& person) {
  const std::string alert = OnlyAlert();
  std::vector<notifications::Delivery> found;
  (void)app_->deliveries().Read(
      "0127", 0, clock_.Steady() + absl::Seconds(5), [&](const fold::Fold& fold, uint64_t) {
        const auto recipient =
            static_cast<const notifications::Deliveries&>(fold).Of(alert).Find(person);
        if (recipient) found = recipient->deliveries;
      });
  return found;
}

bool ProvidersTest::AwaitTold(const std::string& person) {
  return redis::Eventually(
      [&] {
        for (const notifications::Delivery& delivery : DeliveriesTo(person)) {
          if (delivery.sent) return true;
        }
        return false;
      },
      absl::Minutes(1));
}

bool ProvidersTest::AwaitEnd(const std::string& person, notifications::Reason reason) {
  return redis::Eventually(
      [&] {
        for (const notifications::Delivery& delivery : DeliveriesTo(person)) {
          if (delivery.reason == reason && delivery.state != notifications::DELIVERY_STATE_PLANNED)
            return true;
        }
        return false;
      },
      absl::Minutes(1));
}

std::map<std::string, int> ProvidersTest::HandedTo(const std::string& recipient) const {
  std::map<std::string, int> handed;
  for (const HandOver& hand_over : history_.hand_overs()) {
    if (hand_over.accepted && hand_over.recipient == recipient) ++handed[hand_over.message];
  }
  return handed;
}

size_t ProvidersTest::Handed() const {
  size_t handed = 0;
  for (const HandOver& hand_over : history_.hand_overs()) handed += hand_over.accepted ? 1U : 0U;
  return handed;
}

}  // namespace vaka::fault
