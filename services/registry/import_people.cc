#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/registry/check.h"
#include "services/registry/csv.h"
#include "services/registry/decide.h"
#include "services/registry/import.h"

namespace vaka::registry {
namespace {

constexpr std::array kColumns = {
    "person",  "name",     "phone", "email", "address", "webhook",  "role",       "language",
    "consent", "channels", "quiet", "area",  "agency",  "district", "households", "addresses"};

// Where each column stands in the file.
class Header {
 public:
  Header(const CsvRow& row, Problems& problems) : width_(row.cells.size()) {
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(row.cells[i]));
      if (std::find(kColumns.begin(), kColumns.end(), name) == kColumns.end()) {
        AddProblem(problems, row.line, name,
                   absl::StrCat("is no column; there are ", absl::StrJoin(kColumns, ", ")));
      } else if (!places_.emplace(name, i).second) {
        AddProblem(problems, row.line, name, "is given twice");
      }
    }
    if (!Has("name")) AddProblem(problems, row.line, "name", "the column is missing");
  }

  bool Has(const std::string& column) const { return places_.count(column) > 0; }
  size_t width() const { return width_; }

  std::string Cell(const CsvRow& row, const std::string& column) const {
    const auto place = places_.find(column);
    if (place == places_.end()) return "";
    return std::string(absl::StripAsciiWhitespace(row.cells[place->second]));
  }

 private:
  size_t width_;
  std::map<std::string, size_t> places_;
};

// Reads one row; what it cannot read becomes a problem.
class RowReader {
 public:
  RowReader(const Header& header, const CsvRow& row, Problems& problems)
      : header_(header), row_(row), problems_(problems) {}

  ImportedPerson Read() {
    ImportedPerson person;
    person.line = row_.line;
    person.id = Cell("person");
    v1::Contact contact;
    contact.set_name(Cell("name"));
    contact.set_phone(Cell("phone"));
    contact.set_email(Cell("email"));
    contact.set_address(Cell("address"));
    contact.set_webhook(Cell("webhook"));
    std::vector<absl::Status> wrong;
    person.contact = NormalContact(contact, "", wrong);
    for (const absl::Status& status : wrong) AddProblem(problems_, row_.line, status);
    person.consent = Consent();
    person.preferences = ReadPreferences();
    if (!Cell("role").empty()) {
      person.roles.push_back(ReadRole());
    } else if (!Cell("households").empty()) {
      Wrong("households", "belongs to a role");
    }
    return person;
  }

 private:
  std::string Cell(const char* column) const { return header_.Cell(row_, column); }

  void Wrong(absl::string_view field, absl::string_view problem) {
    AddProblem(problems_, row_.line, field, problem);
  }

  std::optional<bool> Consent() {
    if (!header_.Has("consent")) return std::nullopt;
    const std::string consent = absl::AsciiStrToLower(Cell("consent"));
    if (consent == "yes" || consent == "ja" || consent == "true" || consent == "1") return true;
    const bool no = consent.empty() || consent == "no" || consent == "nej" || consent == "false" ||
                    consent == "0";
    if (!no) Wrong("consent", absl::StrCat("\"", consent, "\"; allowed are yes and no"));
    return false;
  }

  std::optional<v1::Preferences> ReadPreferences() {
    if (!header_.Has("channels") && !header_.Has("language") && !header_.Has("quiet")) {
      return std::nullopt;
    }
    v1::Preferences preferences;
    const std::string language = absl::AsciiStrToLower(Cell("language"));
    if (language == "en") {
      preferences.set_language(v1::LANGUAGE_EN);
    } else if (language == "sv" || language.empty()) {
      preferences.set_language(v1::LANGUAGE_SV);
    } else {
      Wrong("language", absl::StrCat("\"", language, "\"; allowed are sv and en"));
    }
    for (absl::string_view text : absl::StrSplit(Cell("channels"), ';', absl::SkipWhitespace())) {
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(text, absl::MaxSplits(':', 1));
      v1::ChannelChoice& choice = *preferences.add_channels();
      choice.set_channel(ChannelOf(parts.first));
      uint32_t floor = 0;
      if (!parts.second.empty() && !absl::SimpleAtoi(parts.second, &floor)) floor = 9;
      choice.set_floor(floor);
    }
    if (const std::string quiet = Cell("quiet"); !quiet.empty()) ReadQuiet(quiet, preferences);
    const absl::Status checked = CheckPreferences(preferences, "");
    if (!checked.ok()) {
      Wrong("channels", absl::StrCat("\"", Cell("channels"),
                                     "\"; sms, email, webhook and inbox are allowed once each, "
                                     "with a lowest severity as in sms:3"));
    }
    return preferences;
  }

