#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/dispatch/dispatch.h"
#include "services/dispatch/plan.h"
#include "vaka/dispatch/v1/dispatch_service.pb.h"

// What each query answers from the state. Pure.
namespace vaka::dispatch {

// NOT_FOUND. An empty id: today's shift in the municipality's zone, the latest begun or else the
// first to begin; cancelled ones only when there is no other.
absl::Status AnswerShift(const State& state, const v1::GetShiftRequest& request, absl::Time now,
                         v1::GetShiftResponse& response);

// Latest start first.
void AnswerShifts(const State& state, const v1::ListShiftsRequest& request,
                  v1::ListShiftsResponse& response);

// What is proposed for a shift. NOT_FOUND.
absl::Status AnswerPlan(const State& state, const v1::PlanShiftRequest& request,
                        const PlanRules& rules, v1::PlanShiftResponse& response);

}  // namespace vaka::dispatch
