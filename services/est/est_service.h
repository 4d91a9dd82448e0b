#pragma once

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/rpc/unary.h"
#include "services/est/est_metrics.h"
#include "vaka/est/v1/est_service.grpc.pb.h"

namespace vaka::est {

// The rpcs of EstService: admits, asks the core, answers. Thread-safe; borrows its arguments, which
// outlive it and its calls.
class Service final : public v1::EstService::CallbackService {
 public:
  Service(rpc::Gate& gate, fold::Follower& follower, fold::Commands& commands, Metrics& metrics);

  grpc::ServerUnaryReactor* SubmitContribution(grpc::CallbackServerContext* context,
                                               const v1::SubmitContributionRequest* request,
                                               v1::SubmitContributionResponse* response) override;
  grpc::ServerUnaryReactor* GetWeek(grpc::CallbackServerContext* context,
                                    const v1::GetWeekRequest* request,
                                    v1::GetWeekResponse* response) override;
  grpc::ServerUnaryReactor* ListWeeks(grpc::CallbackServerContext* context,
                                      const v1::ListWeeksRequest* request,
                                      v1::ListWeeksResponse* response) override;
  grpc::ServerUnaryReactor* FreezeWeek(grpc::CallbackServerContext* context,
                                       const v1::FreezeWeekRequest* request,
                                       v1::FreezeWeekResponse* response) override;
  grpc::ServerUnaryReactor* Publish(grpc::CallbackServerContext* context,
                                    const v1::PublishRequest* request,
                                    v1::PublishResponse* response) override;
  grpc::ServerUnaryReactor* Revise(grpc::CallbackServerContext* context,
                                   const v1::ReviseRequest* request,
                                   v1::ReviseResponse* response) override;
  grpc::ServerUnaryReactor* Judge(grpc::CallbackServerContext* context,
                                  const v1::JudgeRequest* request,
                                  v1::JudgeResponse* response) override;
  grpc::ServerUnaryReactor* DecideMeasure(grpc::CallbackServerContext* context,
                                          const v1::DecideMeasureRequest* request,
                                          v1::DecideMeasureResponse* response) override;
  grpc::ServerUnaryReactor* ChangeMeasure(grpc::CallbackServerContext* context,
                                          const v1::ChangeMeasureRequest* request,
                                          v1::ChangeMeasureResponse* response) override;
  grpc::ServerUnaryReactor* FollowUpMeasure(grpc::CallbackServerContext* context,
                                            const v1::FollowUpMeasureRequest* request,
                                            v1::FollowUpMeasureResponse* response) override;
  grpc::ServerUnaryReactor* ListMeasures(grpc::CallbackServerContext* context,
                                         const v1::ListMeasuresRequest* request,
                                         v1::ListMeasuresResponse* response) override;

 private:
  void CarryOutRevision(const rpc::Call& call, const v1::ReviseRequest& request,
                        v1::ReviseResponse& response, rpc::Done done);

  rpc::Gate& gate_;
  fold::Follower& follower_;
  fold::Commands& commands_;
  Metrics& metrics_;
};

}  // namespace vaka::est
