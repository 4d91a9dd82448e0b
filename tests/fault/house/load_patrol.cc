#include <array>

#include "libs/base/time.h"
#include "tests/fault/house/load_work.h"
#include "vaka/dispatch/v1/dispatch_service.pb.h"

namespace vaka::fault {
namespace {

using namespace dispatch::v1;  // NOLINT: every message here is dispatch's

constexpr int kActsOutside = 8;

// A crew and its briefing officer: one shift after the other, from open to closed. Each step looks
// at the shift and does what comes next, so it goes on after whatever happened.
class Patrol final : public Worker {
 public:
  Patrol(House& house, Desk& desk, Tally& tally, std::string name, int crew, uint64_t seed,
         std::function<bool()> give_up)
      : Worker(house, desk, tally, std::move(name), seed, std::move(give_up)),
        driver_(house.town().driver(crew)),
        mate_(house.town().mate(crew)) {}

  void Step() override {
    if (shift_.empty()) return Open();
    GetShiftRequest request;
    request.set_shift(shift_);
    GetShiftResponse response;
    if (!Look(request, &response, Patroller(driver_)).ok()) return;
    switch (response.shift().state()) {
      case SHIFT_STATE_OPEN:
        return Staff();
      case SHIFT_STATE_STAFFED:
        return For<BriefShiftRequest, BriefShiftResponse>(Police());
      case SHIFT_STATE_BRIEFED:
        return For<StartShiftRequest, StartShiftResponse>(Patroller(driver_));
      case SHIFT_STATE_OUT:
        return ActOutside(response.shift());
      case SHIFT_STATE_RETURNED:
        return Debrief();
      case SHIFT_STATE_DEBRIEFED:
        return For<CloseShiftRequest, CloseShiftResponse>(Police());
      default:
        shift_.clear();
    }
  }

 private:
  template <typename Request, typename Response>
  void For(const As& as, Request request = {}) {
    request.set_shift(shift_);
    Response response;
    if (Do(request, &response, as).ok()) desk_.Reached(response.seq());
  }

  void Open() {
    OpenShiftRequest request;
    *request.mutable_starts() = ToProto(house_.clock().Now());
    *request.mutable_ends() = ToProto(house_.clock().Now() + absl::Hours(6));
    OpenShiftResponse response;
    if (!Do(request, &response, Police()).ok()) return;
    desk_.Reached(response.seq());
    shift_ = response.shift();
    acts_ = 0;
  }

  void Staff() {
    StaffShiftRequest request;
    request.add_crew(driver_);
    request.add_crew(mate_);
    request.set_driver(driver_);
    For<StaffShiftRequest, StaffShiftResponse>(Police(), request);
  }

  void ActOutside(const ShiftView& shift) {
    if (++acts_ > kActsOutside)
      return For<ReturnShiftRequest, ReturnShiftResponse>(Patroller(driver_));
    for (const DispatchView& dispatch : shift.dispatches()) {
      if (dispatch.answer() == DISPATCH_ANSWER_UNSPECIFIED) return Answer(dispatch.id());
    }
    for (const Stop& stop : shift.stops()) {
      if (stop.state() == STOP_STATE_PLANNED && Chance(0.5)) return Finish(stop.id());
    }
    const std::string incident = desk_.Incident(Draw());
    if (incident.empty() || Chance(0.3)) {
      return For<CheckInRequest, CheckInResponse>(Patroller(mate_));
    }
    DispatchIncidentRequest request;
    request.set_incident(incident);
    For<DispatchIncidentRequest, DispatchIncidentResponse>(Police(), request);
  }

  void Answer(const std::string& dispatch) {
    AnswerDispatchRequest request;
    request.set_dispatch(dispatch);
    request.set_answer(Chance(0.8) ? DISPATCH_ANSWER_ACCEPTED : DISPATCH_ANSWER_DECLINED);
    For<AnswerDispatchRequest, AnswerDispatchResponse>(Patroller(driver_), request);
  }

  void Finish(const std::string& stop) {
    if (Chance(0.2)) {
      SkipStopRequest skip;
      skip.set_stop(stop);
      skip.set_note("Ingen hemma");
      return For<SkipStopRequest, SkipStopResponse>(Patroller(driver_), skip);
    }
    CompleteStopRequest complete;
    complete.set_stop(stop);
    For<CompleteStopRequest, CompleteStopResponse>(Patroller(driver_), complete);
  }

  void Debrief() {
    DebriefShiftRequest request;
    DebriefItem& item = *request.add_items();
    item.set_category("graffiti");
    item.set_district("alby");
    item.set_count(1);
    For<DebriefShiftRequest, DebriefShiftResponse>(Patroller(driver_), request);
  }

  const std::string driver_;
  const std::string mate_;
  std::string shift_;
  int acts_ = 0;
};

}  // namespace

std::unique_ptr<Worker> MakePatrol(House& house, Desk& desk, Tally& tally, std::string name,
                                   int crew, uint64_t seed, std::function<bool()> give_up) {
  return std::make_unique<Patrol>(house, desk, tally, std::move(name), crew, seed,
                                  std::move(give_up));
}

}  // namespace vaka::fault
