#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/est/est.h"
#include "vaka/est/v1/est_service.pb.h"

// What each query answers from the state. Pure.
namespace vaka::est {

// INVALID_ARGUMENT for no week; NOT_FOUND for a revision that does not exist. Empty week: the one
// whose picture is being worked on.
absl::Status AnswerWeek(const State& state, const v1::GetWeekRequest& request, absl::Time now,
                        v1::GetWeekResponse& response);

// The frozen and published weeks and the one being worked on, newest first.
void AnswerWeeks(const State& state, const v1::ListWeeksRequest& request, absl::Time now,
                 v1::ListWeeksResponse& response);

// In the order of due dates.
void AnswerMeasures(const State& state, const v1::ListMeasuresRequest& request, absl::Time now,
                    v1::ListMeasuresResponse& response);

// Number and changes of the week's revision that the fact `seq` recorded; without effect when there
// is none.
void AnswerRevision(const State& state, IsoWeek week, uint64_t seq, v1::ReviseResponse& response);

}  // namespace vaka::est
