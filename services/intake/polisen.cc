#include "services/intake/polisen.h"

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/registry_view/registry_view.h"
#include "libs/screen/screen.h"
#include "services/intake/placement.h"

namespace vaka::intake {
namespace {

using Json = nlohmann::json;

constexpr absl::Duration kNamedLater = absl::Hours(24);
constexpr size_t kLongestName = 300;
constexpr size_t kLongestText = 8000;  // of a submission, in bytes

// "20 november 07.30, Skadegörelse, Botkyrka" taken apart.
struct Name {
  int month = 0, day = 0, hour = 0, minute = 0;
  std::string type;
  std::string place;
};

int MonthOf(absl::string_view word) {
  static constexpr std::array<absl::string_view, 12> kMonths = {
      "januari", "februari", "mars",      "april",   "maj",      "juni",
      "juli",    "augusti",  "september", "oktober", "november", "december"};
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == word) return static_cast<int>(i + 1);
  }
  return 0;
}

bool NumberIn(absl::string_view text, int least, int most, int* number) {
  return text.size() <= 2 && !text.empty() &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[0])) &&
         absl::SimpleAtoi(text, number) && *number >= least && *number <= most;
}

absl::StatusOr<Name> ParseName(absl::string_view text) {
  const auto wrong = [](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("name: ", what));
  };
  if (text.size() > kLongestName) return wrong("too long");
  const size_t first = text.find(',');
  const size_t last = text.rfind(',');
  if (first == absl::string_view::npos || first == last) return wrong("not \"time, type, place\"");
  const std::vector<absl::string_view> when =
      absl::StrSplit(text.substr(0, first), ' ', absl::SkipWhitespace());
  if (when.size() != 3) return wrong("no \"day month time\"");
  Name name;
  name.month = MonthOf(absl::AsciiStrToLower(when[1]));
  if (name.month == 0) return wrong("unknown month");
  const std::vector<absl::string_view> clock = absl::StrSplit(when[2], absl::ByAnyChar(".:"));
  if (clock.size() != 2 || !NumberIn(when[0], 1, 31, &name.day) ||
      !NumberIn(clock[0], 0, 23, &name.hour) || !NumberIn(clock[1], 0, 59, &name.minute)) {
    return wrong("no \"day month time\"");
  }
  name.type = std::string(absl::StripAsciiWhitespace(text.substr(first + 1, last - first - 1)));
  name.place = std::string(absl::StripAsciiWhitespace(text.substr(last + 1)));
  if (name.place.empty()) return wrong("no place");
  return name;
}

// The named moment of the year that puts it nearest before publication. A moment up to a day later
// is a slip in the name ("23.52", published at 6.10 the same day): then the publication counts.
absl::StatusOr<absl::Time> OccurredAt(const Name& name, absl::Time published, absl::TimeZone zone) {
  const absl::CivilYear year(zone.At(published).cs);
  for (int back = -1; back <= 8; ++back) {  // eight years: 29 February
    const absl::CivilMinute moment((year - back).year(), name.month, name.day, name.hour,
                                   name.minute);
    if (moment.month() != name.month || moment.day() != name.day) continue;
    const absl::Time occurred = zone.At(absl::CivilSecond(moment)).pre;
    if (occurred <= published + kNamedLater) return std::min(occurred, published);
  }
  return absl::InvalidArgumentError("name: no such day");
}

absl::StatusOr<std::string> Text(const Json& event, const char* field) {
  const auto it = event.find(field);
  if (it == event.end() || !it->is_string()) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": not a text"));
  }
  return it->get<std::string>();
}

