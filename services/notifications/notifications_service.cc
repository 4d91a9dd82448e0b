#include "services/notifications/notifications_service.h"

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/rpc/serve.h"
#include "libs/screen/screen.h"
#include "services/notifications/answer.h"
#include "services/notifications/raise.h"

namespace vaka::notifications {
namespace {

constexpr uint32_t kMostHouseholds = 10000;

const State& StateOf(const fold::Fold& fold) { return static_cast<const State&>(fold); }

}  // namespace

template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* Service::LaterBy(Errands& errands, grpc::CallbackServerContext* context,
                                           const Request* request, Response* response,
                                           Answer answer) {
  return rpc::Unary(
      deps_.gate, context, request, response,
      [&errands, answer](const rpc::Call& call, const Request& req, Response& res, rpc::Done done) {
        // `call` lives as long as `done`.
        const absl::Status posted =
            errands.Post([answer, &call, &req, &res, done] { done(answer(call, req, res)); });
        if (!posted.ok()) done(posted);
      });
}

template <typename Request, typename Response, typename Answer>
grpc::ServerUnaryReactor* Service::Later(grpc::CallbackServerContext* context,
                                         const Request* request, Response* response,
                                         Answer answer) {
  return LaterBy(deps_.errands, context, request, response, std::move(answer));
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* Service::Tap(grpc::CallbackServerContext* context, const Request* request,
                                       Response* response, const char* what, Decide decide) {
  return Later(context, request, response,
               [this, what, decide](const rpc::Call& call, const Request& req, Response& res) {
                 VAKA_ASSIGN(const Tapped tapped, OpenTapped(req.link(), call.deadline));
                 fold::Command command;
                 command.kommun = tapped.kommun;
                 // The link says who; two people may well choose the same key.
                 command.key = DeriveId(
                     what, tapped.kommun,
                     absl::StrCat(tapped.alert, "/", tapped.person, "/", req.idempotency_key()));
                 command.actor.set_role(options::v1::ROLE_CONTACT_PERSON);
                 command.actor.set_person(tapped.person);
                 command.trace = call.trace;
                 command.deadline = call.deadline;
                 VAKA_ASSIGN(const fold::Outcome outcome,
                             deps_.commands.ExecuteAndWait(std::move(command),
                                                           [&](const fold::Fold& fold, absl::Time) {
                                                             return decide(StateOf(fold), tapped);
                                                           }));
                 res.set_seq(outcome.seq);
                 return absl::OkStatus();
               });
}

grpc::ServerUnaryReactor* Service::GetAlert(grpc::CallbackServerContext* context,
                                            const v1::GetAlertRequest* request,
                                            v1::GetAlertResponse* response) {
  return Later(context, request, response, [this](const auto& call, const auto& req, auto& res) {
    return AnswerAlert(call, req, res);
  });
}

grpc::ServerUnaryReactor* Service::ListAlerts(grpc::CallbackServerContext* context,
                                              const v1::ListAlertsRequest* request,
                                              v1::ListAlertsResponse* response) {
  return Later(context, request, response, [this](const auto& call, const auto& req, auto& res) {
    return AnswerAlerts(call, req, res);
  });
}

grpc::ServerUnaryReactor* Service::PreviewMessage(grpc::CallbackServerContext* context,
                                                  const v1::PreviewMessageRequest* request,
                                                  v1::PreviewMessageResponse* response) {
  return Later(context, request, response, [this](const auto& call, const auto& req, auto& res) {
    return AnswerPreview(call, req, res);
  });
}

grpc::ServerUnaryReactor* Service::SendMessage(grpc::CallbackServerContext* context,
                                               const v1::SendMessageRequest* request,
                                               v1::SendMessageResponse* response) {
  return Later(context, request, response, [this](const auto& call, const auto& req, auto& res) {
    return AnswerSend(call, req, res);
  });
}

grpc::ServerUnaryReactor* Service::RecallAlert(grpc::CallbackServerContext* context,
                                               const v1::RecallAlertRequest* request,
                                               v1::RecallAlertResponse* response) {
  return rpc::Unary(deps_.gate, context, request, response,
                    [this](const rpc::Call& call, const auto& req, auto& res, rpc::Done done) {
                      if (absl::Status clean = screen::ScreenText("reason", req.reason());
                          !clean.ok()) {
                        return done(clean);
                      }
                      rpc::Execute<State>(
                          deps_.commands, call, req, res,
                          [&req](const State& state, absl::Time) {
                            return DecideRecall(state, req.alert(), req.reason());
                          },
                          std::move(done));
                    });
}

grpc::ServerUnaryReactor* Service::OpenLink(grpc::CallbackServerContext* context,
                                            const v1::OpenLinkRequest* request,
                                            v1::OpenLinkResponse* response) {
  return Later(context, request, response, [this](const auto& call, const auto& req, auto& res) {
    return AnswerLink(call, req, res);
  });
}

grpc::ServerUnaryReactor* Service::Acknowledge(grpc::CallbackServerContext* context,
                                               const v1::AcknowledgeRequest* request,
                                               v1::AcknowledgeResponse* response) {
  return Tap(context, request, response, "ack", [](const State& state, const Tapped& tapped) {
    return DecideAcknowledge(state, tapped.alert, tapped.person);
  });
}

grpc::ServerUnaryReactor* Service::RelayReported(grpc::CallbackServerContext* context,
                                                 const v1::RelayReportedRequest* request,
                                                 v1::RelayReportedResponse* response) {
  return Tap(context, request, response, "relay",
             [request](const State&, const Tapped& tapped) -> absl::StatusOr<fold::Decision> {
               if (request->households() > kMostHouseholds) {
                 return FieldError("households", absl::StrCat(request->households(),
                                                              " given, at most ", kMostHouseholds));
               }
               return DecideRelay(tapped.alert, tapped.person, request->by(),
                                  request->households());
             });
}

grpc::ServerUnaryReactor* Service::Unsubscribe(grpc::CallbackServerContext* context,
                                               const v1::UnsubscribeRequest* request,
                                               v1::UnsubscribeResponse* response) {
  return Tap(context, request, response, "leave", [](const State& state, const Tapped& tapped) {
    return DecideUnsubscribe(state, tapped.person);
  });
}

grpc::ServerUnaryReactor* Service::Receipt(grpc::CallbackServerContext* context,
                                           const v1::ReceiptRequest* request,
                                           v1::ReceiptResponse* response) {
  return LaterBy(deps_.receipts, context, request, response,
                 [this](const auto& call, const auto& req, auto& res) {
                   return AnswerReceipt(call, req, res);
                 });
}

grpc::ServerUnaryReactor* Service::Queues(grpc::CallbackServerContext* context,
                                          const v1::QueuesRequest* request,
                                          v1::QueuesResponse* response) {
  return Later(context, request, response, [this](const auto& call, const auto&, auto& res) {
    return AnswerQueues(call, res);
  });
}

}  // namespace vaka::notifications
