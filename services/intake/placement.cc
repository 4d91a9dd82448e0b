#include "services/intake/placement.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/geo/geo.h"
#include "libs/registry_view/registry_view.h"

namespace vaka::intake {
namespace {

// Where `word` begins a word of `text`; npos: nowhere. Both folded.
size_t FindAtWordStart(absl::string_view text, absl::string_view word) {
  for (size_t at = text.find(word); at != absl::string_view::npos; at = text.find(word, at + 1)) {
    // A byte of a letter outside ASCII continues a word too.
    const auto before = static_cast<unsigned char>(at == 0 ? ' ' : text[at - 1]);
    if (!absl::ascii_isalnum(before) && before < 0x80) return at;
  }
  return absl::string_view::npos;
}

absl::Status CheckGiven(const State& state, const v1::Where& given) {
  const RegistryView& registry = state.registry();
  if (given.has_point()) {
    if (!geo::InRange(given.point())) {
      return FieldError("submission.where.point",
                        absl::StrCat("(", given.point().lat(), ", ", given.point().lon(),
                                     ") is no place on earth"));
    }
  } else if (given.place().empty() && given.area().empty() && given.district().empty() &&
             given.precision() != v1::PRECISION_MUNICIPALITY) {
    return FieldError("submission.where", "say where: a point, a place, an area or a district");
  }
  if (!given.area().empty() && registry.FindArea(given.area()) == nullptr) {
    return FieldError("submission.where.area", absl::StrCat("unknown area \"", given.area(), "\""));
  }
  if (!given.district().empty() && registry.FindDistrict(given.district()) == nullptr) {
    return FieldError("submission.where.district",
                      absl::StrCat("unknown district \"", given.district(), "\""));
  }
  return absl::OkStatus();
}

v1::Precision PrecisionOf(const v1::Where& where) {
  if (where.has_point()) return v1::PRECISION_EXACT;
  if (!where.place().empty() && !where.district().empty()) return v1::PRECISION_PLACE;
  if (!where.area().empty()) return v1::PRECISION_AREA;
  return where.district().empty() ? v1::PRECISION_MUNICIPALITY : v1::PRECISION_DISTRICT;
}

}  // namespace

std::string DistrictInText(const registry::v1::MunicipalityConfig& config, absl::string_view text) {
  const std::string folded = FoldName(text);
  std::string found;
  size_t length = 0, place = 0;
  const auto consider = [&](const std::string& district, const std::string& word) {
    if (word.empty()) return;
    const size_t at = FindAtWordStart(folded, word);
    if (at == std::string::npos) return;
    if (word.size() < length || (word.size() == length && at >= place)) return;
    found = district;
    length = word.size();
    place = at;
  };
  for (const registry::v1::District& district : config.districts()) {
    consider(district.id(), FoldName(district.name()));
    for (const std::string& word : district.words()) consider(district.id(), FoldName(word));
  }
  return found;
}

absl::StatusOr<v1::Where> Place(const State& state, const v1::Where& given) {
  VAKA_RETURN_IF_ERROR(CheckGiven(state, given));
  const RegistryView& registry = state.registry();
  v1::Where where = given;
  if (where.area().empty() && where.has_point()) {
    where.set_area(registry.AreaAt(where.point()));
    if (where.area().empty() && !state.InOutline(where.point())) {
      return FieldError("submission.where.point",
                        absl::StrCat("(", where.point().lat(), ", ", where.point().lon(),
                                     ") lies outside the municipality"));
    }
  }
  if (where.area().empty() && !where.has_point() && !where.place().empty()) {
    where.set_area(registry.AreaByPlaceName(where.place()));
  }
  if (!where.area().empty()) {
    where.set_district(registry.FindArea(where.area())->area.district());
  } else if (where.district().empty() && where.has_point()) {
    where.set_district(registry.DistrictNearest(where.point()));
  } else if (where.district().empty()) {
    where.set_district(DistrictInText(registry.config(), where.place()));
  }
  if (where.precision() == v1::PRECISION_UNSPECIFIED) where.set_precision(PrecisionOf(where));
  return where;
}

}  // namespace vaka::intake