absl::StatusOr<PolisenEvent> ParseEvent(const Json& json, absl::Time now, absl::TimeZone zone) {
  if (!json.is_object()) return absl::InvalidArgumentError("not an object");
  PolisenEvent event;
  const auto id = json.find("id");
  if (id == json.end() || !id->is_number_integer() || id->get<int64_t>() <= 0) {
    return absl::InvalidArgumentError("id: not a positive number");
  }
  event.id = id->get<int64_t>();
  VAKA_ASSIGN(const std::string datetime, Text(json, "datetime"));
  VAKA_ASSIGN(event.name, Text(json, "name"));
  VAKA_ASSIGN(event.summary, Text(json, "summary"));
  VAKA_ASSIGN(event.type, Text(json, "type"));
  VAKA_ASSIGN(event.url, Text(json, "url"));
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%S %Ez", datetime, &event.published, &error)) {
    return absl::InvalidArgumentError(absl::StrCat("datetime: ", error));
  }
  if (event.published > now + absl::Hours(24)) {
    return absl::InvalidArgumentError("datetime: lies in the future");
  }
  if (event.type.empty()) return absl::InvalidArgumentError("type: empty");
  VAKA_ASSIGN(const Name name, ParseName(event.name));
  VAKA_ASSIGN(event.occurred, OccurredAt(name, event.published, zone));
  event.place = name.place;
  if (absl::StartsWith(event.url, "/")) event.url = absl::StrCat("https://polisen.se", event.url);
  if (!absl::StartsWith(event.url, "https://polisen.se/")) event.url.clear();
  return event;
}

bool IsHere(const PolisenEvent& event, const registry::v1::MunicipalityConfig& config) {
  const std::string place = FoldName(event.place);
  return std::any_of(config.place_words().begin(), config.place_words().end(),
                     [&](const std::string& word) { return FoldName(word) == place; });
}

std::string CategoryOf(const std::string& type, const registry::v1::MunicipalityConfig& config) {
  const std::string folded = FoldName(type);
  for (const registry::v1::Category& category : config.categories()) {
    for (const std::string& mapped : category.polisen_types()) {
      if (FoldName(mapped) == folded) return category.id();
    }
  }
  return "other";
}

// At most `most` bytes, cut between code points.
std::string CutText(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0u) == 0x80u) --most;
  return text.substr(0, most);
}

}  // namespace

absl::StatusOr<PolisenAnswer> ParsePolisen(absl::string_view json, absl::Time now,
                                           absl::TimeZone zone) {
  const Json answer = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!answer.is_array()) {
    return absl::InvalidArgumentError("not a JSON array of events");
  }
  PolisenAnswer parsed;
  std::map<int64_t, size_t> places;  // by id
  for (size_t i = 0; i < answer.size(); ++i) {
    absl::StatusOr<PolisenEvent> event = ParseEvent(answer[i], now, zone);
    if (!event.ok()) {
      parsed.malformed.push_back({i, std::string(event.status().message())});
      continue;
    }
    const auto [it, fresh] = places.emplace(event->id, parsed.events.size());
    if (fresh) {
      parsed.events.push_back(*std::move(event));
    } else {
      parsed.events[it->second] = *std::move(event);
    }
  }
  return parsed;
}

PolisenSubmissions ToSubmissions(const std::vector<PolisenEvent>& events,
                                 const registry::v1::MunicipalityConfig& config) {
  PolisenSubmissions result;
  for (const PolisenEvent& event : events) {
    if (!IsHere(event, config)) {
      ++result.elsewhere;
      continue;
    }
    v1::Submission& submission = result.submissions.emplace_back();
    submission.set_category(CategoryOf(event.type, config));
    v1::Where& where = *submission.mutable_where();
    where.set_district(DistrictInText(config, event.summary));
    where.set_precision(where.district().empty() ? v1::PRECISION_MUNICIPALITY
                                                 : v1::PRECISION_DISTRICT);
    *submission.mutable_observed_from() = ToProto(event.occurred);
    *submission.mutable_reported_at() = ToProto(event.published);
    submission.set_confidence(v1::CONFIDENCE_PROBABLE);
    submission.set_reported_to_police(v1::REPORTED_TO_POLICE_YES);
    submission.set_visibility(v1::VISIBILITY_PUBLIC);
    submission.set_source_ref(absl::StrCat("polisen:", event.id));
    if (event.url.size() <= 400) submission.set_url(event.url);
    const std::string said = absl::StrCat(event.name, "\n", event.type, "\n", event.summary);
    submission.set_content_hash(Hash256(said));
    if (screen::FindPersonalData(event.summary).empty()) {
      submission.set_text(CutText(event.summary, kLongestText));
    } else {
      result.without_text.push_back(event.id);
    }
  }
  return result;
}

}  // namespace vaka::intake
