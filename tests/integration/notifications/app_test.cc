#include <gmock/gmock.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/rpc/server.h"
#include "tests/integration/notifications/house.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"

namespace vaka::notifications {
namespace {

using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AppTest : public HouseTest {
 protected:
  void Serve(Options options) {
    app_ = StartApp(std::move(options));
    server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{},
                                            std::vector<grpc::Service*>{app_->service()});
    ASSERT_TRUE(server_->Start().ok());
    stub_ = v1::NotificationsService::NewStub(server_->InProcess());
  }
  void Serve() { Serve(BaseOptions()); }

  void TearDown() override {
    stub_.reset();
    if (server_) server_->Stop();
    if (app_) app_->Stop();
  }

  // Calls with a token of the role; none for a link.
  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::NotificationsService::Stub::*method)(grpc::ClientContext*,
                                                                           const Request&,
                                                                           Response*),
                    Request request, Response* response,
                    options::v1::Role role = options::v1::ROLE_COORDINATOR) {
    grpc::ClientContext context;
    if (role != options::v1::ROLE_UNSPECIFIED) {
      gateway::v1::Identity identity;
      identity.set_kommun("0127");
      identity.set_person("caller");
      identity.add_roles(role);
      *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
      context.AddMetadata("authorization", absl::StrCat("Bearer ", tokens_.Mint(identity)));
    }
    request.set_kommun("0127");
    return (stub_.get()->*method)(&context, request, response);
  }

  v1::GetAlertResponse Get(const std::string& alert, uint64_t at_least = 0) {
    v1::GetAlertRequest request;
    request.set_alert(alert);
    request.set_at_least(at_least);
    v1::GetAlertResponse response;
    const grpc::Status status = Call(&v1::NotificationsService::Stub::GetAlert, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::vector<v1::AlertView> List() {
    v1::ListAlertsResponse response;
    EXPECT_TRUE(
        Call(&v1::NotificationsService::Stub::ListAlerts, v1::ListAlertsRequest(), &response).ok());
    return {response.alerts().begin(), response.alerts().end()};
  }

  // The one alert there is, once it tells `told` people.
  std::string AwaitTold(uint32_t told) {
    std::string id;
    EXPECT_TRUE(redis::Eventually([&] {
      const std::vector<v1::AlertView> alerts = List();
      if (alerts.size() != 1 || alerts[0].reach().told() != told) return false;
      id = alerts[0].alert().id();
      return true;
    }));
    return id;
  }

  grpc::Status Receipt(const std::string& message, const std::string& status, bool* known) {
    v1::ReceiptRequest request;
    request.set_message(message);
    request.set_status(status);
    v1::ReceiptResponse response;
    const grpc::Status answered = Call(&v1::NotificationsService::Stub::Receipt, request, &response,
                                       options::v1::ROLE_SYSTEM);
    *known = response.known();
    return answered;
  }

  static std::string LinkIn(const std::string& text) {
    const size_t at = text.find("/l/");
    return at == std::string::npos ? "" : text.substr(at + 3, 34);
  }

  std::unique_ptr<App> app_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::NotificationsService::Stub> stub_;
};

TEST_F(AppTest, AnIncidentReachesExactlyItsContactPersonsAndTheyAnswer) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL}});
  Settle({.id = "2", .channels = {CHANNEL_SMS}, .language = registry::v1::LANGUAGE_EN});
  Settle({.id = "3", .consent = false});
  Settle({.id = "4", .area = "a2"});
  Serve();
  Report("i1");
  const std::string alert = AwaitTold(2);
  ASSERT_THAT(mail_.mails(), SizeIs(1));
  EXPECT_THAT(mail_.mails()[0].to, ElementsAre("1@vaka.test"));
  const sink::Mail mail = mail_.MailsTo("1@vaka.test").at(0);
  EXPECT_EQ(mail.headers.at("subject"), "Inbrott i villa: Albydalen");
  std::string sms_text;
  {
    absl::MutexLock lock(&caught_.mu);
    ASSERT_EQ(caught_.sms.size(), 1u);
    EXPECT_EQ(caught_.sms[0].to, "+46700002");
    EXPECT_THAT(caught_.sms[0].whendelivered, HasSubstr("http://127.0.0.1:1/hooks/sms/"));
    sms_text = caught_.sms[0].message;
  }
  EXPECT_THAT(sms_text, HasSubstr("Burglary, house, Albydalen"));

  v1::OpenLinkRequest open;
  open.set_link(LinkIn(mail.plain));
  v1::OpenLinkResponse opened;
  const auto nobody = options::v1::ROLE_UNSPECIFIED;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::OpenLink, open, &opened, nobody).ok());
  EXPECT_EQ(opened.alert(), alert);
  EXPECT_FALSE(opened.acknowledged());
  EXPECT_THAT(opened.ready_sms(), HasSubstr("Inbrott i villa"));
  open.set_link(std::string(34, 'x'));
  EXPECT_EQ(Call(&v1::NotificationsService::Stub::OpenLink, open, &opened, nobody).error_code(),
            grpc::StatusCode::UNAUTHENTICATED);

  v1::AcknowledgeRequest acknowledge;
  acknowledge.set_link(LinkIn(mail.plain));
  acknowledge.set_idempotency_key("k");
  v1::AcknowledgeResponse acknowledged;
  ASSERT_TRUE(
      Call(&v1::NotificationsService::Stub::Acknowledge, acknowledge, &acknowledged, nobody).ok());
  v1::RelayReportedRequest relay;
  relay.set_link(LinkIn(sms_text));
  relay.set_idempotency_key("k");
  relay.set_households(14);
  v1::RelayReportedResponse relayed;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::RelayReported, relay, &relayed, nobody).ok());
  v1::GetAlertRequest get;
  get.set_alert(alert);
  get.set_at_least(relayed.seq());
  v1::GetAlertResponse got;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::GetAlert, get, &got).ok());
  const v1::Reach& reach = got.alert().reach();
  EXPECT_EQ(reach.recipients(), 3u);
  EXPECT_EQ(reach.told(), 2u);
  EXPECT_EQ(reach.acknowledged(), 2u);
  EXPECT_EQ(reach.relayed(), 1u);
  EXPECT_EQ(reach.households(), 14u);
  EXPECT_EQ(reach.suppressed(), 1u);
}

