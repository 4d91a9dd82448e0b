#include "services/est/views.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/est/proto_week.h"
#include "services/est/weeks.h"

namespace vaka::est {
namespace {

constexpr uint32_t kWeeksListed = 20;

void SetTimes(const WeekMoments& moments, v1::WeekTimes& times) {
  *times.mutable_begins() = ToProto(moments.begins);
  *times.mutable_ends() = ToProto(moments.ends);
  *times.mutable_cut_off() = ToProto(moments.cut_off);
  *times.mutable_freeze() = ToProto(moments.freeze);
  *times.mutable_meeting() = ToProto(moments.meeting);
  *times.mutable_publish() = ToProto(moments.publish);
}

void AddContributions(const WeekData& data, v1::GetWeekResponse& response) {
  for (const auto& [agency, stored] : data.contributions) {
    const v1::ContributionSubmitted& said = stored.contribution();
    v1::ContributionView& view = *response.add_contributions();
    view.set_agency(agency);
    view.set_nothing_to_report(said.nothing_to_report());
    view.set_picture(said.picture());
    view.set_measures(said.measures());
    view.set_follow_up(said.follow_up());
    *view.mutable_at() = stored.at();
    *view.mutable_counts() = said.counts();
  }
}

v1::WeekSummary SummaryOf(const v1::Picture& picture) {
  v1::WeekSummary summary;
  *summary.mutable_week() = picture.week();
  summary.set_revision(picture.revision());
  summary.set_frozen(picture.frozen());
  summary.set_published(picture.published());
  summary.set_total(picture.total());
  summary.set_flags(static_cast<uint32_t>(
      std::count_if(picture.cells().begin(), picture.cells().end(), [](const v1::Cell& cell) {
        return cell.flag() == v1::FLAG_LEVEL_UNUSUAL || cell.flag() == v1::FLAG_LEVEL_CLEAR;
      })));
  return summary;
}

bool IsOpen(const v1::Measure& measure) {
  return measure.status() != v1::MEASURE_STATUS_DONE &&
         measure.status() != v1::MEASURE_STATUS_CANCELLED;
}

}  // namespace

absl::Status AnswerWeek(const State& state, const v1::GetWeekRequest& request, absl::Time now,
                        v1::GetWeekResponse& response) {
  const registry::v1::EstSchedule& schedule = state.config().est();
  const IsoWeek week =
      request.has_week() ? WeekFromProto(request.week()) : PictureWeek(schedule, state.zone(), now);
  if (!IsValid(week)) {
    return FieldError("week", absl::StrCat("there is no ISO week ", ToString(week)));
  }
  SetTimes(MomentsOf(schedule, state.zone(), week), *response.mutable_times());
  const WeekData* data = state.FindWeek(week);
  const WeekData none;
  if (data == nullptr) data = &none;
  if (request.revision() > data->revisions.size()) {
    return absl::NotFoundError(absl::StrCat("revision: ", ToString(week), " has ",
                                            data->revisions.size(), " revisions, not ",
                                            request.revision()));
  }
  AddContributions(*data, response);
  if (data->published()) {
    v1::Picture draft = state.Draft(week);
    const std::vector<v1::CellChange> pending = state.Pending(week, draft);
    *response.mutable_pending() = {pending.begin(), pending.end()};
    if (request.draft()) {
      *response.mutable_picture() = std::move(draft);
      return absl::OkStatus();
    }
    const size_t shown = request.revision() == 0 ? data->revisions.size() : request.revision();
    *response.mutable_picture() = data->revisions[shown - 1].picture();
    *response.mutable_changes() = data->revisions[shown - 1].changes();
    return absl::OkStatus();
  }
  *response.mutable_picture() =
      data->frozen.has_value() && !request.draft() ? state.Frozen(week) : state.Draft(week);
  return absl::OkStatus();
}

void AnswerWeeks(const State& state, const v1::ListWeeksRequest& request, absl::Time now,
                 v1::ListWeeksResponse& response) {
  const uint32_t limit = request.limit() == 0 ? kWeeksListed : request.limit();
  const IsoWeek working = PictureWeek(state.config().est(), state.zone(), now);
  std::map<int, v1::WeekSummary, std::greater<>> weeks;
  for (auto it = state.weeks().rbegin(); it != state.weeks().rend() && weeks.size() < limit; ++it) {
    const WeekData& data = it->second;
    if (data.published()) {
      weeks.emplace(it->first, SummaryOf(data.revisions.back().picture()));
    } else if (data.frozen.has_value()) {
      weeks.emplace(it->first, SummaryOf(*data.frozen));
    }
  }
  if (!weeks.contains(WeekNumber(working))) {
    weeks.emplace(WeekNumber(working), SummaryOf(state.Draft(working)));
  }
  for (auto& [number, summary] : weeks) {
    if (static_cast<uint32_t>(response.weeks_size()) == limit) return;
    *response.add_weeks() = std::move(summary);
  }
}

void AnswerMeasures(const State& state, const v1::ListMeasuresRequest& request, absl::Time now,
                    v1::ListMeasuresResponse& response) {
  std::vector<const v1::MeasureState*> shown;
  for (const v1::MeasureState& stored : state.measures()) {
    const v1::Measure& measure = stored.measure();
    if (request.open_only() && !IsOpen(measure)) continue;
    if (!request.district().empty() && measure.problem().district() != request.district()) continue;
    shown.push_back(&stored);
  }
  std::stable_sort(shown.begin(), shown.end(),
                   [](const v1::MeasureState* a, const v1::MeasureState* b) {
                     return FromProto(a->measure().due()) < FromProto(b->measure().due());
                   });
  for (const v1::MeasureState* stored : shown) {
    v1::MeasureView& view = *response.add_measures();
    *view.mutable_measure() = stored->measure();
    view.set_overdue(IsOpen(stored->measure()) && FromProto(stored->measure().due()) < now);
    for (const v1::MeasureFollowedUp& followed : stored->follow_ups()) {
      v1::FollowUpView& follow_up = *view.add_follow_ups();
      follow_up.set_effect(followed.effect());
      follow_up.set_evidence(followed.evidence());
      *follow_up.mutable_at() = followed.at();
    }
  }
}

void AnswerRevision(const State& state, IsoWeek week, uint64_t seq, v1::ReviseResponse& response) {
  const WeekData* data = state.FindWeek(week);
  if (data == nullptr) return;
  for (const v1::StoredRevision& revision : data->revisions) {
    if (revision.seq() != seq) continue;
    response.set_revision(revision.picture().revision());
    *response.mutable_changes() = revision.changes();
    return;
  }
}

}  // namespace vaka::est
