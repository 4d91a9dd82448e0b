#pragma once

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/rpc/unary.h"
#include "services/dispatch/plan.h"
#include "vaka/dispatch/v1/dispatch_service.grpc.pb.h"

namespace vaka::dispatch {

// The rpcs of DispatchService: admits, asks the core, answers. Thread-safe; borrows gate, follower
// and commands, which outlive it and its calls.
class Service final : public v1::DispatchService::CallbackService {
 public:
  Service(rpc::Gate& gate, fold::Follower& follower, fold::Commands& commands, PlanRules rules);

  grpc::ServerUnaryReactor* OpenShift(grpc::CallbackServerContext* context,
                                      const v1::OpenShiftRequest* request,
                                      v1::OpenShiftResponse* response) override;
  grpc::ServerUnaryReactor* StaffShift(grpc::CallbackServerContext* context,
                                       const v1::StaffShiftRequest* request,
                                       v1::StaffShiftResponse* response) override;
  grpc::ServerUnaryReactor* PlanShift(grpc::CallbackServerContext* context,
                                      const v1::PlanShiftRequest* request,
                                      v1::PlanShiftResponse* response) override;
  grpc::ServerUnaryReactor* BriefShift(grpc::CallbackServerContext* context,
                                       const v1::BriefShiftRequest* request,
                                       v1::BriefShiftResponse* response) override;
  grpc::ServerUnaryReactor* StartShift(grpc::CallbackServerContext* context,
                                       const v1::StartShiftRequest* request,
                                       v1::StartShiftResponse* response) override;
  grpc::ServerUnaryReactor* CheckIn(grpc::CallbackServerContext* context,
                                    const v1::CheckInRequest* request,
                                    v1::CheckInResponse* response) override;
  grpc::ServerUnaryReactor* CompleteStop(grpc::CallbackServerContext* context,
                                         const v1::CompleteStopRequest* request,
                                         v1::CompleteStopResponse* response) override;
  grpc::ServerUnaryReactor* SkipStop(grpc::CallbackServerContext* context,
                                     const v1::SkipStopRequest* request,
                                     v1::SkipStopResponse* response) override;
  grpc::ServerUnaryReactor* DispatchIncident(grpc::CallbackServerContext* context,
                                             const v1::DispatchIncidentRequest* request,
                                             v1::DispatchIncidentResponse* response) override;
  grpc::ServerUnaryReactor* AnswerDispatch(grpc::CallbackServerContext* context,
                                           const v1::AnswerDispatchRequest* request,
                                           v1::AnswerDispatchResponse* response) override;
  grpc::ServerUnaryReactor* ReturnShift(grpc::CallbackServerContext* context,
                                        const v1::ReturnShiftRequest* request,
                                        v1::ReturnShiftResponse* response) override;
  grpc::ServerUnaryReactor* DebriefShift(grpc::CallbackServerContext* context,
                                         const v1::DebriefShiftRequest* request,
                                         v1::DebriefShiftResponse* response) override;
  grpc::ServerUnaryReactor* CloseShift(grpc::CallbackServerContext* context,
                                       const v1::CloseShiftRequest* request,
                                       v1::CloseShiftResponse* response) override;
  grpc::ServerUnaryReactor* GetShift(grpc::CallbackServerContext* context,
                                     const v1::GetShiftRequest* request,
                                     v1::GetShiftResponse* response) override;
  grpc::ServerUnaryReactor* ListShifts(grpc::CallbackServerContext* context,
                                       const v1::ListShiftsRequest* request,
                                       v1::ListShiftsResponse* response) override;

 private:
  rpc::Gate& gate_;
  fold::Follower& follower_;
  fold::Commands& commands_;
  const PlanRules rules_;
};

}  // namespace vaka::dispatch