TEST_F(AppTest, ReceiptsInAnyOrderTwiceAndUnknown) {
  Settle({.id = "1", .channels = {CHANNEL_SMS}});
  Serve();
  Report("i1");
  const std::string alert = AwaitTold(1);
  const std::string message = Get(alert).recipients(0).deliveries(0).message();
  bool known = false;
  for (const char* status : {"delivered", "sent", "delivered", "failed"}) {
    ASSERT_TRUE(Receipt(message, status, &known).ok()) << status;
    EXPECT_TRUE(known);
  }
  ASSERT_TRUE(Receipt("msg-nobody", "delivered", &known).ok());
  EXPECT_FALSE(known);
  EXPECT_TRUE(redis::Eventually([&] { return Get(alert).alert().reach().delivered() == 1; }));
  EXPECT_THAT(Get(alert).recipients(0).deliveries(), SizeIs(1));
  EXPECT_THAT(mail_.mails(), IsEmpty());
}

TEST_F(AppTest, AFailedReceiptTriesTheNextChannel) {
  Settle({.id = "1", .channels = {CHANNEL_SMS, CHANNEL_EMAIL}});
  Serve();
  Report("i1");
  const std::string alert = AwaitTold(1);
  bool known = false;
  const std::string message = Get(alert).recipients(0).deliveries(0).message();
  ASSERT_TRUE(Receipt(message, "failed", &known).ok());
  ASSERT_TRUE(Receipt(message, "failed", &known).ok());
  ASSERT_TRUE(mail_.AwaitMails(1));
  EXPECT_TRUE(redis::Eventually([&] {
    const auto deliveries = Get(alert).recipients(0).deliveries();
    return deliveries.size() == 2 && deliveries[1].reason() == REASON_FALLBACK &&
           deliveries[1].state() == DELIVERY_STATE_SENT;
  }));
  EXPECT_THAT(mail_.mails(), SizeIs(1));
}

TEST_F(AppTest, OnePoisonedRecipientHoldsNobodyAndFallsBack) {
  Settle({.id = "1", .channels = {CHANNEL_EMAIL, CHANNEL_SMS}});
  for (const char* id : {"2", "3", "4"}) Settle({.id = id});
  mail_.SetFault(testing::SmtpServer::Fault::kPermanent, "1@vaka.test");
  Serve();
  Report("i1");
  const std::string alert = AwaitTold(4);
  EXPECT_THAT(mail_.mails(), SizeIs(3));
  absl::MutexLock lock(&caught_.mu);
  ASSERT_EQ(caught_.sms.size(), 1u);
  EXPECT_EQ(caught_.sms[0].to, "+46700001");
}

TEST_F(AppTest, ATemporaryFaultIsTriedAgainUntilItIsOver) {
  Settle({.id = "1"});
  mail_.SetFault(testing::SmtpServer::Fault::kTemporary);
  Options options = BaseOptions();
  options.retry.longest = absl::Milliseconds(50);
  Serve(std::move(options));
  Report("i1");
  ASSERT_TRUE(redis::Eventually([&] {
    const auto alerts = List();
    if (alerts.empty()) return false;
    const v1::GetAlertResponse got = Get(alerts[0].alert().id());
    return got.recipients_size() == 1 && got.recipients(0).deliveries(0).attempts() >= 1 &&
           got.recipients(0).deliveries(0).state() == DELIVERY_STATE_PLANNED;
  }));
  mail_.SetFault(testing::SmtpServer::Fault::kNone);
  AwaitTold(1);
  EXPECT_THAT(mail_.mails(), SizeIs(1));
}

