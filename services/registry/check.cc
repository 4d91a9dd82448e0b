#include "services/registry/check.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/config/validate.h"
#include "libs/geo/geo.h"

namespace vaka::registry {
namespace {

using options::v1::Role;

constexpr size_t kLongestName = 120;
constexpr size_t kLongestEmail = 200;
constexpr uint32_t kMostHouseholds = 100000;

std::string Sub(absl::string_view field, absl::string_view name) {
  return field.empty() ? std::string(name) : absl::StrCat(field, ".", name);
}

bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
}

// One address as it stands in a mail's header: what would need quoting is refused.
bool IsEmail(absl::string_view email) {
  const size_t at = email.find('@');
  if (at == 0 || at == absl::string_view::npos || email.size() > kLongestEmail) return false;
  const absl::string_view domain = email.substr(at + 1);
  if (domain.find('.') == absl::string_view::npos || domain.front() == '.' ||
      domain.back() == '.' || absl::StrContains(email, "..")) {
    return false;
  }
  const auto plain = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || absl::ascii_isalnum(byte) || absl::StrContains(".-_+'%&=~#!", c);
  };
  return std::all_of(email.begin(), email.begin() + static_cast<std::ptrdiff_t>(at), plain) &&
         std::all_of(domain.begin(), domain.end(), plain);
}

// "AREA_STAGE_START_MEETING" and prefix "AREA_STAGE_" give "start_meeting".
std::string ShortName(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(name.substr(std::min(name.size(), prefix.size())));
}

// The enum's full name for one written by people: "start meeting", "Start-Meeting", or whole.
std::string FullName(absl::string_view name, absl::string_view prefix) {
  std::string upper = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(name));
  std::replace(upper.begin(), upper.end(), ' ', '_');
  std::replace(upper.begin(), upper.end(), '-', '_');
  return absl::StartsWith(upper, prefix) ? upper : absl::StrCat(prefix, upper);
}

}  // namespace

absl::StatusOr<std::string> NormalPhone(absl::string_view field, absl::string_view phone) {
  std::string digits;
  bool plus = false;
  for (size_t i = 0; i < phone.size(); ++i) {
    const char c = phone[i];
    if (c == '+' && digits.empty() && !plus) {
      plus = true;
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      digits += c;
    } else if (!absl::StrContains(" -/().", c)) {
      return FieldError(field, "is no phone number; write it as +46701234567");
    }
  }
  if (!plus && absl::StartsWith(digits, "00")) {
    digits.erase(0, 2);
  } else if (!plus && absl::StartsWith(digits, "0")) {
    digits.replace(0, 1, "46");
  } else if (!plus) {
    return FieldError(field, "has neither country code nor area code; write it as +46701234567");
  }
  // "+46 (0)70…" is often written; no country's numbers go on with 0 after 46.
  if (absl::StartsWith(digits, "460")) digits.erase(2, 1);
  if (digits.size() < 8 || digits.size() > 15 || digits[0] == '0') {
    return FieldError(field, "is no phone number; 8–15 digits with the country code are needed");
  }
  return absl::StrCat("+", digits);
}

v1::Contact NormalContact(const v1::Contact& contact, absl::string_view field,
                          std::vector<absl::Status>& problems) {
  v1::Contact normal = contact;
  const auto wrong = [&](absl::string_view name, absl::string_view problem) {
    problems.push_back(FieldError(Sub(field, name), problem));
  };
  normal.set_name(std::string(absl::StripAsciiWhitespace(contact.name())));
  if (normal.name().empty()) {
    wrong("name", "is missing");
  } else if (normal.name().size() > kLongestName || HasControl(normal.name())) {
    wrong("name", "at most 120 bytes in one line are allowed");
  }
  if (HasControl(contact.address())) wrong("address", "one line is allowed");
  if (!contact.phone().empty()) {
    const absl::StatusOr<std::string> phone = NormalPhone(Sub(field, "phone"), contact.phone());
    if (phone.ok()) {
      normal.set_phone(*phone);
    } else {
      problems.push_back(phone.status());
    }
  }
  normal.set_email(absl::AsciiStrToLower(absl::StripAsciiWhitespace(contact.email())));
  if (!normal.email().empty() && !IsEmail(normal.email())) {
    wrong("email", "is no e-mail address; write it as name@example.se");
  }
  const bool web = absl::StartsWith(contact.webhook(), "https://") ||
                   absl::StartsWith(contact.webhook(), "http://");
  if (!contact.webhook().empty() && (!web || HasControl(contact.webhook()))) {
    wrong("webhook", "an http:// or https:// address is needed");
  }
  if (normal.phone().empty() && normal.email().empty() && normal.webhook().empty()) {
    wrong("phone", "phone, email or webhook is needed");
  }
  return normal;
}

