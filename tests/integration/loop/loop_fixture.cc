#include "tests/integration/loop/loop_fixture.h"

#include "libs/base/week.h"

namespace vaka {

void LoopFixture::SetUp() {
  const absl::Status started = system_.Start();
  ASSERT_TRUE(started.ok()) << started;
  coordinator_ = system_.Token(options::v1::ROLE_COORDINATOR, "samordnare", "municipality");
  police_ = system_.Token(options::v1::ROLE_BRIEFING_OFFICER, "polis", "police");
  patroller_ = system_.Token(options::v1::ROLE_PATROLLER, "pat-1", "patrol");
  const IsoWeek now = WeekOf(clock_.Now(), *LoadZone("Europe/Stockholm"));
  week_.set_year(static_cast<uint32_t>(now.year));
  week_.set_week(static_cast<uint32_t>(now.week));
  const absl::Status configured = system_.Configure();
  ASSERT_TRUE(configured.ok()) << configured;
}

void LoopFixture::TearDown() { EXPECT_TRUE(system_.Stop().ok()); }

void LoopFixture::RegisterArea(const std::string& id, double lat, double lon) {
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

void LoopFixture::RegisterContact(const std::string& id, const std::string& area,
                                  registry::v1::Channel channel, bool consent,
                                  uint32_t households) {
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

std::string LoopFixture::Phone(const std::string& id) {
  return absl::StrCat("+46701740", 600 + static_cast<int>(id.back()));
}

void LoopFixture::RegisterPatrol() {
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

intake::v1::Submission LoopFixture::Shooting(double lat, double lon) {
  intake::v1::Submission submission;
  submission.set_category("shooting_explosion");
  submission.set_severity(5);
  submission.mutable_where()->mutable_point()->set_lat(lat);
  submission.mutable_where()->mutable_point()->set_lon(lon);
  submission.set_text("Kraftig smäll vid torget, avspärrat.");
  return submission;
}

std::vector<std::string> LoopFixture::MailTo() {
  std::lock_guard lock(mu_);
  std::vector<std::string> to;
  for (const sink::CaughtMail& mail : mails_) to.insert(to.end(), mail.to.begin(), mail.to.end());
  return to;
}

std::vector<std::string> LoopFixture::SmsTo() {
  std::lock_guard lock(mu_);
  std::vector<std::string> to;
  for (const sink::CaughtSms& sms : texts_) to.push_back(sms.to);
  return to;
}

sink::Mail LoopFixture::LastMail() {
  std::lock_guard lock(mu_);
  return sink::ParseMail(mails_.back().data);
}

std::string LoopFixture::LastSms() {
  std::lock_guard lock(mu_);
  return texts_.back().message;
}

std::string LoopFixture::LinkIn(const std::string& text) {
  const size_t at = text.find("/l/");
  return at == std::string::npos ? ""
                                 : text.substr(at + 3, text.find_first_of(" \r\n", at) - at - 3);
}

notifications::v1::GetAlertResponse LoopFixture::Alert(const std::string& id) {
  return CALL(notifications, NotificationsService, GetAlert, coordinator_, {
    request.set_alert(id);
    request.set_at_least(seq_);
  });
}

est::v1::GetWeekResponse LoopFixture::Week() {
  return CALL(est, EstService, GetWeek, coordinator_, {
    *request.mutable_week() = week_;
    request.set_at_least(seq_);
  });
}

}  // namespace vaka
