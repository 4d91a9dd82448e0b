// The whole loop over the public API alone: a report becomes an e-mail and a text message for
// exactly the right people, their answers become reach, the car gets the incident, the debrief and
// the incident are counted in the week's picture, and a correction becomes a numbered revision that
// says what changed.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/base/week.h"
#include "libs/config/municipality.h"
#include "libs/rpc/unary.h"
#include "libs/sink/mail.h"
#include "libs/sink/sms_sink.h"
#include "libs/sink/smtp_sink.h"
#include "services/vaka/keys.h"
#include "services/vaka/process.h"
#include "tests/support/redis_server/test_redis.h"
#include "vaka/dispatch/v1/dispatch_service.grpc.pb.h"
#include "vaka/est/v1/est_service.grpc.pb.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
constexpr char kKommun[] = "0127";

class LoopTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(smtp_.Start().ok());
    ASSERT_TRUE(sms_.Start().ok());
    setenv("VAKA_SMS_USER", "sink", 1);
    setenv("VAKA_SMS_PASSWORD", "sink", 1);
    StartProcess();
    coordinator_ = Token(options::v1::ROLE_COORDINATOR, "samordnare", "municipality");
    police_ = Token(options::v1::ROLE_BRIEFING_OFFICER, "polis", "police");
    patroller_ = Token(options::v1::ROLE_PATROLLER, "pat-1", "patrol");
  }

  void TearDown() override {
    if (process_ != nullptr) {
      EXPECT_TRUE(process_->Stop().ok());
    }
    sms_.Stop();
    smtp_.Stop();
  }

  void StartProcess() {
    RunOptions options;
    options.store.data = folder_.path();
    options.config = VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml";
    options.http = absl::StrCat("127.0.0.1:", http_port_);
    options.grpc = "127.0.0.1:0";
    options.metrics = "127.0.0.1:0";
    options.smtp = smtp_.url();
    options.sms = sms_.url();
    process_ = std::make_unique<Process>(options);
    const absl::Status started = process_->Start();
    ASSERT_TRUE(started.ok()) << started;
    http_port_ = process_->http_address().substr(process_->http_address().rfind(':') + 1);
    channel_ = grpc::CreateChannel(process_->grpc_address(), grpc::InsecureChannelCredentials());
  }

  std::string Token(options::v1::Role role, const std::string& person, const std::string& agency) {
    gateway::v1::Identity identity;
    identity.set_kommun(kKommun);
    identity.set_person(person);
    identity.set_agency(agency);
    identity.add_roles(role);
    *identity.mutable_expires() = ToProto(clock_.Now() + absl::Hours(1));
    return LoadTokens(folder_.path() + "/keys")->Mint(identity);
  }

  // One call with its own key; the response, or the failure with the rpc's name.
  template <typename Service, typename Request, typename Response>
  absl::Status Try(grpc::Status (Service::StubInterface::*method)(grpc::ClientContext*,
                                                                  const Request&, Response*),
                   Request request, Response* response, const std::string& token) {
    const auto stub = Service::NewStub(channel_);
    request.set_kommun(kKommun);
    if constexpr (requires { request.set_idempotency_key(""); })
      request.set_idempotency_key(absl::StrCat("key-", ++key_));
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(clock_.Now() + absl::Seconds(20)));
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return rpc::FromGrpc(((*stub).*method)(&context, request, response));
  }

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

  void Configure() {
    const auto config = config::LoadMunicipality(VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml");
    ASSERT_TRUE(config.ok()) << config.status();
    CALL(registry, RegistryService, Configure, coordinator_, *request.mutable_config() = *config);
  }

  void RegisterArea(const std::string& id, double lat, double lon) {
    CALL(registry, RegistryService, RegisterArea, coordinator_, {
      registry::v1::Area& area = *request.mutable_area();
      area.set_id(id);
      area.set_name("Område " + id);
      area.set_district("alby");
      area.set_kind(registry::v1::AREA_KIND_RENTED);
      registry::v1::HouseholdCount* count = area.add_households();
      count->set_form(registry::v1::AREA_KIND_RENTED);
      count->set_households(60);
      registry::v1::Ring* ring = area.mutable_polygon()->add_rings();
      constexpr double kCorners[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}};
      for (const auto& corner : kCorners) {
        registry::v1::Point* point = ring->add_points();
        point->set_lat(lat + 0.002 * corner[0]);
        point->set_lon(lon + 0.004 * corner[1]);
      }
      request.set_stage(registry::v1::AREA_STAGE_ACTIVE);
    });
  }

  void RegisterContact(const std::string& id, const std::string& area,
                       registry::v1::Channel channel, bool consent, uint32_t households) {
    CALL(registry, RegistryService, RegisterPerson, coordinator_, {
      request.set_person(id);
      request.mutable_contact()->set_name("Namn " + id);
      request.mutable_contact()->set_email(id + "@example.org");
      request.mutable_contact()->set_phone(Phone(id));
      request.mutable_preferences()->add_channels()->set_channel(channel);
      request.mutable_preferences()->set_language(registry::v1::LANGUAGE_SV);
      request.set_consent(consent);
    });
    CALL(registry, RegistryService, AssignRole, coordinator_, {
      request.set_person(id);
      request.mutable_scope()->set_role(options::v1::ROLE_CONTACT_PERSON);
      request.mutable_scope()->set_area(area);
    });
    CALL(registry, RegistryService, AssignHouseholds, coordinator_, {
      request.set_person(id);
      request.set_area(area);
      request.set_households(households);
    });
  }

  static std::string Phone(const std::string& id) {
    return absl::StrCat("+46701740", 600 + static_cast<int>(id.back()));
  }

  void RegisterPatrol() {
    for (const char* id : {"pat-1", "pat-2"}) {
      CALL(registry, RegistryService, RegisterPerson, coordinator_, {
        request.set_person(id);
        request.mutable_contact()->set_name(std::string("Namn ") + id);
        request.mutable_contact()->set_email(std::string(id) + "@example.org");
        request.set_consent(true);
      });
      CALL(registry, RegistryService, AssignRole, coordinator_, {
        request.set_person(id);
        request.mutable_scope()->set_role(options::v1::ROLE_PATROLLER);
      });
    }
    CALL(registry, RegistryService, HoldTraining, coordinator_, {
      request.set_training(registry::v1::TRAINING_PATROLLER);
      request.add_attended("pat-1");
      request.add_attended("pat-2");
    });
    CALL(registry, RegistryService, ApproveDriver, coordinator_, {
      request.set_person("pat-1");
      request.set_approved(true);
    });
  }

  // A report that nobody may sleep through, so that the hour at which the test runs does not
  // matter.
  intake::v1::Submission Shooting(double lat, double lon) {
    intake::v1::Submission submission;
    submission.set_category("shooting_explosion");
    submission.set_severity(5);
    submission.mutable_where()->mutable_point()->set_lat(lat);
    submission.mutable_where()->mutable_point()->set_lon(lon);
    submission.set_text("Kraftig smäll vid torget, avspärrat.");
    return submission;
  }

  std::vector<std::string> MailTo() {
    std::lock_guard lock(mu_);
    std::vector<std::string> to;
    for (const sink::CaughtMail& mail : mails_) to.insert(to.end(), mail.to.begin(), mail.to.end());
    return to;
  }
  std::vector<std::string> SmsTo() {
    std::lock_guard lock(mu_);
    std::vector<std::string> to;
    for (const sink::CaughtSms& sms : texts_) to.push_back(sms.to);
    return to;
  }
  sink::Mail LastMail() {
    std::lock_guard lock(mu_);
    return sink::ParseMail(mails_.back().data);
  }

  // The signed part of a message's link.
  static std::string LinkIn(const std::string& text) {
    const size_t at = text.find("/l/");
    return at == std::string::npos ? ""
                                   : text.substr(at + 3, text.find_first_of(" \r\n", at) - at - 3);
  }

  notifications::v1::GetAlertResponse Alert(const std::string& id) {
    return CALL(notifications, NotificationsService, GetAlert, coordinator_, {
      request.set_alert(id);
      request.set_at_least(seq_);
    });
  }

  est::v1::GetWeekResponse Week() {
    return CALL(est, EstService, GetWeek, coordinator_, {
      *request.mutable_week() = week_;
      request.set_at_least(seq_);
    });
  }

  static uint32_t CountOf(const est::v1::Picture& picture, const std::string& category) {
    uint32_t count = 0;
    for (const est::v1::Cell& cell : picture.cells())
      count += cell.category() == category ? cell.count() : 0;
    return count;
  }

  static std::string FreePort() {
    sink::SmtpSink probe({});
    EXPECT_TRUE(probe.Start().ok());
    const std::string port = absl::StrCat(probe.port());
    probe.Stop();
    return port;
  }

  SystemClock clock_;
  redis::TempFolder folder_;
  std::mutex mu_;
  std::vector<sink::CaughtMail> mails_;
  std::vector<sink::CaughtSms> texts_;
  sink::SmtpSink smtp_{{.caught = [this](const sink::CaughtMail& mail) {
    std::lock_guard lock(mu_);
    mails_.push_back(mail);
  }}};
  sink::SmsSink sms_{{.caught =
                          [this](const sink::CaughtSms& sms) {
                            std::lock_guard lock(mu_);
                            texts_.push_back(sms);
                          }},
                     clock_};
  std::string http_port_ = FreePort();
  std::unique_ptr<Process> process_;
  std::shared_ptr<grpc::Channel> channel_;
  std::string coordinator_;
  std::string police_;
  std::string patroller_;
  est::v1::Week week_;
  uint64_t seq_ = 0;
  int key_ = 0;
};