absl::StatusOr<v1::Contact> NormalContact(const v1::Contact& contact, absl::string_view field) {
  std::vector<absl::Status> problems;
  v1::Contact normal = NormalContact(contact, field, problems);
  if (!problems.empty()) return problems.front();
  return normal;
}

absl::Status CheckPreferences(const v1::Preferences& preferences, absl::string_view field) {
  std::set<v1::Channel> seen;
  for (int i = 0; i < preferences.channels_size(); ++i) {
    const v1::ChannelChoice& choice = preferences.channels(i);
    const std::string at = Sub(field, absl::StrCat("channels[", i, "]"));
    if (!v1::Channel_IsValid(choice.channel()) || choice.channel() == v1::CHANNEL_UNSPECIFIED) {
      return FieldError(at + ".channel", "is missing");
    }
    if (!seen.insert(choice.channel()).second) return FieldError(at + ".channel", "is given twice");
    if (choice.floor() > 5) {
      return FieldError(at + ".floor", absl::StrCat(choice.floor(), "; allowed 0–5"));
    }
  }
  const v1::QuietHours& quiet = preferences.quiet();
  if (quiet.from_minute() >= 1440 || quiet.to_minute() >= 1440) {
    return FieldError(Sub(field, "quiet"), "minutes of the day are allowed, 0–1439");
  }
  return absl::OkStatus();
}

std::vector<absl::Status> AreaProblems(const RegistryView& view, const v1::Area& area,
                                       absl::string_view field) {
  std::vector<absl::Status> problems;
  const auto wrong = [&](absl::string_view name, absl::string_view problem) {
    problems.push_back(FieldError(Sub(field, name), problem));
  };
  if (!config::IsId(area.id())) {
    wrong("id", absl::StrCat("\"", area.id(), "\"; allowed are 1–64 of a–z, 0–9, _ and -"));
  }
  if (absl::StripAsciiWhitespace(area.name()).empty() || area.name().size() > kLongestName ||
      HasControl(area.name())) {
    wrong("name", "1–120 bytes in one line are needed");
  }
  if (view.FindDistrict(area.district()) == nullptr) {
    wrong("district", absl::StrCat("\"", area.district(), "\" is no district of the municipality"));
  }
  if (!v1::AreaKind_IsValid(area.kind()) || area.kind() == v1::AREA_KIND_UNSPECIFIED) {
    wrong("kind", "houses, row_houses, rented, owned or mixed is needed");
  }
  std::set<v1::AreaKind> forms;
  uint64_t sum = 0;
  for (int i = 0; i < area.households_size(); ++i) {
    const v1::HouseholdCount& count = area.households(i);
    const std::string at = absl::StrCat("households[", i, "].form");
    if (!v1::AreaKind_IsValid(count.form()) || count.form() == v1::AREA_KIND_UNSPECIFIED ||
        count.form() == v1::AREA_KIND_MIXED) {
      wrong(at, "houses, row_houses, rented or owned is needed");
    } else if (!forms.insert(count.form()).second) {
      wrong(at, "is given twice");
    }
    sum += count.households();
  }
  if (sum > kMostHouseholds) {
    wrong("households", absl::StrCat(sum, "; at most ", kMostHouseholds, " are allowed"));
  }
  absl::Status polygon = geo::ValidatePolygon(area.polygon(), Sub(field, "polygon"));
  if (!polygon.ok()) problems.push_back(std::move(polygon));
  return problems;
}

absl::Status CheckArea(const RegistryView& view, const v1::Area& area, absl::string_view field) {
  const std::vector<absl::Status> problems = AreaProblems(view, area, field);
  return problems.empty() ? absl::OkStatus() : problems.front();
}

