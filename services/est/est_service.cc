#include "services/est/est_service.h"

#include <utility>

#include "libs/base/ids.h"
#include "libs/rpc/serve.h"
#include "services/est/decide.h"
#include "services/est/proto_week.h"
#include "services/est/views.h"

namespace vaka::est {
namespace {

Who WhoIs(const rpc::Call& call) {
  return {.agency = call.caller.agency(),
          .steers = call.Has(options::v1::ROLE_COORDINATOR) ||
                    call.Has(options::v1::ROLE_ANALYST) || call.Has(options::v1::ROLE_SYSTEM)};
}

}  // namespace

Service::Service(rpc::Gate& gate, fold::Follower& follower, fold::Commands& commands,
                 Metrics& metrics)
    : gate_(gate), follower_(follower), commands_(commands), metrics_(metrics) {}

grpc::ServerUnaryReactor* Service::SubmitContribution(grpc::CallbackServerContext* context,
                                                      const v1::SubmitContributionRequest* request,
                                                      v1::SubmitContributionResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time now) {
                            return DecideContribution(state, req, who, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::GetWeek(grpc::CallbackServerContext* context,
                                           const v1::GetWeekRequest* request,
                                           v1::GetWeekResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Query<State>(
                          follower_, call, req, res,
                          [this, &req, &res, now = call.now](const State& state) {
                            const Metrics::Timed timed = metrics_.TimePicture();
                            return AnswerWeek(state, req, now, res);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ListWeeks(grpc::CallbackServerContext* context,
                                             const v1::ListWeeksRequest* request,
                                             v1::ListWeeksResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Query<State>(
                          follower_, call, req, res,
                          [&req, &res, now = call.now](const State& state) {
                            AnswerWeeks(state, req, now, res);
                            return absl::OkStatus();
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::FreezeWeek(grpc::CallbackServerContext* context,
                                              const v1::FreezeWeekRequest* request,
                                              v1::FreezeWeekResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req](const State& state, absl::Time now) {
                            return DecideFreeze(state, WeekFromProto(req.week()), now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::Publish(grpc::CallbackServerContext* context,
                                           const v1::PublishRequest* request,
                                           v1::PublishResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      res.set_revision(1);  // what is published is always the first
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req](const State& state, absl::Time) {
                            return DecidePublish(state, WeekFromProto(req.week()));
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::Revise(grpc::CallbackServerContext* context,
                                          const v1::ReviseRequest* request,
                                          v1::ReviseResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      CarryOutRevision(call, req, res, std::move(done));
                    });
}

// The answer is read back by the fact's number, so that a repeated command answers with its own
// revision and not with what a new one would say.
void Service::CarryOutRevision(const rpc::Call& call, const v1::ReviseRequest& request,
                               v1::ReviseResponse& response, rpc::Done done) {
  const IsoWeek week = WeekFromProto(request.week());
  rpc::Execute<State>(
      commands_, call, request, response,
      [week](const State& state, absl::Time) { return DecideRevision(state, week); },
      [this, &call, &response, week, done = std::move(done)](const absl::Status& status) {
        if (!status.ok()) return done(status);
        follower_.When(
            call.kommun, response.seq(), call.deadline,
            [&response, week, done](const absl::Status& reached, const fold::Fold* fold, uint64_t) {
              if (reached.ok()) {
                AnswerRevision(static_cast<const State&>(*fold), week, response.seq(), response);
              }
              done(reached);
            });
      });
}

grpc::ServerUnaryReactor* Service::Judge(grpc::CallbackServerContext* context,
                                         const v1::JudgeRequest* request,
                                         v1::JudgeResponse* response) {
  return rpc::Unary(
      gate_, context, request, response,
      [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
        rpc::Execute<State>(
            commands_, call, req, res,
            [&req](const State& state, absl::Time now) { return DecideJudgement(state, req, now); },
            std::move(done));
      });
}

grpc::ServerUnaryReactor* Service::DecideMeasure(grpc::CallbackServerContext* context,
                                                 const v1::DecideMeasureRequest* request,
                                                 v1::DecideMeasureResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      const std::string id = DeriveId("measure", call.kommun,
                                                      call.CommandOf(req.idempotency_key()).key);
                      res.set_measure(id);
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, id](const State& state, absl::Time) {
                            return est::DecideMeasure(state, req.measure(), id);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ChangeMeasure(grpc::CallbackServerContext* context,
                                                 const v1::ChangeMeasureRequest* request,
                                                 v1::ChangeMeasureResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time) {
                            return DecideMeasureChange(state, req.measure(), who);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::FollowUpMeasure(grpc::CallbackServerContext* context,
                                                   const v1::FollowUpMeasureRequest* request,
                                                   v1::FollowUpMeasureResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Execute<State>(
                          commands_, call, req, res,
                          [&req, who = WhoIs(call)](const State& state, absl::Time now) {
                            return DecideFollowUp(state, req, who, now);
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::ListMeasures(grpc::CallbackServerContext* context,
                                                const v1::ListMeasuresRequest* request,
                                                v1::ListMeasuresResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      rpc::Query<State>(
                          follower_, call, req, res,
                          [&req, &res, now = call.now](const State& state) {
                            AnswerMeasures(state, req, now, res);
                            return absl::OkStatus();
                          },
                          std::move(done));
                    });
}

}  // namespace vaka::est
