#include "services/demo/people.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace vaka::demo {
namespace {

using options::v1::Role;

constexpr std::array kGiven = {"Amina",   "Lars",  "Fatima",  "Karin",  "Yusuf",  "Birgitta",
                               "Elif",    "Olof",  "Mehmet",  "Ingrid", "Samira", "Göran",
                               "Maria",   "Ali",   "Kerstin", "Hassan", "Astrid", "Dragan",
                               "Leyla",   "Nils",  "Zeynep",  "Erik",   "Marta",  "Omar",
                               "Gunilla", "Tomas", "Aino",    "Peter",  "Nadia",  "Sven"};
constexpr std::array kFamily = {"Almgren",  "Björkdal",   "Celikoz",  "Dahlvik",  "Ekhamn",
                                "Farahani", "Grenström",  "Haddadi",  "Isakson",  "Jovanic",
                                "Kvarnby",  "Lindhede",   "Moradian", "Nordvall", "Ozdemiroglu",
                                "Palmehag", "Rahimi",     "Sandmark", "Tuomela",  "Ulvskog",
                                "Vinterås", "Yildirimli", "Åkerby",   "Östhed"};

// The ranges that the Swedish regulator sets aside for films and books: never anybody's number.
std::string FictionalPhone(size_t n) {
  if (n < 95) return absl::StrFormat("+4670174%04d", 605 + static_cast<int>(n));
  constexpr std::array kLandlines = {"+4684650040", "+4684650041", "+4684650042", "+4684650043"};
  n -= 95;
  if (n < 40) return absl::StrCat(kLandlines[n / 10], n % 10);
  n -= 40;
  if (n < 100) return absl::StrFormat("+46313900%03d", 600 + static_cast<int>(n));
  n -= 100;
  if (n < 100) return absl::StrFormat("+46406280%03d", 400 + static_cast<int>(n));
  return absl::StrFormat("+469803192%02d", static_cast<int>(n % 100));
}

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(Random::For(seed, "people")) {}

  DemoPerson& Add(const std::string& id, Role role) {
    DemoPerson person;
    person.id = id;
    person.role = role;
    const std::string name = absl::StrCat(kGiven[random_.Below(kGiven.size())], " ",
                                          kFamily[random_.Below(kFamily.size())]);
    person.contact.set_name(name);
    person.contact.set_phone(FictionalPhone(people_.size()));
    person.contact.set_email(absl::StrCat(id, "@demo.example"));
    // Mobile numbers only; a landline gets no text messages.
    person.prefers_sms = people_.size() < 95 && random_.Chance(0.8);
    person.english = random_.Chance(0.12);
    people_.push_back(std::move(person));
    return people_.back();
  }

  Random& random() { return random_; }
  std::vector<DemoPerson> Take() { return std::move(people_); }

 private:
  Random random_;
  std::vector<DemoPerson> people_;
};

void AddFunctions(Maker& maker) {
  maker.Add("samordnare", options::v1::ROLE_COORDINATOR).agency = "municipality";
  maker.Add("analytiker", options::v1::ROLE_ANALYST).agency = "municipality";
  maker.Add("utsattare", options::v1::ROLE_BRIEFING_OFFICER).agency = "police";
  maker.Add("brandman", options::v1::ROLE_AGENCY_REPORTER).agency = "fire_brigade";
  maker.Add("vaktare", options::v1::ROLE_AGENCY_REPORTER).agency = "guards";
  DemoPerson& manager = maker.Add("omradeschef", options::v1::ROLE_AREA_MANAGER);
  manager.agency = "housing_company";
  manager.district = "alby";
  DemoPerson& representative = maker.Add("trygghetsombud", options::v1::ROLE_SAFETY_REPRESENTATIVE);
  representative.agency = "association";
  representative.district = "alby";
  maker.Add("drift", options::v1::ROLE_OPERATOR).agency = "municipality";
}

void AddPatrollers(Maker& maker) {
  for (int i = 1; i <= 30; ++i) {
    DemoPerson& person =
        maker.Add(absl::StrFormat("grannstodjare-%02d", i), options::v1::ROLE_PATROLLER);
    person.agency = "patrol";
    person.driver = i <= 14;
    person.english = false;
  }
}

// One contact person an area, more in large ones, none in every tenth: contact persons missing is
// work to do.
void AddContacts(Maker& maker, const Town& town) {
  for (const DemoArea& made : town.areas) {
    const bool started = made.stage == registry::v1::AREA_STAGE_ACTIVE ||
                         made.stage == registry::v1::AREA_STAGE_DORMANT ||
                         made.stage == registry::v1::AREA_STAGE_TRAINED;
    if (!started || maker.random().Chance(0.05)) continue;
    const uint32_t contacts = made.households > 160 ? 3 : made.households > 90 ? 2 : 1;
    for (uint32_t i = 0; i < contacts; ++i) {
      const bool caretaker = i == 0 && made.area.kind() == registry::v1::AREA_KIND_RENTED &&
                             maker.random().Chance(0.3);
      const Role role = caretaker                ? options::v1::ROLE_CARETAKER
                        : i == 0 && contacts > 2 ? options::v1::ROLE_LEAD_CONTACT
                                                 : options::v1::ROLE_CONTACT_PERSON;
      DemoPerson& person = maker.Add(absl::StrCat("ombud-", made.area.id(), "-", i + 1), role);
      person.area = made.area.id();
      if (caretaker) person.agency = "housing_company";
      person.households = std::min(20u, made.households / contacts);
      person.consent = !maker.random().Chance(0.03);
    }
  }
}

std::string Quoted(const std::string& text) { return absl::StrCat("\"", text, "\""); }

}  // namespace

std::vector<DemoPerson> MakePeople(const Town& town, uint64_t seed) {
  Maker maker(seed);
  AddFunctions(maker);
  AddPatrollers(maker);
  AddContacts(maker, town);
  return maker.Take();
}

std::string PeopleCsv(const std::vector<DemoPerson>& people) {
  std::string csv =
      "person,name,phone,email,language,consent,channels,role,area,district,agency,households\n";
  for (const DemoPerson& person : people) {
    absl::StrAppend(&csv, person.id, ",", Quoted(person.contact.name()), ",",
                    person.contact.phone(), ",", person.contact.email(), ",",
                    person.english ? "en" : "sv", ",", person.consent ? "yes" : "no", ",",
                    person.prefers_sms ? "sms;email" : "email", ",");
    absl::StrAppend(&csv, options::v1::Role_Name(person.role), ",", person.area, ",",
                    person.district, ",", person.agency, ",", person.households, "\n");
  }
  return csv;
}

}  // namespace vaka::demo
