// Counts to and from its snapshot. Only what was said is kept; what follows from it is counted
// anew.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "services/est/check_fact.h"
#include "services/est/counts.h"
#include "services/est/proto_week.h"

namespace vaka::est {
namespace {

constexpr uint32_t kWithdrawn = 1;
constexpr uint32_t kInsecurity = 2;

}  // namespace

v1::CountsState Counts::Save() const {
  v1::CountsState state;
  state.set_zone(zone().name());
  for (uint32_t i = 0; i < names_.size(); ++i) state.add_names(std::string(names_[i]));
  for (uint32_t i = 0; i < records_.size(); ++i) {
    const Record& record = records_[i];
    state.add_ids(ids_[i].data(), ids_[i].size());
    state.add_observed(record.observed);
    state.add_reported(record.reported);
    state.add_district(record.district);
    state.add_category(record.category);
    state.add_agency(record.agency);
    state.add_event(record.event);
    state.add_marks((record.withdrawn ? kWithdrawn : 0) | (record.insecurity ? kInsecurity : 0));
  }
  for (const Figure& figure : figures_) {
    v1::SubmittedFigures& saved = *state.add_figures();
    *saved.mutable_week() = WeekToProto(WeekOfNumber(figure.week));
    saved.set_source(figure.source);
    saved.set_agency(std::string(names_[figure.agency]));
    *saved.mutable_counts() = {figure.counts.begin(), figure.counts.end()};
  }
  return state;
}

absl::Status Counts::Load(const v1::CountsState& state) {
  const int size = state.ids_size();
  if (state.observed_size() != size || state.reported_size() != size ||
      state.district_size() != size || state.category_size() != size ||
      state.agency_size() != size || state.event_size() != size || state.marks_size() != size) {
    return absl::InvalidArgumentError("counts: columns of different length");
  }
  if (!state.zone().empty()) {
    VAKA_ASSIGN(const absl::TimeZone zone, LoadZone(state.zone()));
    zoned_weeks_ = ZonedWeeks(zone);
  }
  for (const std::string& name : state.names()) Intern(name);
  records_.reserve(static_cast<size_t>(size));
  ids_.Reserve(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    Record record;
    record.observed = state.observed(i);
    record.reported = state.reported(i);
    record.district = state.district(i);
    record.category = state.category(i);
    record.agency = state.agency(i);
    record.event = state.event(i);
    record.withdrawn = (state.marks(i) & kWithdrawn) != 0;
    record.insecurity = (state.marks(i) & kInsecurity) != 0;
    const uint32_t index = static_cast<uint32_t>(i);
    if (!IsTime(record.observed) ||
        std::max({record.district, record.category, record.agency}) >= names_.size() ||
        record.event >= static_cast<uint32_t>(size) || !ids_.Add(state.ids(i)).second) {
      return absl::InvalidArgumentError(absl::StrCat("counts: incident ", i, " is damaged"));
    }
    record.week = zoned_weeks_.Of(record.observed);
    if (record.event != index) linked_[record.event].push_back(index);
    records_.push_back(record);
    Place(index);
  }
  for (auto& [head, members] : linked_) {
    members.push_back(head);
    std::sort(members.begin(), members.end());
  }
  for (uint32_t i = 0; i < records_.size(); ++i) {
    if (records_[i].event == i) CountEvent(i, +1);
  }
  for (const v1::SubmittedFigures& figure : state.figures()) {
    if (!IsValid(WeekFromProto(figure.week()))) {
      return absl::InvalidArgumentError("counts: figures of a week that does not exist");
    }
    Figures(WeekNumber(WeekFromProto(figure.week())), figure.source(), figure.agency(),
            figure.counts());
  }
  touched_.clear();
  return absl::OkStatus();
}

}  // namespace vaka::est