  void ReadQuiet(const std::string& text, v1::Preferences& preferences) {
    const std::vector<std::string> parts = absl::StrSplit(text, absl::ByAnyChar(":-"));
    std::array<uint32_t, 4> number = {};
    bool right = parts.size() == number.size();
    for (size_t i = 0; right && i < number.size(); ++i) {
      right = absl::SimpleAtoi(parts[i], &number[i]) && number[i] < (i % 2 == 0 ? 24 : 60);
    }
    if (!right) return Wrong("quiet", absl::StrCat("\"", text, "\"; write it as 21:00-07:00"));
    preferences.mutable_quiet()->set_from_minute(number[0] * 60 + number[1]);
    preferences.mutable_quiet()->set_to_minute(number[2] * 60 + number[3]);
  }

  ImportedRole ReadRole() {
    ImportedRole role;
    role.line = row_.line;
    role.scope.set_role(RoleOf(Cell("role")));
    role.scope.set_area(Cell("area"));
    role.scope.set_district(Cell("district"));
    role.scope.set_agency(Cell("agency"));
    uint32_t households = 0;
    if (const std::string text = Cell("households"); !text.empty()) {
      if (absl::SimpleAtoi(text, &households)) {
        // A zero for a role without households says nothing.
        if (households > 0 || IsContactRole(role.scope.role())) role.households = households;
      } else {
        Wrong("households", absl::StrCat("\"", text, "\"; a whole number from 0 is needed"));
      }
    }
    for (absl::string_view address :
         absl::StrSplit(Cell("addresses"), ';', absl::SkipWhitespace())) {
      role.addresses.emplace_back(absl::StripAsciiWhitespace(address));
    }
    if (!role.addresses.empty() && !role.households) role.households = 0;
    return role;
  }

  const Header& header_;
  const CsvRow& row_;
  Problems& problems_;
};

bool IsUtf8(absl::string_view text) {
  size_t follow = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (follow > 0) {
      if ((byte & 0xC0) != 0x80) return false;
      --follow;
    } else if (byte >= 0x80) {
      if (byte >= 0xC2 && byte <= 0xDF) {
        follow = 1;
      } else if (byte >= 0xE0 && byte <= 0xEF) {
        follow = 2;
      } else if (byte >= 0xF0 && byte <= 0xF4) {
        follow = 3;
      } else {
        return false;
      }
    }
  }
  return follow == 0;
}

// Plans on a copy of the state to which each fact is applied, so that every row meets the same
// guards as the rpc would, with the rows before it taken into account.
class PeoplePlanner {
 public:
  PeoplePlanner(const State& state, absl::Time now) : now_(now) {
    const absl::Status restored = scratch_.Restore(state.Serialize());
    if (!restored.ok()) AddProblem(*plan_.result.mutable_problems(), 0, restored);
  }

  void Add(const ImportedPerson& person) {
    const bool exists = scratch_.view().FindPerson(person.id) != nullptr;
    const size_t before = plan_.steps.size();
    if (!Enter(person)) return;
    for (const ImportedRole& role : person.roles) AddRole(person.id, role);
    v1::ImportResult& result = plan_.result;
    if (!exists) {
      result.set_added(result.added() + 1);
    } else if (plan_.steps.size() > before) {
      result.set_changed(result.changed() + 1);
    } else {
      result.set_unchanged(result.unchanged() + 1);
    }
  }

  ImportPlan Take() { return std::move(plan_); }

 private:
  // Details, preferences and consent. False: nothing more can be said of the person.
  bool Enter(const ImportedPerson& person) {
    const PersonEntry* known = scratch_.view().FindPerson(person.id);
    const bool same_box = known != nullptr && person.box && !known->erased &&
                          Equal(known->contact, person.box->sealed);
    if (known == nullptr || (person.box && !same_box)) {
      SealedPerson sealed;
      sealed.id = person.id;
      if (person.box) sealed.contact = *person.box;
      if (known != nullptr) {
        sealed.preferences = known->preferences;
        sealed.consent = known->consent;
      }
      if (person.preferences) sealed.preferences = *person.preferences;
      if (person.consent) sealed.consent = *person.consent;
      return Take(person.line, DecideRegisterPerson(scratch_, sealed));
    }
    if (!Take(person.line, LivingPerson(scratch_.view(), person.id).status())) return false;
    if (person.preferences) {
      v1::SetPreferencesRequest request;
      request.set_person(person.id);
      *request.mutable_preferences() = *person.preferences;
      Take(person.line, DecideSetPreferences(scratch_, request));
    }
    if (person.consent) {
      v1::SetConsentRequest request;
      request.set_person(person.id);
      request.set_consent(*person.consent);
      Take(person.line, DecideSetConsent(scratch_, request));
    }
    return true;
  }

