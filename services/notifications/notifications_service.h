#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/log/log.h"
#include "libs/rpc/unary.h"
#include "libs/vault/vault.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/errands.h"
#include "services/notifications/notifications_metrics.h"
#include "services/notifications/outbox.h"
#include "services/notifications/short_link.h"
#include "services/notifications/state.h"
#include "vaka/notifications/v1/notifications_service.grpc.pb.h"

namespace vaka::notifications {

// The gRPC adapter: translates, and leaves deciding to the core. Calls that need the vault or Redis
// run as errands, on threads that may wait; all others answer from the folds. Thread-safe.
class Service final : public v1::NotificationsService::CallbackService {
 public:
  struct Deps {
    rpc::Gate& gate;
    fold::Follower& facts;
    fold::Follower& deliveries;
    fold::Commands& commands;
    Outbox& outbox;
    const vault::Vault& vault;
    const ShortLinks& links;
    Metrics& metrics;
    log::Log& log;
    Errands& errands;
    Errands& receipts;  // of their own, so that a provider's storm keeps nobody else waiting
    Clock& clock;
    std::string public_url;
    std::function<void(const std::string& kommun)> sendable;  // the outbox got something
  };

  explicit Service(Deps deps) : deps_(std::move(deps)) {}

  grpc::ServerUnaryReactor* GetAlert(grpc::CallbackServerContext* context,
                                     const v1::GetAlertRequest* request,
                                     v1::GetAlertResponse* response) override;
  grpc::ServerUnaryReactor* ListAlerts(grpc::CallbackServerContext* context,
                                       const v1::ListAlertsRequest* request,
                                       v1::ListAlertsResponse* response) override;
  grpc::ServerUnaryReactor* PreviewMessage(grpc::CallbackServerContext* context,
                                           const v1::PreviewMessageRequest* request,
                                           v1::PreviewMessageResponse* response) override;
  grpc::ServerUnaryReactor* SendMessage(grpc::CallbackServerContext* context,
                                        const v1::SendMessageRequest* request,
                                        v1::SendMessageResponse* response) override;
  grpc::ServerUnaryReactor* RecallAlert(grpc::CallbackServerContext* context,
                                        const v1::RecallAlertRequest* request,
                                        v1::RecallAlertResponse* response) override;
  grpc::ServerUnaryReactor* OpenLink(grpc::CallbackServerContext* context,
                                     const v1::OpenLinkRequest* request,
                                     v1::OpenLinkResponse* response) override;
  grpc::ServerUnaryReactor* Acknowledge(grpc::CallbackServerContext* context,
                                        const v1::AcknowledgeRequest* request,
                                        v1::AcknowledgeResponse* response) override;
  grpc::ServerUnaryReactor* RelayReported(grpc::CallbackServerContext* context,
                                          const v1::RelayReportedRequest* request,
                                          v1::RelayReportedResponse* response) override;
  grpc::ServerUnaryReactor* Unsubscribe(grpc::CallbackServerContext* context,
                                        const v1::UnsubscribeRequest* request,
                                        v1::UnsubscribeResponse* response) override;
  grpc::ServerUnaryReactor* Receipt(grpc::CallbackServerContext* context,
                                    const v1::ReceiptRequest* request,
                                    v1::ReceiptResponse* response) override;
  grpc::ServerUnaryReactor* Queues(grpc::CallbackServerContext* context,
                                   const v1::QueuesRequest* request,
                                   v1::QueuesResponse* response) override;

 private:
  // Whom a link was made for, and about what.
  struct Tapped {
    std::string kommun;
    std::string message;
    std::string alert;
    std::string person;
    std::string area;
    uint32_t version = 0;
  };
  absl::StatusOr<Tapped> OpenTapped(const std::string& link, absl::Time deadline);

  absl::Status AnswerLink(const rpc::Call& call, const v1::OpenLinkRequest& request,
                          v1::OpenLinkResponse& response);
  absl::Status AnswerReceipt(const rpc::Call& call, const v1::ReceiptRequest& request,
                             v1::ReceiptResponse& response);
  absl::Status AnswerQueues(const rpc::Call& call, v1::QueuesResponse& response);
  absl::Status AnswerAlert(const rpc::Call& call, const v1::GetAlertRequest& request,
                           v1::GetAlertResponse& response);
  absl::Status AnswerAlerts(const rpc::Call& call, const v1::ListAlertsRequest& request,
                            v1::ListAlertsResponse& response);
  absl::Status AnswerSend(const rpc::Call& call, const v1::SendMessageRequest& request,
                          v1::SendMessageResponse& response);
  absl::Status AnswerPreview(const rpc::Call& call, const v1::PreviewMessageRequest& request,
                             v1::PreviewMessageResponse& response);
  // Both folds at once, always in the same order.
  using BothReader = std::function<absl::Status(const State&, const Deliveries&, uint64_t seq)>;
  absl::Status ReadBoth(const std::string& kommun, uint64_t at_least, absl::Time deadline,
                        const BothReader& reader);
  // Opens the words of messages; what was erased stays empty.
  absl::Status OpenWords(const std::string& kommun, const std::vector<v1::AlertView*>& views);

  // Carries out `decide` for the person who tapped the link, once a `key`.
  using Decide = std::function<absl::StatusOr<fold::Decision>(const State&, const Tapped&)>;
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Tap(grpc::CallbackServerContext* context, const Request* request,
                                Response* response, const char* what, Decide decide);
  // Runs `answer` as one of `errands`; Later: as one of the usual ones.
  template <typename Request, typename Response, typename Answer>
  grpc::ServerUnaryReactor* LaterBy(Errands& errands, grpc::CallbackServerContext* context,
                                    const Request* request, Response* response, Answer answer);
  template <typename Request, typename Response, typename Answer>
  grpc::ServerUnaryReactor* Later(grpc::CallbackServerContext* context, const Request* request,
                                  Response* response, Answer answer);

  const Deps deps_;
};

}  // namespace vaka::notifications
