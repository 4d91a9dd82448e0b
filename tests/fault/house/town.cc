#include "tests/fault/house/town.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status.h"
#include "libs/base/week.h"
#include "libs/config/municipality.h"
#include "tests/fault/house/caller.h"
#include "vaka/registry/v1/registry_service.pb.h"

namespace vaka::fault {
namespace {

using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;

struct Kind {
  const char* name;
  std::vector<registry::v1::ChannelChoice> (*channels)();
  bool consent;
};

registry::v1::ChannelChoice Choice(registry::v1::Channel channel, uint32_t floor = 0) {
  registry::v1::ChannelChoice choice;
  choice.set_channel(channel);
  choice.set_floor(floor);
  return choice;
}

const std::vector<Kind>& Kinds() {
  using Choices = std::vector<registry::v1::ChannelChoice>;
  static const auto& kinds =
      *new std::vector<Kind>{{"mail", [] { return Choices{Choice(CHANNEL_EMAIL)}; }, true},
                             {"sms", [] { return Choices{Choice(CHANNEL_SMS)}; }, true},
                             {"mail-sms",
                              [] {
                                return Choices{Choice(CHANNEL_EMAIL), Choice(CHANNEL_SMS)};
                              },
                              true},
                             {"sms-mail",
                              [] {
                                return Choices{Choice(CHANNEL_SMS), Choice(CHANNEL_EMAIL)};
                              },
                              true},
                             {"severe",
                              [] {
                                return Choices{Choice(CHANNEL_EMAIL, 5), Choice(CHANNEL_SMS)};
                              },
                              true},
                             {"no-consent", [] { return Choices{Choice(CHANNEL_EMAIL)}; }, false}};
  return kinds;
}

constexpr int kMostPeople = 95;    // numbers set aside for fiction: 070-174 06 05 to 99
constexpr int kFirstOfCrews = 75;  // the numbers above are the crews'
constexpr char kMailDomain[] = "@example.org";
constexpr char kPhones[] = "+46701740";
constexpr int kFirstPhone = 605;
constexpr char kText[] = "Sett från fönstret, ljudet av krossat glas";
constexpr double kSouth = 59.2300;
constexpr double kWest = 17.8300;
constexpr double kSide = 0.004;

std::string NameOf(const std::string& person) { return "Vilhelmina Prov " + person; }
std::string HomeOf(const std::string& person) { return "Hemliga stigen vid " + person; }

}  // namespace

Town::Town(TownOptions options) : options_(options) {}

std::string Town::area(int index) const { return absl::StrCat("omr", index); }

std::vector<std::string> Town::contacts(int area) const {
  std::vector<std::string> ids;
  for (const Kind& kind : Kinds()) ids.push_back(absl::StrCat("a", area, "-", kind.name));
  return ids;
}

std::string Town::driver(int crew) const { return absl::StrCat("c", crew, "-driver"); }
std::string Town::mate(int crew) const { return absl::StrCat("c", crew, "-mate"); }

std::vector<std::string> Town::people() const {
  std::vector<std::string> all;
  for (int area = 0; area < options_.areas; ++area) {
    for (std::string& id : contacts(area)) all.push_back(std::move(id));
  }
  all.resize(kFirstOfCrews);
  for (int crew = 0; crew < options_.crews; ++crew) {
    all.push_back(driver(crew));
    all.push_back(mate(crew));
  }
  return all;
}

std::string Town::MailOf(const std::string& person) { return person + kMailDomain; }

std::string Town::PhoneOf(const std::string& person) const {
  const std::vector<std::string> all = people();
  const auto at = std::find(all.begin(), all.end(), person) - all.begin();
  return absl::StrCat(kPhones, kFirstPhone + at);
}

std::string Town::PersonOf(const std::string& recipient) const {
  absl::string_view rest = recipient;
  if (absl::ConsumeSuffix(&rest, kMailDomain)) return std::string(rest);
  int number = 0;
  if (!absl::ConsumePrefix(&rest, kPhones) || !absl::SimpleAtoi(rest, &number)) return "";
  const std::vector<std::string> all = people();
  const size_t at = static_cast<size_t>(number - kFirstPhone);
  return at < all.size() ? all[at] : "";
}

absl::Status Town::Build(Caller& caller, absl::Time time) const {
  if (options_.areas * static_cast<int>(Kinds().size()) > kFirstOfCrews ||
      options_.crews * 2 > kMostPeople - kFirstOfCrews) {
    return absl::InvalidArgumentError("the town is too large for its telephone numbers");
  }
  VAKA_ASSIGN(registry::v1::MunicipalityConfig config,
              config::LoadMunicipality(VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml"));
  VAKA_ASSIGN(const absl::TimeZone zone, LoadZone(config.zone()));
  const absl::CivilMinute now = absl::ToCivilMinute(time, zone);
  registry::v1::NotifyRules& rules = *config.mutable_notify();
  rules.set_group_seconds(options_.group_seconds);
  rules.mutable_default_quiet()->set_from_minute(0);
  rules.mutable_default_quiet()->set_to_minute(0);
  // Half a day away: no digest goes out while a test runs.
  rules.set_digest_minute(static_cast<uint32_t>((now.hour() * 60 + now.minute() + 720) % 1440));
  registry::v1::ConfigureRequest request;
  *request.mutable_config() = config;
  registry::v1::ConfigureResponse response;
  VAKA_RETURN_IF_ERROR(caller.Do(request, &response, Coordinator()));
  for (int area = 0; area < options_.areas; ++area) VAKA_RETURN_IF_ERROR(BuildArea(caller, area));
  for (int crew = 0; crew < options_.crews; ++crew) VAKA_RETURN_IF_ERROR(BuildCrew(caller, crew));
  return absl::OkStatus();
}

absl::Status Town::BuildArea(Caller& caller, int index) const {
  registry::v1::RegisterAreaRequest request;
  request.set_stage(registry::v1::AREA_STAGE_ACTIVE);
  registry::v1::Area& area = *request.mutable_area();
  area.set_id(this->area(index));
  area.set_name(absl::StrCat("Kvarteret ", index));
  area.set_district("alby");
  area.set_kind(registry::v1::AREA_KIND_RENTED);
  registry::v1::HouseholdCount* count = area.add_households();
  count->set_form(registry::v1::AREA_KIND_RENTED);
  count->set_households(200);
  registry::v1::Ring* ring = area.mutable_polygon()->add_rings();
  constexpr double kCorners[][2] = {{0, 0}, {0, 1}, {1, 1}, {1, 0}, {0, 0}};
  for (const auto& corner : kCorners) {
    registry::v1::Point* point = ring->add_points();
    point->set_lat(kSouth + kSide * corner[0]);
    point->set_lon(kWest + kSide * (corner[1] + index));
  }
  registry::v1::RegisterAreaResponse response;
  VAKA_RETURN_IF_ERROR(caller.Do(request, &response, Coordinator()));
  const std::vector<std::string> ids = contacts(index);
  for (size_t i = 0; i < ids.size(); ++i) {
    VAKA_RETURN_IF_ERROR(BuildContact(caller, this->area(index), ids[i], i));
  }
  return absl::OkStatus();
}

absl::Status Town::Register(Caller& caller, const std::string& person,
                            const std::vector<registry::v1::ChannelChoice>& channels,
                            bool consent) const {
  registry::v1::RegisterPersonRequest request;
  request.set_person(person);
  registry::v1::Contact& contact = *request.mutable_contact();
  contact.set_name(NameOf(person));
  contact.set_email(MailOf(person));
  contact.set_phone(PhoneOf(person));
  contact.set_address(HomeOf(person));
  request.mutable_preferences()->set_language(registry::v1::LANGUAGE_SV);
  for (const registry::v1::ChannelChoice& choice : channels)
    *request.mutable_preferences()->add_channels() = choice;
  request.set_consent(consent);
  registry::v1::RegisterPersonResponse response;
  return caller.Do(request, &response, Coordinator());
}

absl::Status Town::BuildContact(Caller& caller, const std::string& area, const std::string& person,
                                size_t kind) const {
  VAKA_RETURN_IF_ERROR(Register(caller, person, Kinds()[kind].channels(), Kinds()[kind].consent));
  registry::v1::AssignRoleRequest role;
  role.set_person(person);
  role.mutable_scope()->set_role(options::v1::ROLE_CONTACT_PERSON);
  role.mutable_scope()->set_area(area);
  registry::v1::AssignRoleResponse assigned;
  VAKA_RETURN_IF_ERROR(caller.Do(role, &assigned, Coordinator()));
  registry::v1::AssignHouseholdsRequest households;
  households.set_person(person);
  households.set_area(area);
  households.set_households(15);
  registry::v1::AssignHouseholdsResponse covered;
  return caller.Do(households, &covered, Coordinator());
}

absl::Status Town::BuildCrew(Caller& caller, int index) const {
  registry::v1::HoldTrainingRequest training;
  training.set_training(registry::v1::TRAINING_PATROLLER);
  for (const std::string& person : {driver(index), mate(index)}) {
    VAKA_RETURN_IF_ERROR(Register(caller, person, {Choice(CHANNEL_EMAIL)}, true));
    registry::v1::AssignRoleRequest role;
    role.set_person(person);
    role.mutable_scope()->set_role(options::v1::ROLE_PATROLLER);
    registry::v1::AssignRoleResponse assigned;
    VAKA_RETURN_IF_ERROR(caller.Do(role, &assigned, Coordinator()));
    training.add_attended(person);
  }
  registry::v1::HoldTrainingResponse held;
  VAKA_RETURN_IF_ERROR(caller.Do(training, &held, Coordinator()));
  registry::v1::ApproveDriverRequest approve;
  approve.set_person(driver(index));
  approve.set_approved(true);
  registry::v1::ApproveDriverResponse approved;
  return caller.Do(approve, &approved, Coordinator());
}

intake::v1::Submission Town::ReportIn(int area, uint32_t severity, uint64_t variant) const {
  static constexpr const char* kCategories[] = {"brawl", "burglary_other", "threat", "arson",
                                                "vehicle_theft"};
  intake::v1::Submission submission;
  submission.set_category(kCategories[variant % std::size(kCategories)]);
  submission.set_severity(severity);
  registry::v1::Point& point = *submission.mutable_where()->mutable_point();
  const double step = static_cast<double>(variant % 64) / 64;
  point.set_lat(kSouth + kSide * (0.2 + 0.6 * step));
  point.set_lon(kWest + kSide * (0.5 + area));
  submission.set_text(kText);
  return submission;
}

std::vector<std::string> Town::Personal() const {
  std::vector<std::string> all = {kText};
  for (const std::string& person : people()) {
    if (person.empty()) continue;
    all.push_back(NameOf(person));
    all.push_back(HomeOf(person));
    all.push_back(MailOf(person));
    all.push_back(PhoneOf(person));
  }
  return all;
}

}  // namespace vaka::fault
