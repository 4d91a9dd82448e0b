#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/fold/fold.h"
#include "services/dispatch/dispatch.h"
#include "services/dispatch/plan.h"
#include "vaka/dispatch/v1/dispatch_service.pb.h"

// What each command decides, or why not. Pure; an error leaves everything as it was.
// Every one: NOT_FOUND for a shift that does not exist; FAILED_PRECONDITION names the state that
// the shift is in and the one it needs; INVALID_ARGUMENT names the field, also for personal data in
// a free text.
namespace vaka::dispatch {

// For whom a command is carried out.
struct Who {
  std::string person;
  bool leads = false;  // coordinator, briefing officer or the system: may act for every crew
};

// `id` is the new shift's. FAILED_PRECONDITION when the car is already out then.
absl::StatusOr<fold::Decision> DecideOpen(const State& state, const v1::OpenShiftRequest& request,
                                          const std::string& id, absl::Time now);

// FAILED_PRECONDITION names, for each of the crew, what is lacking. A crew may be changed until the
// briefing.
absl::StatusOr<fold::Decision> DecideStaff(const State& state,
                                           const v1::StaffShiftRequest& request);

// With neither incidents nor stops given: as PlanFor proposes.
absl::StatusOr<fold::Decision> DecideBrief(const State& state, const v1::BriefShiftRequest& request,
                                           const PlanRules& rules);

// The crew's own steps; PERMISSION_DENIED for a patroller who is not of the crew.
// Start checks once more that the driver is approved: an approval may have been taken back.
absl::StatusOr<fold::Decision> DecideStart(const State& state, const std::string& shift,
                                           const Who& who);
absl::StatusOr<fold::Decision> DecideCheckIn(const State& state, const v1::CheckInRequest& request,
                                             const Who& who);
// NOT_FOUND for the stop; FAILED_PRECONDITION when it is done or skipped. A skip says why.
absl::StatusOr<fold::Decision> DecideComplete(const State& state,
                                              const v1::CompleteStopRequest& request,
                                              const Who& who);
absl::StatusOr<fold::Decision> DecideSkip(const State& state, const v1::SkipStopRequest& request,
                                          const Who& who);
absl::StatusOr<fold::Decision> DecideReturn(const State& state, const std::string& shift,
                                            const Who& who);
absl::StatusOr<fold::Decision> DecideDebrief(const State& state,
                                             const v1::DebriefShiftRequest& request,
                                             const Who& who);

// `id` is the new dispatch's. NOT_FOUND for an incident that is unknown or weeks old;
// FAILED_PRECONDITION when it was withdrawn or the crew has it already.
absl::StatusOr<fold::Decision> DecideDispatch(const State& state,
                                              const v1::DispatchIncidentRequest& request,
                                              const std::string& id, absl::Time now);
// FAILED_PRECONDITION after the time ran out, or when answered.
absl::StatusOr<fold::Decision> DecideAnswer(const State& state,
                                            const v1::AnswerDispatchRequest& request,
                                            const Who& who, absl::Time now);

// Closes a debriefed shift; or cancels one that is not out yet, with a reason.
absl::StatusOr<fold::Decision> DecideClose(const State& state,
                                           const v1::CloseShiftRequest& request);

// Something that time decides: an answer or a check-in that did not come.
struct Overdue {
  std::string key;  // the idempotency key of recording it
  std::string shift;
  std::string dispatch;  // empty: a check-in
};

// What has run out at `now`, by shift.
std::vector<Overdue> OverdueAt(const State& state, absl::Time now);

// Records it; no facts when an answer or a check-in came meanwhile.
absl::StatusOr<fold::Decision> DecideOverdue(const State& state, const Overdue& overdue,
                                             absl::Time now);

}  // namespace vaka::dispatch