absl::Status CheckScope(const RegistryView& view, const v1::RoleScope& scope,
                        absl::string_view field) {
  const Role role = scope.role();
  if (!options::v1::Role_IsValid(role) || role == options::v1::ROLE_UNSPECIFIED ||
      role == options::v1::ROLE_SYSTEM) {
    return FieldError(Sub(field, "role"), "a role that a person can hold is needed");
  }
  if (IsContactRole(role) && scope.area().empty()) {
    return FieldError(Sub(field, "area"), "is needed for this role");
  }
  const bool of_district =
      role == options::v1::ROLE_SAFETY_REPRESENTATIVE || role == options::v1::ROLE_AREA_MANAGER;
  if (of_district && scope.district().empty()) {
    return FieldError(Sub(field, "district"), "is needed for this role");
  }
  if (role == options::v1::ROLE_AGENCY_REPORTER && scope.agency().empty()) {
    return FieldError(Sub(field, "agency"), "is needed for this role");
  }
  if (scope.has_from() && scope.has_to() && FromProto(scope.to()) <= FromProto(scope.from())) {
    return FieldError(Sub(field, "to"), "must lie after from");
  }
  const auto missing = [&](absl::string_view name, absl::string_view id) {
    options::v1::ErrorInfo info;
    info.set_field(Sub(field, name));
    return WithInfo(
        absl::NotFoundError(absl::StrCat(Sub(field, name), ": \"", id, "\" does not exist")), info);
  };
  if (!scope.district().empty() && view.FindDistrict(scope.district()) == nullptr) {
    return missing("district", scope.district());
  }
  if (!scope.agency().empty() && view.FindAgency(scope.agency()) == nullptr) {
    return missing("agency", scope.agency());
  }
  if (scope.area().empty()) return absl::OkStatus();
  const AreaEntry* area = view.FindArea(scope.area());
  if (area == nullptr) return missing("area", scope.area());
  if (area->stage == v1::AREA_STAGE_CLOSED) {
    return absl::FailedPreconditionError(absl::StrCat("area ", scope.area(), " is closed"));
  }
  return absl::OkStatus();
}

bool CanStep(v1::AreaStage from, v1::AreaStage to) {
  if (to == v1::AREA_STAGE_CLOSED) return from != v1::AREA_STAGE_CLOSED;
  switch (from) {
    case v1::AREA_STAGE_INTEREST:
      return to == v1::AREA_STAGE_CONTACTED;
    case v1::AREA_STAGE_CONTACTED:
      return to == v1::AREA_STAGE_START_MEETING;
    case v1::AREA_STAGE_START_MEETING:
      return to == v1::AREA_STAGE_TRAINED;
    case v1::AREA_STAGE_TRAINED:
      return to == v1::AREA_STAGE_ACTIVE;
    case v1::AREA_STAGE_ACTIVE:
      return to == v1::AREA_STAGE_DORMANT;
    case v1::AREA_STAGE_DORMANT:
      return to == v1::AREA_STAGE_ACTIVE;
    default:
      return false;
  }
}

std::string StageName(v1::AreaStage stage) {
  return ShortName(v1::AreaStage_Name(stage), "AREA_STAGE_");
}

v1::AreaStage StageOf(absl::string_view name) {
  v1::AreaStage stage;
  return v1::AreaStage_Parse(FullName(name, "AREA_STAGE_"), &stage) ? stage
                                                                    : v1::AREA_STAGE_UNSPECIFIED;
}

v1::AreaKind KindOf(absl::string_view name) {
  v1::AreaKind kind;
  return v1::AreaKind_Parse(FullName(name, "AREA_KIND_"), &kind) ? kind : v1::AREA_KIND_UNSPECIFIED;
}

Role RoleOf(absl::string_view name) {
  Role role;
  return options::v1::Role_Parse(FullName(name, "ROLE_"), &role) ? role
                                                                 : options::v1::ROLE_UNSPECIFIED;
}

v1::Channel ChannelOf(absl::string_view name) {
  v1::Channel channel;
  return v1::Channel_Parse(FullName(name, "CHANNEL_"), &channel) ? channel
                                                                 : v1::CHANNEL_UNSPECIFIED;
}

}  // namespace vaka::registry
