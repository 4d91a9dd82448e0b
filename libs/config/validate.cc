#include "libs/config/validate.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/week.h"
#include "libs/geo/geo.h"

namespace vaka::config {
namespace {

using registry::v1::MunicipalityConfig;
using registry::v1::WeekMoment;

constexpr uint32_t kMinutesOfDay = 24 * 60;

std::string Item(absl::string_view list, int index, absl::string_view field = "") {
  return absl::StrCat(list, "[", index, "]", field.empty() ? "" : ".", field);
}

bool IsDigits(absl::string_view text, size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// Remembers where each value stood first, and refuses it the second time.
class Unique {
 public:
  absl::Status Add(const std::string& value, const std::string& field) {
    const auto [first, added] = seen_.try_emplace(value, field);
    if (added) return absl::OkStatus();
    return FieldError(field, absl::StrCat("\"", value, "\" is already given at ", first->second));
  }

 private:
  absl::flat_hash_map<std::string, std::string> seen_;
};

absl::Status ValidateId(const std::string& id, const std::string& field, Unique& ids) {
  if (!IsId(id)) {
    return FieldError(field,
                      absl::StrCat("\"", id, "\"; allowed are 1–64 of a–z, 0–9, \"_\" and \"-\""));
  }
  return ids.Add(id, field);
}

absl::Status ValidateNames(const MunicipalityConfig& config) {
  if (!IsDigits(config.kommun(), 4)) {
    return FieldError("kommun", absl::StrCat("\"", config.kommun(), "\"; four digits are needed"));
  }
  if (config.county() != config.kommun().substr(0, 2)) {
    return FieldError("county", absl::StrCat("\"", config.county(), "\"; kommun ", config.kommun(),
                                             " lies in county ", config.kommun().substr(0, 2)));
  }
  if (config.name().empty()) return FieldError("name", "is missing");
  if (config.sender().empty()) return FieldError("sender", "is missing");
  if (absl::Status zone = LoadZone(config.zone()).status(); !zone.ok()) {
    return FieldError("zone",
                      absl::StrCat("\"", config.zone(), "\" is no time zone that is known"));
  }
  Unique words;
  for (int i = 0; i < config.place_words_size(); ++i) {
    if (config.place_words(i).empty()) return FieldError(Item("place_words", i), "is empty");
    VAKA_RETURN_IF_ERROR(words.Add(config.place_words(i), Item("place_words", i)));
  }
  return absl::OkStatus();
}

absl::Status ValidateDistricts(const MunicipalityConfig& config) {
  if (config.districts().empty()) return FieldError("districts", "at least one is needed");
  Unique ids, words;
  for (int i = 0; i < config.districts_size(); ++i) {
    const registry::v1::District& district = config.districts(i);
    VAKA_RETURN_IF_ERROR(ValidateId(district.id(), Item("districts", i, "id"), ids));
    if (district.name().empty()) return FieldError(Item("districts", i, "name"), "is missing");
    if (!district.has_centre() || !geo::InRange(district.centre())) {
      return FieldError(Item("districts", i, "centre"), "a point in WGS 84 degrees is needed");
    }
    for (int w = 0; w < district.words_size(); ++w) {
      const std::string field = Item("districts", i, Item("words", w));
      const std::string& word = district.words(w);
      if (word.empty() || word != absl::AsciiStrToLower(word)) {
        return FieldError(field, absl::StrCat("\"", word, "\"; lower case is needed"));
      }
      VAKA_RETURN_IF_ERROR(words.Add(word, field));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateCategories(const MunicipalityConfig& config) {
  if (config.categories().empty()) return FieldError("categories", "at least one is needed");
  Unique ids, types;
  for (int i = 0; i < config.categories_size(); ++i) {
    const registry::v1::Category& category = config.categories(i);
    VAKA_RETURN_IF_ERROR(ValidateId(category.id(), Item("categories", i, "id"), ids));
    if (!IsId(category.group())) {
      return FieldError(Item("categories", i, "group"),
                        absl::StrCat("\"", category.group(), "\" is no id"));
    }
    if (category.name_sv().empty()) {
      return FieldError(Item("categories", i, "name_sv"), "is missing");
    }
    if (category.name_en().empty()) {
      return FieldError(Item("categories", i, "name_en"), "is missing");
    }
    if (category.default_severity() < 1 || category.default_severity() > 5) {
      return FieldError(Item("categories", i, "default_severity"),
                        absl::StrCat(category.default_severity(), "; allowed 1–5"));
    }
    for (int t = 0; t < category.polisen_types_size(); ++t) {
      VAKA_RETURN_IF_ERROR(
          types.Add(category.polisen_types(t), Item("categories", i, Item("polisen_types", t))));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateAgencies(const MunicipalityConfig& config) {
  Unique ids;
  for (int i = 0; i < config.agencies_size(); ++i) {
    VAKA_RETURN_IF_ERROR(ValidateId(config.agencies(i).id(), Item("agencies", i, "id"), ids));
    if (config.agencies(i).name().empty()) {
      return FieldError(Item("agencies", i, "name"), "is missing");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateMoment(const WeekMoment& moment, const std::string& field) {
  if (moment.weekday() < 1 || moment.weekday() > 7) {
    return FieldError(absl::StrCat(field, ".weekday"),
                      absl::StrCat(moment.weekday(), "; allowed 1 (Monday) – 7 (Sunday)"));
  }
  if (moment.hour() > 23) {
    return FieldError(absl::StrCat(field, ".hour"), absl::StrCat(moment.hour(), "; allowed 0–23"));
  }
  if (moment.minute() > 59) {
    return FieldError(absl::StrCat(field, ".minute"),
                      absl::StrCat(moment.minute(), "; allowed 0–59"));
  }
  return absl::OkStatus();
}

uint32_t MinuteOfWeek(const WeekMoment& moment) {
  return (moment.weekday() - 1) * kMinutesOfDay + moment.hour() * 60 + moment.minute();
}

absl::Status ValidateEst(const registry::v1::EstSchedule& est) {
  for (int i = 0; i < est.reminders_size(); ++i) {
    VAKA_RETURN_IF_ERROR(ValidateMoment(est.reminders(i), Item("est.reminders", i)));
  }
  const std::pair<const char*, const WeekMoment*> steps[] = {{"est.cut_off", &est.cut_off()},
                                                             {"est.freeze", &est.freeze()},
                                                             {"est.meeting", &est.meeting()},
                                                             {"est.publish", &est.publish()}};
  const WeekMoment* before = nullptr;
  for (const auto& [field, moment] : steps) {
    VAKA_RETURN_IF_ERROR(ValidateMoment(*moment, field));
    if (before != nullptr && MinuteOfWeek(*moment) < MinuteOfWeek(*before)) {
      return FieldError(field, "comes before the step that precedes it");
    }
    before = moment;
  }
  for (int i = 0; i < est.reminders_size(); ++i) {
    if (MinuteOfWeek(est.reminders(i)) > MinuteOfWeek(est.cut_off())) {
      return FieldError(Item("est.reminders", i), "comes after the cut-off");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateNotify(const registry::v1::NotifyRules& notify) {
  const auto severity = [](const char* field, uint32_t value) {
    return value >= 1 && value <= 5 ? absl::OkStatus()
                                    : FieldError(field, absl::StrCat(value, "; allowed 1–5"));
  };
  const auto minute = [](const char* field, uint32_t value) {
    return value < kMinutesOfDay ? absl::OkStatus()
                                 : FieldError(field, absl::StrCat(value, "; allowed 0–1439"));
  };
  VAKA_RETURN_IF_ERROR(severity("notify.now_severity", notify.now_severity()));
  VAKA_RETURN_IF_ERROR(severity("notify.critical_severity", notify.critical_severity()));
  if (notify.critical_severity() < notify.now_severity()) {
    return FieldError("notify.critical_severity", "lies below now_severity");
  }
  VAKA_RETURN_IF_ERROR(minute("notify.digest_minute", notify.digest_minute()));
  if (notify.group_seconds() > 24 * 60 * 60) {
    return FieldError("notify.group_seconds",
                      absl::StrCat(notify.group_seconds(), "; allowed 0–86400"));
  }
  VAKA_RETURN_IF_ERROR(
      minute("notify.default_quiet.from_minute", notify.default_quiet().from_minute()));
  return minute("notify.default_quiet.to_minute", notify.default_quiet().to_minute());
}

}  // namespace

bool IsId(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '_' || c == '-';
  });
}

absl::Status ValidateMunicipality(const MunicipalityConfig& config) {
  VAKA_RETURN_IF_ERROR(ValidateNames(config));
  VAKA_RETURN_IF_ERROR(ValidateDistricts(config));
  VAKA_RETURN_IF_ERROR(ValidateCategories(config));
  VAKA_RETURN_IF_ERROR(ValidateAgencies(config));
  VAKA_RETURN_IF_ERROR(ValidateEst(config.est()));
  VAKA_RETURN_IF_ERROR(ValidateNotify(config.notify()));
  if (!config.has_outline()) return absl::OkStatus();
  return geo::ValidatePolygon(config.outline(), "outline");
}

}  // namespace vaka::config
