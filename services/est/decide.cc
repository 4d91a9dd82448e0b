#include "services/est/decide.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/screen/screen.h"
#include "services/est/proto_week.h"
#include "services/est/weeks.h"

namespace vaka::est {
namespace {

using fold::Decision;

std::string AggregateOf(IsoWeek week) { return absl::StrCat("week:", ToString(week)); }

absl::Status CheckConfigured(const State& state) {
  if (state.registry().configured()) return absl::OkStatus();
  return absl::FailedPreconditionError("the municipality is not configured");
}

// A week that exists and has begun.
absl::Status CheckWeek(const State& state, IsoWeek week, absl::Time now) {
  VAKA_RETURN_IF_ERROR(CheckConfigured(state));
  if (!IsValid(week)) {
    return FieldError("week", absl::StrCat("there is no ISO week ", ToString(week)));
  }
  if (WeekBegin(week, state.zone()) > now) {
    return FieldError("week", absl::StrCat(ToString(week), " has not begun"));
  }
  return absl::OkStatus();
}

absl::Status CheckCell(const State& state, absl::string_view district, absl::string_view category,
                       absl::string_view field) {
  if (state.registry().FindDistrict(district) == nullptr) {
    return FieldError(absl::StrCat(field, "district"),
                      absl::StrCat("\"", district, "\" is no district of the municipality"));
  }
  if (state.registry().FindCategory(category) == nullptr) {
    return FieldError(absl::StrCat(field, "category"),
                      absl::StrCat("\"", category, "\" is no category of the municipality"));
  }
  return absl::OkStatus();
}

absl::Status CheckAgency(const State& state, absl::string_view agency, absl::string_view field) {
  if (state.registry().FindAgency(agency) != nullptr) return absl::OkStatus();
  return FieldError(field, absl::StrCat("\"", agency, "\" is no agency of the municipality"));
}

absl::Status CheckCounts(const State& state, const v1::SubmitContributionRequest& request) {
  std::set<CellPlace> seen;
  for (int i = 0; i < request.counts_size(); ++i) {
    const v1::ContributedCount& count = request.counts(i);
    const std::string field = absl::StrCat("counts[", i, "].");
    VAKA_RETURN_IF_ERROR(CheckCell(state, count.district(), count.category(), field));
    VAKA_RETURN_IF_ERROR(screen::ScreenText(absl::StrCat(field, "note"), count.note()));
    if (count.count() > 10000) {
      return FieldError(absl::StrCat(field, "count"), "is above 10000");
    }
    if (!seen.insert({count.district(), count.category()}).second) {
      return FieldError(field + "category",
                        absl::StrCat(count.district(), " × ", count.category(), " is given twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMeasure(const State& state, const v1::Measure& measure) {
  const v1::Problem& problem = measure.problem();
  if (problem.statement().empty()) {
    return FieldError("measure.problem.statement",
                      "is missing: a measure addresses a stated problem");
  }
  VAKA_RETURN_IF_ERROR(
      CheckCell(state, problem.district(), problem.category(), "measure.problem."));
  if (problem.has_week() && !IsValid(WeekFromProto(problem.week()))) {
    return FieldError("measure.problem.week", "is no ISO week");
  }
  if (!problem.area().empty() && state.registry().FindArea(problem.area()) == nullptr) {
    return FieldError("measure.problem.area",
                      absl::StrCat("\"", problem.area(), "\" is no watch area"));
  }
  if (measure.title().empty()) return FieldError("measure.title", "is missing");
  VAKA_RETURN_IF_ERROR(CheckAgency(state, measure.owner_agency(), "measure.owner_agency"));
  for (const std::string& partner : measure.partners()) {
    VAKA_RETURN_IF_ERROR(CheckAgency(state, partner, "measure.partners"));
  }
  if (!measure.has_due()) return FieldError("measure.due", "is missing");
  if (measure.has_start() && FromProto(measure.due()) < FromProto(measure.start())) {
    return FieldError("measure.due", "is before the start");
  }
  const std::pair<absl::string_view, const std::string&> texts[] = {
      {"measure.problem.statement", problem.statement()},     {"measure.title", measure.title()},
      {"measure.owner_function", measure.owner_function()},   {"measure.place", measure.place()},
      {"measure.expected_effect", measure.expected_effect()},
  };
  for (const auto& [field, text] : texts) {
    if (text.size() > 2000) return FieldError(field, "is longer than 2000 bytes");
    VAKA_RETURN_IF_ERROR(screen::ScreenText(field, text));
  }
  return absl::OkStatus();
}

event::v1::Event Frozen(IsoWeek week, uint64_t seq, absl::Time cut_off) {
  event::v1::Event event;
  v1::WeekFrozen& frozen = *event.mutable_week_frozen();
  *frozen.mutable_week() = WeekToProto(week);
  frozen.set_seq(seq);
  *frozen.mutable_cut_off() = ToProto(cut_off);
  return event;
}

Decision One(event::v1::Event event, std::string rests_on) {
  Decision decision;
  decision.facts.push_back(std::move(event));
  decision.rests_on.push_back(std::move(rests_on));
  return decision;
}

}  // namespace

absl::StatusOr<Decision> DecideContribution(const State& state,
                                            const v1::SubmitContributionRequest& request,
                                            const Who& who, absl::Time now) {
  VAKA_RETURN_IF_ERROR(CheckConfigured(state));
  const IsoWeek week = request.has_week()
                           ? WeekFromProto(request.week())
                           : ContributionWeek(state.config().est(), state.zone(), now);
  VAKA_RETURN_IF_ERROR(CheckWeek(state, week, now));
  const std::string& agency = request.agency().empty() ? who.agency : request.agency();
  VAKA_RETURN_IF_ERROR(CheckAgency(state, agency, "agency"));
  if (!who.steers && agency != who.agency) {
    return absl::PermissionDeniedError(
        absl::StrCat("agency: ", agency, " contributes by itself, not by ", who.agency));
  }
  const bool says_something = request.counts_size() > 0 || !request.picture().empty() ||
                              !request.measures().empty() || !request.follow_up().empty();
  if (!says_something && !request.nothing_to_report()) {
    return FieldError("nothing_to_report",
                      "is not set, and there is neither a count nor a text: say one of them");
  }
  if (request.nothing_to_report() && request.counts_size() > 0) {
    return FieldError("nothing_to_report", "is set, but counts are given");
  }
  VAKA_RETURN_IF_ERROR(CheckCounts(state, request));
  VAKA_RETURN_IF_ERROR(screen::ScreenText("picture", request.picture()));
  VAKA_RETURN_IF_ERROR(screen::ScreenText("measures", request.measures()));
  VAKA_RETURN_IF_ERROR(screen::ScreenText("follow_up", request.follow_up()));

  event::v1::Event event;
  v1::ContributionSubmitted& submitted = *event.mutable_contribution_submitted();
  *submitted.mutable_week() = WeekToProto(week);
  submitted.set_agency(agency);
  submitted.set_nothing_to_report(request.nothing_to_report());
  *submitted.mutable_counts() = request.counts();
  submitted.set_picture(request.picture());
  submitted.set_measures(request.measures());
  submitted.set_follow_up(request.follow_up());
  return One(std::move(event), AggregateOf(week));
}

absl::StatusOr<Decision> DecideFreeze(const State& state, IsoWeek week, absl::Time now) {
  VAKA_RETURN_IF_ERROR(CheckWeek(state, week, now));
  const WeekData* data = state.FindWeek(week);
  if (data != nullptr && data->frozen.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("week: ", ToString(week), " is frozen"));
  }
  const absl::Time cut_off = MomentsOf(state.config().est(), state.zone(), week).cut_off;
  return One(Frozen(week, state.position(), std::min(now, cut_off)), AggregateOf(week));
}

absl::StatusOr<Decision> DecidePublish(const State& state, IsoWeek week) {
  VAKA_RETURN_IF_ERROR(CheckConfigured(state));
  const WeekData* data = state.FindWeek(week);
  if (data == nullptr || !data->frozen.has_value()) {
    return absl::FailedPreconditionError(
        absl::StrCat("week: ", ToString(week), " is not frozen yet"));
  }
  if (data->published()) {
    return absl::FailedPreconditionError(
        absl::StrCat("week: ", ToString(week), " is published; a change is a revision"));
  }
  event::v1::Event event;
  v1::Picture& picture = *event.mutable_picture_published()->mutable_picture();
  picture = state.Frozen(week);
  picture.set_revision(1);
  picture.set_published(true);
  return One(std::move(event), AggregateOf(week));
}

absl::StatusOr<Decision> DecideRevision(const State& state, IsoWeek week) {
  VAKA_RETURN_IF_ERROR(CheckConfigured(state));
  const WeekData* data = state.FindWeek(week);
  if (data == nullptr || !data->published()) {
    return absl::FailedPreconditionError(
        absl::StrCat("week: ", ToString(week), " is not published yet"));
  }
  const v1::Picture& newest = data->revisions.back().picture();
  v1::Picture picture = state.Draft(week);
  const std::vector<v1::CellChange> changes = state.Pending(week, picture);
  if (changes.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("week: nothing differs from revision ",
                                                      newest.revision(), " of ", ToString(week)));
  }
  picture.set_revision(newest.revision() + 1);
  picture.set_frozen(true);
  picture.set_published(true);
  event::v1::Event event;
  v1::PictureRevised& revised = *event.mutable_picture_revised();
  *revised.mutable_picture() = std::move(picture);
  *revised.mutable_changes() = {changes.begin(), changes.end()};
  return One(std::move(event), AggregateOf(week));
}

absl::StatusOr<Decision> DecideJudgement(const State& state, const v1::JudgeRequest& request,
                                         absl::Time now) {
  const IsoWeek week = WeekFromProto(request.week());
  VAKA_RETURN_IF_ERROR(CheckWeek(state, week, now));
  VAKA_RETURN_IF_ERROR(CheckCell(state, request.district(), request.category(), ""));
  const v1::Judgement& judgement = request.judgement();
  if (judgement.level() < 1 || judgement.level() > 5) {
    return FieldError("judgement.level", absl::StrCat(judgement.level(), " is not 1 to 5"));
  }
  if (judgement.reason().empty()) {
    return FieldError("judgement.reason", "is missing: a judgement says why");
  }
  if (judgement.reason().size() > 1000) {
    return FieldError("judgement.reason", "is longer than 1000 bytes");
  }
  VAKA_RETURN_IF_ERROR(screen::ScreenText("judgement.reason", judgement.reason()));
  event::v1::Event event;
  v1::JudgementMade& made = *event.mutable_judgement_made();
  *made.mutable_week() = request.week();
  made.set_district(request.district());
  made.set_category(request.category());
  *made.mutable_judgement() = judgement;
  return One(std::move(event), AggregateOf(week));
}

absl::StatusOr<Decision> DecideMeasure(const State& state, v1::Measure measure,
                                       const std::string& id) {
  VAKA_RETURN_IF_ERROR(CheckConfigured(state));
  VAKA_RETURN_IF_ERROR(CheckMeasure(state, measure));
  if (measure.status() == v1::MEASURE_STATUS_UNSPECIFIED) {
    measure.set_status(v1::MEASURE_STATUS_DECIDED);
  }
  measure.set_id(id);
  event::v1::Event event;
  *event.mutable_measure_decided()->mutable_measure() = std::move(measure);
  return One(std::move(event), absl::StrCat("measure:", id));
}

absl::StatusOr<Decision> DecideMeasureChange(const State& state, const v1::Measure& measure,
                                             const Who& who) {
  const v1::MeasureState* known = state.FindMeasure(measure.id());
  if (known == nullptr) {
    return absl::NotFoundError(absl::StrCat("measure.id: no measure \"", measure.id(), "\""));
  }
  if (!who.steers && known->measure().owner_agency() != who.agency) {
    return absl::PermissionDeniedError(absl::StrCat(
        "measure: is owned by ", known->measure().owner_agency(), ", not by ", who.agency));
  }
  VAKA_RETURN_IF_ERROR(CheckMeasure(state, measure));
  if (measure.status() == v1::MEASURE_STATUS_UNSPECIFIED) {
    return FieldError("measure.status", "is missing");
  }
  event::v1::Event event;
  *event.mutable_measure_changed()->mutable_measure() = measure;
  return One(std::move(event), absl::StrCat("measure:", measure.id()));
}

absl::StatusOr<Decision> DecideFollowUp(const State& state,
                                        const v1::FollowUpMeasureRequest& request, const Who& who,
                                        absl::Time now) {
  const v1::MeasureState* known = state.FindMeasure(request.measure());
  if (known == nullptr) {
    return absl::NotFoundError(absl::StrCat("measure: no measure \"", request.measure(), "\""));
  }
  const auto& partners = known->measure().partners();
  const bool takes_part = known->measure().owner_agency() == who.agency ||
                          std::find(partners.begin(), partners.end(), who.agency) != partners.end();
  if (!who.steers && !takes_part) {
    return absl::PermissionDeniedError(
        absl::StrCat("measure: ", who.agency, " neither owns it nor is a partner"));
  }
  VAKA_RETURN_IF_ERROR(screen::ScreenText("evidence", request.evidence()));
  event::v1::Event event;
  v1::MeasureFollowedUp& followed = *event.mutable_measure_followed_up();
  followed.set_measure(request.measure());
  followed.set_effect(request.effect());
  followed.set_evidence(request.evidence());
  *followed.mutable_at() = ToProto(now);
  return One(std::move(event), absl::StrCat("measure:", request.measure()));
}

std::vector<DueStep> DueSteps(const State& state, absl::Time now, int weeks_back) {
  std::vector<DueStep> steps;
  if (!state.registry().configured()) return steps;
  const int current = WeekNumber(WeekOf(now, state.zone()));
  const int first = std::max(state.counts().FirstWeek(current), current - weeks_back);
  for (int number = first; number <= current; ++number) {
    const IsoWeek week = WeekOfNumber(number);
    const WeekMoments moments = MomentsOf(state.config().est(), state.zone(), week);
    const WeekData* data = state.FindWeek(week);
    const bool frozen = data != nullptr && data->frozen.has_value();
    if (!frozen && moments.freeze <= now) steps.push_back({week, false});
    if ((data == nullptr || !data->published()) && moments.publish <= now) {
      steps.push_back({week, true});
    }
  }
  return steps;
}

}  // namespace vaka::est