TEST_F(LoopTest, ReportAlertReachPatrolPictureAndRevision) {
  Configure();
  RegisterArea("torget", 59.2390, 17.8450);
  RegisterArea("backen", 59.2440, 17.8560);
  RegisterContact("mejl-a", "torget", registry::v1::CHANNEL_EMAIL, true, 15);
  RegisterContact("sms-b", "torget", registry::v1::CHANNEL_SMS, true, 12);
  RegisterContact("nej-c", "torget", registry::v1::CHANNEL_EMAIL, false, 10);
  RegisterContact("annan-d", "backen", registry::v1::CHANNEL_EMAIL, true, 20);
  RegisterPatrol();

  // Report → exactly the right people and nobody else.
  const auto report = CALL(intake, IntakeService, Report, police_, {
    *request.mutable_submission() = Shooting(59.2400, 17.8470);
    request.set_kommun(kKommun);
  });
  ASSERT_EQ(report.area(), "torget");
  ASSERT_TRUE(redis::Eventually([&] { return !MailTo().empty() && !SmsTo().empty(); }));
  const auto alerts = CALL(notifications, NotificationsService, ListAlerts, coordinator_,
                           request.set_at_least(seq_));
  ASSERT_EQ(alerts.alerts_size(), 1);
  const std::string alert = alerts.alerts(0).alert().id();
  ASSERT_TRUE(redis::Eventually([&] { return Alert(alert).alert().reach().delivered() >= 1; }));
  EXPECT_THAT(MailTo(), ElementsAre(HasSubstr("mejl-a@example.org")));
  EXPECT_THAT(SmsTo(), ElementsAre(Phone("sms-b")));
  const sink::Mail mail = LastMail();
  EXPECT_THAT(mail.plain, HasSubstr("Område torget"));
  EXPECT_THAT(mail.html, HasSubstr("<html"));
  EXPECT_LE(texts_[0].message.size(), 480u);

  // Acknowledge and relay, from the link alone.
  const std::string link = LinkIn(mail.plain);
  ASSERT_FALSE(link.empty()) << mail.plain;
  const auto opened =
      CALL(notifications, NotificationsService, OpenLink, "", request.set_link(link));
  EXPECT_EQ(opened.alert(), alert);
  EXPECT_EQ(opened.households(), 15u) << "the number this person covers is proposed";
  CALL(notifications, NotificationsService, Acknowledge, "", request.set_link(link));
  CALL(notifications, NotificationsService, RelayReported, "", {
    request.set_link(link);
    request.set_by(notifications::v1::RELAY_CHANNEL_NOTICE_BOARD);
    request.set_households(14);
  });
  // Their own page shows their own answer, however soon they look.
  const auto reread = CALL(notifications, NotificationsService, OpenLink, "", {
    request.set_link(link);
    request.set_at_least(seq_);
  });
  EXPECT_TRUE(reread.acknowledged());
  EXPECT_TRUE(reread.relayed());
  EXPECT_EQ(reread.households(), 14u);
  const notifications::v1::Reach reach = Alert(alert).alert().reach();
  EXPECT_EQ(reach.told(), 2u);
  EXPECT_EQ(reach.acknowledged(), 1u);
  EXPECT_EQ(reach.relayed(), 1u);
  EXPECT_EQ(reach.households(), 14u);
  EXPECT_EQ(reach.suppressed(), 1u) << "no consent, no message, and it says so";

  // The car gets it.
  const auto shift = CALL(dispatch, DispatchService, OpenShift, police_, {
    *request.mutable_starts() = ToProto(clock_.Now());
    *request.mutable_ends() = ToProto(clock_.Now() + absl::Hours(6));
  });
  CALL(dispatch, DispatchService, StaffShift, police_, {
    request.set_shift(shift.shift());
    request.add_crew("pat-1");
    request.add_crew("pat-2");
    request.set_driver("pat-1");
  });
  CALL(dispatch, DispatchService, BriefShift, police_, request.set_shift(shift.shift()));
  CALL(dispatch, DispatchService, StartShift, patroller_, request.set_shift(shift.shift()));
  const auto sent = CALL(dispatch, DispatchService, DispatchIncident, police_, {
    request.set_shift(shift.shift());
    request.set_incident(report.incident());
  });
  CALL(dispatch, DispatchService, AnswerDispatch, patroller_, {
    request.set_shift(shift.shift());
    request.set_dispatch(sent.dispatch());
    request.set_answer(dispatch::v1::DISPATCH_ANSWER_ACCEPTED);
  });
  const auto out = CALL(dispatch, DispatchService, GetShift, patroller_, {
    request.set_shift(shift.shift());
    request.set_at_least(seq_);
  });
  std::string stop;
  for (const dispatch::v1::Stop& candidate : out.shift().stops()) {
    if (candidate.kind() == dispatch::v1::STOP_KIND_DISPATCH &&
        candidate.incident() == report.incident())
      stop = candidate.id();
  }
  ASSERT_FALSE(stop.empty()) << out.shift().DebugString();
  CALL(dispatch, DispatchService, CompleteStop, patroller_, {
    request.set_shift(shift.shift());
    request.set_stop(stop);
  });
  CALL(dispatch, DispatchService, ReturnShift, patroller_, request.set_shift(shift.shift()));
  CALL(dispatch, DispatchService, DebriefShift, patroller_, {
    request.set_shift(shift.shift());
    dispatch::v1::DebriefItem* item = request.add_items();
    item->set_category("graffiti");
    item->set_district("alby");
    item->set_count(2);
  });

  // Freeze and publish: the picture counts both.
  const absl::TimeZone zone = *LoadZone("Europe/Stockholm");
  const IsoWeek now = WeekOf(clock_.Now(), zone);
  week_.set_year(static_cast<uint32_t>(now.year));
  week_.set_week(static_cast<uint32_t>(now.week));
  CALL(est, EstService, FreezeWeek, coordinator_, *request.mutable_week() = week_);
  CALL(est, EstService, Publish, coordinator_, *request.mutable_week() = week_);
  const auto published = Week();
  EXPECT_EQ(published.picture().revision(), 1u);
  EXPECT_EQ(CountOf(published.picture(), "shooting_explosion"), 1u);
  EXPECT_EQ(CountOf(published.picture(), "graffiti"), 2u);

  // A correction becomes revision 2, which says what changed; what was published stays as it was.
  CALL(intake, IntakeService, Correct, police_, {
    request.set_incident(report.incident());
    *request.mutable_submission() = Shooting(59.2400, 17.8470);
    request.mutable_submission()->set_category("fire_other");
    request.set_reason("Gasolflaska i container");
  });
  const auto pending = Week();
  EXPECT_EQ(pending.picture().revision(), 1u);
  EXPECT_EQ(CountOf(pending.picture(), "shooting_explosion"), 1u)
      << "a published picture never changes silently";
  const auto revised = CALL(est, EstService, Revise, coordinator_, *request.mutable_week() = week_);
  EXPECT_EQ(revised.revision(), 2u);
  std::vector<std::string> changes;
  for (const est::v1::CellChange& change : revised.changes()) {
    changes.push_back(absl::StrCat(change.category(), " ", change.before(), "→", change.after(),
                                   " ", change.reason()));
  }
  EXPECT_THAT(changes,
              UnorderedElementsAre("shooting_explosion 1→0 corrected", "fire_other 0→1 corrected"));
  // The correction reaches exactly those who got the original.
  ASSERT_TRUE(redis::Eventually([&] { return MailTo().size() == 2 && SmsTo().size() == 2; }));
  EXPECT_THAT(MailTo(), testing::Each(HasSubstr("mejl-a@example.org")));
}

