#include "services/est/est.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/est/check_fact.h"
#include "services/est/picture.h"
#include "services/est/proto_week.h"
#include "services/est/report_scan.h"
#include "services/est/weeks.h"

namespace vaka::est {
namespace {

using event::v1::Event;

int NumberOf(const v1::Week& week) { return WeekNumber(WeekFromProto(week)); }

absl::Time ToTime(const ScannedTime& time) { return FromProtoParts(time.seconds, time.nanos); }

// Sets each judgement beside its cell; a judged cell without count or flag comes into the picture.
void AddJudgements(const std::map<CellPlace, v1::Judgement>& judgements, v1::Picture& picture) {
  std::map<CellPlace, v1::Judgement> left = judgements;
  for (v1::Cell& cell : *picture.mutable_cells()) {
    const auto found = left.find({cell.district(), cell.category()});
    if (found == left.end()) continue;
    *cell.mutable_judgement() = found->second;
    left.erase(found);
  }
  if (left.empty()) return;
  for (const auto& [place, judgement] : left) {
    v1::Cell& cell = *picture.add_cells();
    cell.set_district(place.first);
    cell.set_category(place.second);
    cell.set_flag(v1::FLAG_LEVEL_USUAL);
    cell.set_level(1);
    *cell.mutable_judgement() = judgement;
  }
  std::sort(picture.mutable_cells()->begin(), picture.mutable_cells()->end(),
            [](const v1::Cell& a, const v1::Cell& b) {
              return std::tie(a.district(), a.category()) < std::tie(b.district(), b.category());
            });
}

}  // namespace

absl::Status State::Apply(const Event& event) {
  VAKA_RETURN_IF_ERROR(CheckFact(event));
  VAKA_RETURN_IF_ERROR(CheckMeasure(event));
  VAKA_RETURN_IF_ERROR(registry_.Apply(event));
  position_ = event.seq();
  switch (event.fact_case()) {
    case Event::kMunicipalityConfigured:
      counts_.SetZone(registry_.zone());
      kept_tests_.Clear();
      break;
    case Event::kIncidentReported:
    case Event::kIncidentCorrected:
    case Event::kIncidentWithdrawn:
    case Event::kIncidentsLinked:
      ApplyIntake(event);
      break;
    case Event::kShiftDebriefed:
      ApplyDebrief(event);
      break;
    case Event::kContributionSubmitted:
    case Event::kWeekFrozen:
    case Event::kJudgementMade:
    case Event::kPicturePublished:
    case Event::kPictureRevised:
      ApplyWeek(event);
      break;
    case Event::kMeasureDecided:
    case Event::kMeasureChanged:
    case Event::kMeasureFollowedUp:
      ApplyMeasure(event);
      break;
    default:
      break;
  }
  return absl::OkStatus();
}

bool State::ApplyEncoded(absl::string_view kommun, uint64_t seq, absl::string_view bytes) {
  ScannedReport report;
  std::optional<Texts::Sought> id;  // sought while the rest is read
  if (!ScanReport(bytes, report, [&](absl::string_view text) { id = counts_.Seek(text); })) {
    return false;
  }
  // What would be refused is left to those who say why.
  if (!report.kommun.empty() && report.kommun != kommun) return false;
  for (const ScannedTime& time : {report.observed_from, report.observed_to, report.reported_at}) {
    if (!IsTime(time.seconds)) return false;
  }
  position_ = seq;
  const ScannedTime& from = report.observed_from.set ? report.observed_from : report.reported_at;
  counts_.Report({
      .id = id.has_value() ? *id : counts_.Seek(""),
      .category = report.category,
      .district = report.district,
      .agency = report.source_agency,
      .observed = report.observed_to.set ? MiddleOf(ToTime(from), ToTime(report.observed_to))
                                         : from.seconds,
      .reported = report.reported_at.seconds,
      .insecurity = report.insecurity,
  });
  TouchCounted(report.corrected ? kCorrected : kLateReport, seq);
  return true;
}

void State::ApplyIntake(const Event& event) {
  switch (event.fact_case()) {
    case Event::kIncidentReported:
      counts_.Report(event.incident_reported().incident());
      return TouchCounted(kLateReport, event.seq());
    case Event::kIncidentCorrected:
      counts_.Report(event.incident_corrected().incident());
      return TouchCounted(kCorrected, event.seq());
    case Event::kIncidentWithdrawn:
      counts_.Withdraw(event.incident_withdrawn().incident());
      return TouchCounted(kWithdrawn, event.seq());
    default:
      counts_.Link(event.incidents_linked().event(), event.incidents_linked().incidents());
      return TouchCounted(kLinked, event.seq());
  }
}

void State::ApplyDebrief(const Event& event) {
  const dispatch::v1::ShiftDebriefed& debrief = event.shift_debriefed();
  google::protobuf::RepeatedPtrField<v1::ContributedCount> counts;
  for (const dispatch::v1::DebriefItem& item : debrief.items()) {
    if (item.category().empty() || item.count() == 0) continue;
    v1::ContributedCount& count = *counts.Add();
    count.set_district(item.district());
    count.set_category(item.category());
    count.set_count(item.count());
  }
  const int week = WeekNumber(WeekOf(FromProto(event.occurred_at()), zone()));
  counts_.Figures(week, absl::StrCat("shift:", debrief.shift()), kPatrolAgency, counts);
  TouchCounted(kLateReport, event.seq());
  v1::StoredDebrief stored;
  stored.set_shift(debrief.shift());
  *stored.mutable_at() = event.occurred_at();
  weeks_[week].debriefs.push_back(std::move(stored));
}

void State::ApplyWeek(const Event& event) {
  switch (event.fact_case()) {
    case Event::kContributionSubmitted: {
      const v1::ContributionSubmitted& contribution = event.contribution_submitted();
      const int week = NumberOf(contribution.week());
      counts_.Figures(week, absl::StrCat("agency:", contribution.agency()), contribution.agency(),
                      contribution.counts());
      TouchCounted(kContribution, event.seq());
      v1::StoredContribution& stored = weeks_[week].contributions[contribution.agency()];
      *stored.mutable_contribution() = contribution;
      *stored.mutable_at() = event.occurred_at();
      return;
    }
    case Event::kWeekFrozen: {
      const v1::WeekFrozen& frozen = event.week_frozen();
      WeekData& week = weeks_[NumberOf(frozen.week())];
      if (week.frozen.has_value()) return;
      // The picture of the log up to here: every replica computes it at the same fact.
      v1::Picture picture = Draft(WeekFromProto(frozen.week()));
      picture.set_frozen(true);
      *picture.mutable_cut_off() = frozen.cut_off();
      week.frozen = std::move(picture);
      week.touched.clear();
      return;
    }
    case Event::kJudgementMade: {
      const v1::JudgementMade& made = event.judgement_made();
      const int week = NumberOf(made.week());
      weeks_[week].judgements[{made.district(), made.category()}] = made.judgement();
      return Touch(week, {made.district(), made.category()}, kJudgement, event.seq());
    }
    default: {
      const bool first = event.has_picture_published();
      const v1::Picture& picture =
          first ? event.picture_published().picture() : event.picture_revised().picture();
      WeekData& week = weeks_[NumberOf(picture.week())];
      if (!week.frozen.has_value()) week.frozen = picture;
      v1::StoredRevision& revision = week.revisions.emplace_back();
      *revision.mutable_picture() = picture;
      if (!first) *revision.mutable_changes() = event.picture_revised().changes();
      revision.set_seq(event.seq());
      // A fact that came between the decision and here is still to be told of.
      std::erase_if(week.touched,
                    [&](const auto& cell) { return cell.second.seq <= picture.seq(); });
      // Judgements made between freeze and publication are in what was published.
      if (first) {
        for (auto& [place, touched] : week.touched) touched.reasons &= ~uint32_t{kJudgement};
      }
      return;
    }
  }
}

absl::Status State::CheckMeasure(const Event& event) const {
  const std::string* id = nullptr;
  if (event.has_measure_changed()) id = &event.measure_changed().measure().id();
  if (event.has_measure_followed_up()) id = &event.measure_followed_up().measure();
  if (id == nullptr || measure_index_.contains(*id)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("measure ", *id));
}

void State::ApplyMeasure(const Event& event) {
  const auto at = [this](const std::string& id) -> v1::MeasureState& {
    const auto [found, fresh] = measure_index_.try_emplace(id, measures_.size());
    if (fresh) measures_.emplace_back();
    return measures_[found->second];
  };
  if (event.has_measure_decided()) {
    *at(event.measure_decided().measure().id()).mutable_measure() =
        event.measure_decided().measure();
  } else if (event.has_measure_changed()) {
    *at(event.measure_changed().measure().id()).mutable_measure() =
        event.measure_changed().measure();
  } else {
    *at(event.measure_followed_up().measure()).add_follow_ups() = event.measure_followed_up();
  }
}

void State::TouchCounted(uint32_t reason, uint64_t seq) {
  for (const TouchedCount& cell : counts_.touched()) {
    // Nearly all facts are of weeks that are not frozen yet.
    if (!IsFrozen(cell.week)) continue;
    Touch(cell.week, {std::string(cell.district), std::string(cell.category)}, reason, seq);
  }
}

bool State::IsFrozen(int week) const {
  const auto found = weeks_.find(week);
  return found != weeks_.end() && found->second.frozen.has_value();
}

void State::Touch(int week, CellPlace place, uint32_t reason, uint64_t seq) {
  if (!IsFrozen(week)) return;
  Touched& touched = weeks_.at(week).touched[std::move(place)];
  touched.reasons |= reason;
  touched.seq = seq;
}

const WeekData* State::FindWeek(IsoWeek week) const {
  const auto found = weeks_.find(WeekNumber(week));
  return found == weeks_.end() ? nullptr : &found->second;
}

const v1::MeasureState* State::FindMeasure(absl::string_view id) const {
  const auto found = measure_index_.find(id);
  return found == measure_index_.end() ? nullptr : &measures_[found->second];
}

v1::Picture State::Draft(IsoWeek week) const {
  v1::Picture picture = PictureMaker(config(), counts_, kept_tests_).Make(week);
  *picture.mutable_week() = WeekToProto(week);
  picture.set_seq(position_);
  *picture.mutable_cut_off() = ToProto(MomentsOf(config().est(), zone(), week).cut_off);
  AddCompleteness(WeekNumber(week), picture);
  if (const WeekData* data = FindWeek(week)) AddJudgements(data->judgements, picture);
  return picture;
}

v1::Picture State::Frozen(IsoWeek week) const {
  const WeekData& data = weeks_.at(WeekNumber(week));
  v1::Picture picture = *data.frozen;
  AddJudgements(data.judgements, picture);
  return picture;
}

std::vector<v1::CellChange> State::Pending(IsoWeek week, const v1::Picture& draft) const {
  const WeekData& data = weeks_.at(WeekNumber(week));
  return DifferencesOf(data.revisions.back().picture(), draft, data.touched);
}

void State::AddCompleteness(int week, v1::Picture& picture) const {
  const auto found = weeks_.find(week);
  const WeekData none;
  const WeekData& data = found == weeks_.end() ? none : found->second;
  for (const registry::v1::Agency& agency : config().agencies()) {
    if (!agency.contributes()) continue;
    v1::AgencyCompleteness& row = *picture.add_completeness();
    row.set_agency(agency.id());
    row.set_completeness(v1::COMPLETENESS_MISSING);
    const auto contribution = data.contributions.find(agency.id());
    const absl::Time reported = counts_.NewestReport(week, agency.id());
    if (contribution != data.contributions.end()) {
      row.set_completeness(contribution->second.contribution().nothing_to_report()
                               ? v1::COMPLETENESS_NOTHING
                               : v1::COMPLETENESS_CONTRIBUTED);
      *row.mutable_at() = contribution->second.at();
    } else if (agency.id() == kPatrolAgency && !data.debriefs.empty()) {
      row.set_completeness(v1::COMPLETENESS_CONTRIBUTED);
      *row.mutable_at() = data.debriefs.back().at();
    } else if (reported != absl::InfinitePast()) {
      row.set_completeness(v1::COMPLETENESS_CONTRIBUTED);
      *row.mutable_at() = ToProto(reported);
    }
  }
}

}  // namespace vaka::est
