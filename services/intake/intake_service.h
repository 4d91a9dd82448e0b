#pragma once

#include <grpcpp/grpcpp.h>

#include "libs/rpc/gate.h"
#include "services/intake/report_taker.h"
#include "vaka/intake/v1/intake_service.grpc.pb.h"

namespace vaka::intake {

// vaka.intake.v1.IntakeService on the state and decisions of intake.h. Screens and seals what
// reporters write before it is decided on, opens texts after the state was let go. Thread-safe.
class IntakeServiceImpl final : public v1::IntakeService::CallbackService {
 public:
  // Everything outlives the service.
  IntakeServiceImpl(rpc::Gate& gate, Deps deps) : gate_(gate), deps_(deps), taker_(deps) {}

  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                   const v1::ReportRequest* request,
                                   v1::ReportResponse* response) override;
  grpc::ServerReadReactor<v1::ReportManyRequest>* ReportMany(
      grpc::CallbackServerContext* context, v1::ReportManyResponse* response) override;
  grpc::ServerUnaryReactor* Correct(grpc::CallbackServerContext* context,
                                    const v1::CorrectRequest* request,
                                    v1::CorrectResponse* response) override;
  grpc::ServerUnaryReactor* Withdraw(grpc::CallbackServerContext* context,
                                     const v1::WithdrawRequest* request,
                                     v1::WithdrawResponse* response) override;
  grpc::ServerUnaryReactor* Link(grpc::CallbackServerContext* context,
                                 const v1::LinkRequest* request,
                                 v1::LinkResponse* response) override;
  grpc::ServerUnaryReactor* List(grpc::CallbackServerContext* context,
                                 const v1::ListRequest* request,
                                 v1::ListResponse* response) override;
  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const v1::CheckRequest* request,
                                  v1::CheckResponse* response) override;

 private:
  rpc::Gate& gate_;
  const Deps deps_;
  ReportTaker taker_;
};

}  // namespace vaka::intake
