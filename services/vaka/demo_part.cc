#include "services/vaka/demo_part.h"

#include <grpcpp/grpcpp.h>

#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/municipality.h"

namespace vaka {
namespace {

struct RoleRow {
  const char* code;
  const char* label_sv;
  const char* label_en;
  options::v1::Role role;
  const char* person;
  const char* agency;
  const char* district;
};

// One way in for each first screen. Codes are for the demo only.
constexpr RoleRow kRoles[] = {
    {"samordnare", "Trygghetssamordnare", "Safety coordinator", options::v1::ROLE_COORDINATOR,
     "samordnare", "municipality", ""},
    {"analytiker", "EST-analytiker", "EST analyst", options::v1::ROLE_ANALYST, "analytiker",
     "municipality", ""},
    {"polis", "Utsättande polis", "Briefing officer", options::v1::ROLE_BRIEFING_OFFICER,
     "utsattare", "police", ""},
    {"patrull", "Grannstödjare", "Patroller", options::v1::ROLE_PATROLLER, "grannstodjare-01",
     "patrol", ""},
    {"vaktare", "Rapportör, väktare", "Agency reporter, guards", options::v1::ROLE_AGENCY_REPORTER,
     "vaktare", "guards", ""},
    {"omradeschef", "Områdeschef, Alby", "Area manager, Alby", options::v1::ROLE_AREA_MANAGER,
     "omradeschef", "housing_company", "alby"},
    {"drift", "Drift", "Operator", options::v1::ROLE_OPERATOR, "drift", "municipality", ""},
};

// On a terminal one line that moves; elsewhere a line for each tenth.
void ShowProgress(const std::string& what, size_t done, size_t of) {
  if (of > 10 && done != of && done % (of / 10 + 1) > 500) return;
  std::cout << absl::StrFormat("demo: %s %d/%d\n", what, done, of) << std::flush;
}

}  // namespace

absl::StatusOr<std::unique_ptr<DemoPart>> DemoPart::Make(const RunOptions& options,
                                                         const rpc::Tokens& tokens, Clock& clock) {
  absl::Duration pace;
  if (!absl::ParseDuration(options.pace, &pace) || pace < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--pace: \"", options.pace, "\" is no time, expected e.g. 5s, or 0 for none"));
  }
  VAKA_ASSIGN(const registry::v1::MunicipalityConfig config,
              config::LoadMunicipality(options.config));
  VAKA_ASSIGN(demo::Demo demo, demo::MakeDemo(config, options.seed));
  return std::unique_ptr<DemoPart>(new DemoPart(std::move(demo), pace, tokens, clock));
}

DemoPart::DemoPart(demo::Demo demo, absl::Duration pace, const rpc::Tokens& tokens, Clock& clock)
    : demo_(std::move(demo)), pace_(pace), tokens_(tokens), clock_(clock) {
  phones_ = std::make_unique<demo::Phones>(demo_.people, demo_.town);
  smtp_ = std::make_unique<sink::SmtpSink>(sink::SmtpSinkOptions{
      .caught = [this](const sink::CaughtMail& mail) { phones_->Caught(mail, clock_.Now()); }});
  sms_ = std::make_unique<sink::SmsSink>(
      sink::SmsSinkOptions{
          .caught = [this](const sink::CaughtSms& sms) { phones_->Caught(sms, clock_.Now()); }},
      clock_);
}

absl::Status DemoPart::StartSinks() {
  VAKA_RETURN_IF_ERROR(smtp_->Start());
  return sms_->Start();
}

absl::Status DemoPart::Load(std::shared_ptr<grpc::Channel> channel) {
  demo::Loader loader(demo_, channel, tokens_, clock_, ShowProgress);
  VAKA_RETURN_IF_ERROR(loader.Load());
  if (pace_ == absl::ZeroDuration()) return absl::OkStatus();
  live_ = std::make_unique<demo::LiveReports>(demo_, std::move(channel), tokens_);
  reporter_ =
      std::make_unique<runtime::Periodic>("demo reports", clock_, pace_, [this](absl::Time now) {
        if (const absl::Status status = live_->RunOnce(now); !status.ok())
          LogWarning("demo", status.ToString());
      });
  reporter_->Start();
  return absl::OkStatus();
}

void DemoPart::Stop() {
  if (reporter_ != nullptr) reporter_->Stop();
  sms_->Stop();
  smtp_->Stop();
}

std::vector<gateway::v1::DemoRole> DemoPart::Roles() const {
  std::vector<gateway::v1::DemoRole> roles;
  for (const RoleRow& row : kRoles) {
    gateway::v1::DemoRole* role = &roles.emplace_back();
    role->set_code(row.code);
    role->set_label_sv(row.label_sv);
    role->set_label_en(row.label_en);
    gateway::v1::Identity* identity = role->mutable_identity();
    identity->set_kommun(demo_.config.kommun());
    identity->set_person(row.person);
    identity->add_roles(row.role);
    identity->set_agency(row.agency);
    identity->set_district(row.district);
  }
  return roles;
}

}  // namespace vaka
