#include "services/dispatch/dispatch_service.h"

#include <utility>

#include "libs/base/ids.h"
#include "libs/rpc/serve.h"
#include "services/dispatch/decide.h"
#include "services/dispatch/views.h"

namespace vaka::dispatch {
namespace {

Who WhoIs(const rpc::Call& call) {
  return {.person = call.caller.person(),
          .leads = call.Has(options::v1::ROLE_COORDINATOR) ||
                   call.Has(options::v1::ROLE_BRIEFING_OFFICER) ||
                   call.Has(options::v1::ROLE_SYSTEM)};
}

// The id of what a command makes: the same for the same command.
std::string NewId(absl::string_view prefix, const rpc::Call& call, const std::string& key) {
  return DeriveId(prefix, call.kommun, call.CommandOf(key).key);
}

}  // namespace

Service::Service(rpc::Gate& gate, fold::Follower& follower, fold::Commands& commands,
                 PlanRules rules)
    : gate_(gate), follower_(follower), commands_(commands), rules_(std::move(rules)) {}

grpc::ServerUnaryReactor* Service::OpenShift(grpc::CallbackServerContext* context,
                                             const v1::OpenShiftRequest* request,
                                             v1::OpenShiftResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      const std::string id = NewId("shift", call, req.idempotency_key());
                      res.set_shift(id);
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, id](const State& state, absl::Time now) {
                            return DecideOpen(state, req, id, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::StaffShift(grpc::CallbackServerContext* context,
                                              const v1::StaffShiftRequest* request,
                                              v1::StaffShiftResponse* response) {
  return rpc::Unary(
      gate_, context, request, response,
      [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
        rpc::Execute<State>(
            commands_, call, req, res,
            [&req](const State& state, absl::Time) { return DecideStaff(state, req); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::PlanShift(grpc::CallbackServerContext* context,
                                             const v1::PlanShiftRequest* request,
                                             v1::PlanShiftResponse* response) {
  return rpc::Unary(
      gate_, context, request, response,
      [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
        rpc::Query<State>(
            follower_, call, req, res,
            [this, &req, &res](const State& state) { return AnswerPlan(state, req, rules_, res); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::BriefShift(grpc::CallbackServerContext* context,
                                              const v1::BriefShiftRequest* request,
                                              v1::BriefShiftResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [this, &req](const State& state, absl::Time) {
                            return DecideBrief(state, req, rules_);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::StartShift(grpc::CallbackServerContext* context,
                                              const v1::StartShiftRequest* request,
                                              v1::StartShiftResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideStart(state, req.shift(), who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::CheckIn(grpc::CallbackServerContext* context,
                                           const v1::CheckInRequest* request,
                                           v1::CheckInResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideCheckIn(state, req, who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::CompleteStop(grpc::CallbackServerContext* context,
                                                const v1::CompleteStopRequest* request,
                                                v1::CompleteStopResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideComplete(state, req, who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::SkipStop(grpc::CallbackServerContext* context,
                                            const v1::SkipStopRequest* request,
                                            v1::SkipStopResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideSkip(state, req, who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::DispatchIncident(grpc::CallbackServerContext* context,
                                                    const v1::DispatchIncidentRequest* request,
                                                    v1::DispatchIncidentResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      const std::string id = NewId("dispatch", call, req.idempotency_key());
                      res.set_dispatch(id);
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, id](const State& state, absl::Time now) {
                            return DecideDispatch(state, req, id, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::AnswerDispatch(grpc::CallbackServerContext* context,
                                                  const v1::AnswerDispatchRequest* request,
                                                  v1::AnswerDispatchResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time now) {
                            return DecideAnswer(state, req, who, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ReturnShift(grpc::CallbackServerContext* context,
                                               const v1::ReturnShiftRequest* request,
                                               v1::ReturnShiftResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideReturn(state, req.shift(), who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::DebriefShift(grpc::CallbackServerContext* context,
                                                const v1::DebriefShiftRequest* request,
                                                v1::DebriefShiftResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideDebrief(state, req, who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::CloseShift(grpc::CallbackServerContext* context,
                                              const v1::CloseShiftRequest* request,
                                              v1::CloseShiftResponse* response) {
  return rpc::Unary(
      gate_, context, request, response,
      [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
        rpc::Execute<State>(
            commands_, call, req, res,
            [&req](const State& state, absl::Time) { return DecideClose(state, req); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::GetShift(grpc::CallbackServerContext* context,
                                            const v1::GetShiftRequest* request,
                                            v1::GetShiftResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Query<State>(
                          follower_, call, req, res,
                          [&req, &res, now = call.now](const State& state) {
                            return AnswerShift(state, req, now, res);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ListShifts(grpc::CallbackServerContext* context,
                                              const v1::ListShiftsRequest* request,
                                              v1::ListShiftsResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Query<State>(
                          follower_, call, req, res,
                          [&req, &res](const State& state) {
                            AnswerShifts(state, req, res);
                            return absl::OkStatus();
                          },
                          std::move(done));
                    });
}

}  // namespace vaka::dispatch