  void AddRole(const std::string& person, const ImportedRole& role) {
    const absl::StatusOr<fold::Decision> assigned =
        DecideAssignRole(scratch_, person, role.scope, now_);
    // A role that the person holds already is what the file says.
    if (!absl::IsAlreadyExists(assigned.status()) && !Take(role.line, assigned)) return;
    if (!role.households) return;
    v1::AssignHouseholdsRequest request;
    request.set_person(person);
    request.set_area(role.scope.area());
    request.set_households(*role.households);
    request.mutable_addresses()->Assign(role.addresses.begin(), role.addresses.end());
    Take(role.line, DecideAssignHouseholds(scratch_, request, now_));
  }

  bool Take(uint32_t line, const absl::Status& status) {
    if (!status.ok()) AddWithoutPrefix(line, status);
    return status.ok();
  }

  bool Take(uint32_t line, absl::StatusOr<fold::Decision> step) {
    if (!step.ok()) return Take(line, step.status());
    for (event::v1::Event fact : step->facts) {
      *fact.mutable_occurred_at() = ToProto(now_);
      if (absl::Status applied = scratch_.Apply(fact); !applied.ok()) return Take(line, applied);
    }
    if (!step->facts.empty()) plan_.steps.push_back(*std::move(step));
    return true;
  }

  // A column's name is the field's without the "scope." that the rpc has before it.
  void AddWithoutPrefix(uint32_t line, const absl::Status& status) {
    Problems& problems = *plan_.result.mutable_problems();
    AddProblem(problems, line, status);
    v1::ImportProblem& added = *problems.Mutable(problems.size() - 1);
    constexpr absl::string_view kScope = "scope.";
    if (added.field().rfind(kScope.data(), 0) == 0) added.mutable_field()->erase(0, kScope.size());
  }

  const absl::Time now_;
  State scratch_;
  ImportPlan plan_;
};

}  // namespace

std::string RecognisedBy(const v1::Contact& contact) {
  const std::string& reached = !contact.phone().empty()   ? contact.phone()
                               : !contact.email().empty() ? contact.email()
                                                          : contact.webhook();
  return absl::StrCat(FoldName(contact.name()), "|", reached);
}

std::vector<ImportedPerson> ReadPeople(absl::string_view csv, Problems& problems) {
  std::vector<ImportedPerson> people;
  if (!IsUtf8(csv)) {
    AddProblem(problems, 0, "csv", "is not UTF-8; save it as \"CSV UTF-8\"");
    return people;
  }
  const absl::StatusOr<std::vector<CsvRow>> rows = ParseCsv(csv);
  if (!rows.ok() || rows->empty()) {
    AddProblem(problems, 0, "csv", rows.ok() ? "has no header line" : rows.status().message());
    return people;
  }
  const Header header(rows->front(), problems);
  std::map<std::string, size_t> places;  // by id or details
  for (size_t i = 1; i < rows->size(); ++i) {
    const CsvRow& row = (*rows)[i];
    if (row.cells.size() != header.width()) {
      AddProblem(problems, row.line, "",
                 absl::StrCat("has ", row.cells.size(), " cells; the header has ", header.width()));
      continue;
    }
    ImportedPerson person = RowReader(header, row, problems).Read();
    const std::string by = person.id.empty() ? RecognisedBy(person.contact) : person.id;
    const auto [place, added] = places.try_emplace(by, people.size());
    if (added) {
      people.push_back(std::move(person));
      continue;
    }
    ImportedPerson& first = people[place->second];
    if (!Equal(first.contact, person.contact)) {
      AddProblem(problems, row.line, "person",
                 absl::StrCat("has other details than in line ", first.line));
    }
    first.roles.insert(first.roles.end(), person.roles.begin(), person.roles.end());
  }
  return people;
}

ImportPlan PlanPeople(const State& state, const std::vector<ImportedPerson>& people,
                      absl::Time now) {
  PeoplePlanner planner(state, now);
  for (const ImportedPerson& person : people) planner.Add(person);
  return planner.Take();
}

}  // namespace vaka::registry