TEST_F(AppTest, CorrectionAndRecallReachThoseWhoGotTheOriginal) {
  Settle({.id = "1"});
  Settle({.id = "2", .consent = false});
  Serve();
  Report("i1");
  const std::string alert = AwaitTold(1);
  intake::v1::Incident incident = testing::TownIncident("i1", clock_.Now());
  incident.set_category("fire");
  Record({testing::Corrected(incident)});
  ASSERT_TRUE(mail_.AwaitMails(2));
  EXPECT_THAT(mail_.MailsTo("1@vaka.test").at(1).headers.at("subject"),
              HasSubstr("Rättelse: Anlagd brand"));
  Record({testing::Withdrawn("i1")});
  ASSERT_TRUE(mail_.AwaitMails(3));
  EXPECT_THAT(mail_.MailsTo("1@vaka.test").at(2).headers.at("subject"), HasSubstr("Återkallat"));
  EXPECT_TRUE(mail_.MailsTo("2@vaka.test").empty());
  EXPECT_TRUE(Get(alert).alert().alert().recalled());
}

TEST_F(AppTest, AMessageIsScreenedPreviewedHeldAndCanBeUndone) {
  Settle({.id = "1"});
  Serve();
  v1::SendMessageRequest send;
  send.set_idempotency_key("m1");
  send.mutable_message()->add_areas("a1");
  send.mutable_message()->set_text("Ring mig på 070-123 45 67");
  v1::SendMessageResponse sent;
  EXPECT_EQ(Call(&v1::NotificationsService::Stub::SendMessage, send, &sent).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  send.mutable_message()->set_text("Städdag på lördag");
  v1::PreviewMessageRequest preview;
  *preview.mutable_message() = send.message();
  v1::PreviewMessageResponse previewed;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::PreviewMessage, preview, &previewed).ok());
  EXPECT_EQ(previewed.recipients(), 1u);
  EXPECT_EQ(previewed.emails(), 1u);
  EXPECT_LE(previewed.sms_text().size(), 165u);
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::SendMessage, send, &sent).ok());
  v1::SendMessageResponse again;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::SendMessage, send, &again).ok());
  EXPECT_EQ(again.alert(), sent.alert());
  ASSERT_TRUE(
      redis::Eventually([&] { return Get(sent.alert(), sent.seq()).alert().reach().held() == 1; }));
  EXPECT_EQ(Get(sent.alert()).alert().text(), "Städdag på lördag");
  v1::RecallAlertRequest recall;
  recall.set_idempotency_key("r1");
  recall.set_alert(sent.alert());
  recall.set_reason("fel dag");
  v1::RecallAlertResponse recalled;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::RecallAlert, recall, &recalled).ok());
  ASSERT_TRUE(
      redis::Eventually([&] { return Get(sent.alert()).alert().reach().suppressed() == 1; }));
  EXPECT_THAT(mail_.mails(), IsEmpty());
}

TEST_F(AppTest, UnsubscribingByTheLinkEndsMessages) {
  Settle({.id = "1"});
  Serve();
  Report("i1");
  AwaitTold(1);
  v1::UnsubscribeRequest leave;
  leave.set_link(LinkIn(mail_.MailsTo("1@vaka.test").at(0).plain));
  leave.set_idempotency_key("k");
  v1::UnsubscribeResponse left;
  ASSERT_TRUE(Call(&v1::NotificationsService::Stub::Unsubscribe, leave, &left,
                   options::v1::ROLE_UNSPECIFIED)
                  .ok());
  intake::v1::Incident critical = testing::TownIncident("i2", clock_.Now());
  critical.set_severity(5);
  Record({testing::Reported(critical)});
  ASSERT_TRUE(redis::Eventually([&] {
    const auto alerts = List();
    return alerts.size() == 2 && alerts[0].reach().suppressed() == 1;
  }));
  EXPECT_THAT(mail_.mails(), SizeIs(1));
}

TEST_F(AppTest, TwentyAreToldWellUnderASecondFromTheReport) {
  for (int i = 0; i < 20; ++i) {
    Settle({.id = absl::StrCat(i), .channels = {i % 2 == 0 ? CHANNEL_EMAIL : CHANNEL_SMS}});
  }
  Serve();
  const absl::Time begin = clock_.Now();
  Report("i1");
  ASSERT_TRUE(redis::Eventually([&] {
    absl::MutexLock lock(&caught_.mu);
    return mail_.mails().size() == 10 && caught_.sms.size() == 10;
  }));
  const absl::Duration took = clock_.Now() - begin;
  RecordProperty("milliseconds", static_cast<int>(absl::ToInt64Milliseconds(took)));
  std::printf("report to the 20th message: %s\n", absl::FormatDuration(took).c_str());
  EXPECT_LT(took, absl::Seconds(5));  // loose: sanitizers and a busy machine
}

}  // namespace
}  // namespace vaka::notifications
