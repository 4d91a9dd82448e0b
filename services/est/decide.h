#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/week.h"
#include "libs/fold/fold.h"
#include "services/est/est.h"
#include "vaka/est/v1/est_service.pb.h"

// What each command decides, or why not. Pure; an error leaves everything as it was.
// Every one: FAILED_PRECONDITION while the municipality is not configured; INVALID_ARGUMENT names
// the field, also for personal data in a free text.
namespace vaka::est {

// For whom a command is carried out.
struct Who {
  std::string agency;
  bool steers = false;  // coordinator, analyst or the system: may act for every agency
};

// PERMISSION_DENIED for another's agency. A contribution after the freeze is taken in and shows as
// a pending change.
absl::StatusOr<fold::Decision> DecideContribution(const State& state,
                                                  const v1::SubmitContributionRequest& request,
                                                  const Who& who, absl::Time now);

// FAILED_PRECONDITION when frozen. A week that has begun may be frozen before its schedule.
absl::StatusOr<fold::Decision> DecideFreeze(const State& state, IsoWeek week, absl::Time now);

// FAILED_PRECONDITION when not frozen, or published.
absl::StatusOr<fold::Decision> DecidePublish(const State& state, IsoWeek week);

// FAILED_PRECONDITION when not published, or when nothing differs.
absl::StatusOr<fold::Decision> DecideRevision(const State& state, IsoWeek week);

absl::StatusOr<fold::Decision> DecideJudgement(const State& state, const v1::JudgeRequest& request,
                                               absl::Time now);

// `id` is the new measure's.
absl::StatusOr<fold::Decision> DecideMeasure(const State& state, v1::Measure measure,
                                             const std::string& id);

// NOT_FOUND; PERMISSION_DENIED for a measure that another agency owns.
absl::StatusOr<fold::Decision> DecideMeasureChange(const State& state, const v1::Measure& measure,
                                                   const Who& who);

// NOT_FOUND; PERMISSION_DENIED for who is neither owner nor partner.
absl::StatusOr<fold::Decision> DecideFollowUp(const State& state,
                                              const v1::FollowUpMeasureRequest& request,
                                              const Who& who, absl::Time now);

// A step of the schedule whose moment has passed.
struct DueStep {
  IsoWeek week;
  bool publish = false;  // else freeze
};

// The steps that are due at `now`, oldest week first, freeze before publication; what was missed
// during a standstill included, at most `weeks_back` weeks of it. None before the first week of
// which anything is known.
std::vector<DueStep> DueSteps(const State& state, absl::Time now, int weeks_back = 8);

}  // namespace vaka::est
