#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/clock.h"
#include "libs/rpc/token.h"
#include "services/gateway/http.h"
#include "services/gateway/upstream.h"
#include "vaka/notifications/v1/notifications_service.pb.h"

namespace vaka::gateway {

// The SMS provider's delivery callback, POST /hooks/sms/<signed "kommun/message id">: passes it on
// to NotificationsService/Receipt. The provider repeats a callback until it gets a 2xx.
// Thread-safe.
class SmsHook {
 public:
  // All outlive it; `tokens` can sign.
  SmsHook(const rpc::Tokens& tokens, Upstream& upstream, Clock& clock)
      : tokens_(tokens), upstream_(upstream), clock_(clock) {}

  void Handle(std::shared_ptr<HttpExchange> exchange) const;

  // The receipt that a callback is. UNAUTHENTICATED: its address is not one of ours;
  // INVALID_ARGUMENT: no id or status.
  static absl::StatusOr<notifications::v1::ReceiptRequest> ReceiptOf(const rpc::Tokens& tokens,
                                                                     absl::string_view signed_part,
                                                                     absl::string_view body);

 private:
  const rpc::Tokens& tokens_;
  Upstream& upstream_;
  Clock& clock_;
};

}  // namespace vaka::gateway