TEST_F(LoopTest, GoesOnWithItsDataAfterARestart) {
  Configure();
  RegisterArea("torget", 59.2390, 17.8450);
  const auto report = CALL(intake, IntakeService, Report, police_,
                           *request.mutable_submission() = Shooting(59.2400, 17.8470));
  ASSERT_TRUE(process_->Stop().ok());
  process_.reset();
  StartProcess();
  const auto listed =
      CALL(intake, IntakeService, List, police_, request.set_at_least(report.seq()));
  ASSERT_EQ(listed.incidents_size(), 1);
  EXPECT_EQ(listed.incidents(0).incident().id(), report.incident());
  EXPECT_EQ(listed.incidents(0).text(), "Kraftig smäll vid torget, avspärrat.");
}

TEST_F(LoopTest, ReportWithPersonalDataIsRefusedWithItsPositionAndLeavesNothing) {
  Configure();
  intake::v1::ReportRequest personal;
  *personal.mutable_submission() = Shooting(59.2400, 17.8470);
  personal.mutable_submission()->set_text("Ring 070-174 06 05 om det.");
  intake::v1::ReportResponse response;
  const absl::Status status = Try<intake::v1::IntakeService>(
      &intake::v1::IntakeService::StubInterface::Report, personal, &response, police_);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  const auto info = InfoOf(status);
  ASSERT_TRUE(info.has_value());
  ASSERT_EQ(info->hits_size(), 1);
  EXPECT_EQ(info->hits(0).begin(), 5u);
  EXPECT_EQ(info->hits(0).kind(), "phone");
  const auto listed = CALL(intake, IntakeService, List, police_, request.set_limit(10));
  EXPECT_THAT(listed.incidents(), IsEmpty());
}

}  // namespace
}  // namespace vaka
