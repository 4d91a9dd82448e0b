#include "services/est/check_fact.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/base/week.h"
#include "services/est/proto_week.h"

namespace vaka::est {
namespace {

using event::v1::Event;

absl::Status CheckTime(absl::string_view field, const google::protobuf::Timestamp& stamp) {
  // Whole seconds on both ends, so that fractions decide nothing.
  if (IsTime(stamp.seconds())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", stamp.seconds(), " s is no time"));
}

absl::Status CheckWeek(const v1::Week& week) {
  if (IsValid(WeekFromProto(week))) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("week: ", week.year(), "-W", week.week(), " does not exist"));
}

absl::Status CheckIncident(const intake::v1::Incident& incident) {
  VAKA_RETURN_IF_ERROR(CheckTime("observed_from", incident.observed_from()));
  VAKA_RETURN_IF_ERROR(CheckTime("observed_to", incident.observed_to()));
  return CheckTime("reported_at", incident.reported_at());
}

// Of anything with a `count`.
template <typename Items>
absl::Status CheckCounts(const Items& items) {
  for (const auto& item : items) {
    if (item.count() > kMostOfOneKind) {
      return absl::InvalidArgumentError(absl::StrCat("count: ", item.count(), " is too much"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFact(const Event& event) {
  switch (event.fact_case()) {
    case Event::kIncidentReported:
      return CheckIncident(event.incident_reported().incident());
    case Event::kIncidentCorrected:
      return CheckIncident(event.incident_corrected().incident());
    case Event::kShiftDebriefed:
      VAKA_RETURN_IF_ERROR(CheckTime("occurred_at", event.occurred_at()));
      return CheckCounts(event.shift_debriefed().items());
    case Event::kContributionSubmitted:
      VAKA_RETURN_IF_ERROR(CheckWeek(event.contribution_submitted().week()));
      return CheckCounts(event.contribution_submitted().counts());
    case Event::kWeekFrozen:
      return CheckWeek(event.week_frozen().week());
    case Event::kJudgementMade:
      return CheckWeek(event.judgement_made().week());
    case Event::kPicturePublished:
      return CheckWeek(event.picture_published().picture().week());
    case Event::kPictureRevised:
      return CheckWeek(event.picture_revised().picture().week());
    default:
      return absl::OkStatus();
  }
}

}  // namespace vaka::est
