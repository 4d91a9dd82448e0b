#include "services/est/revision.h"

#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace vaka::est {
namespace {

constexpr std::pair<Reason, absl::string_view> kTexts[] = {
    {kLateReport, "late report"}, {kCorrected, "corrected"},       {kWithdrawn, "withdrawn"},
    {kLinked, "linked"},          {kContribution, "contribution"}, {kJudgement, "judgement"},
};

bool IsAlarm(v1::FlagLevel flag) {
  return flag == v1::FLAG_LEVEL_UNUSUAL || flag == v1::FLAG_LEVEL_CLEAR;
}

bool Differ(const v1::Cell& before, const v1::Cell& after) {
  if (before.count() != after.count()) return true;
  if (before.judgement().level() != after.judgement().level() ||
      before.judgement().reason() != after.judgement().reason()) {
    return true;
  }
  return before.flag() != after.flag() && (IsAlarm(before.flag()) || IsAlarm(after.flag()));
}

v1::FlagLevel FlagOf(const v1::Cell& cell) {
  return cell.flag() == v1::FLAG_LEVEL_UNSPECIFIED ? v1::FLAG_LEVEL_USUAL : cell.flag();
}

}  // namespace

std::string ReasonText(uint32_t reasons) {
  std::vector<absl::string_view> texts;
  for (const auto& [reason, text] : kTexts) {
    if ((reasons & reason) != 0) texts.push_back(text);
  }
  return texts.empty() ? "recomputed" : absl::StrJoin(texts, ", ");
}

std::vector<v1::CellChange> DifferencesOf(const v1::Picture& before, const v1::Picture& after,
                                          const TouchedCells& touched) {
  struct Pair {
    v1::Cell before;
    v1::Cell after;
  };
  std::map<CellPlace, Pair> cells;
  for (const v1::Cell& cell : before.cells()) {
    cells[{cell.district(), cell.category()}].before = cell;
  }
  for (const v1::Cell& cell : after.cells()) {
    cells[{cell.district(), cell.category()}].after = cell;
  }
  std::vector<v1::CellChange> changes;
  for (const auto& [place, cell] : cells) {
    if (!Differ(cell.before, cell.after)) continue;
    const auto reasons = touched.find(place);
    v1::CellChange& change = changes.emplace_back();
    change.set_district(place.first);
    change.set_category(place.second);
    change.set_before(cell.before.count());
    change.set_after(cell.after.count());
    change.set_reason(ReasonText(reasons == touched.end() ? 0 : reasons->second.reasons));
    change.set_flag_before(FlagOf(cell.before));
    change.set_flag_after(FlagOf(cell.after));
  }
  return changes;
}

}  // namespace vaka::est
