#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "libs/base/clock.h"
#include "libs/rpc/token.h"
#include "services/gateway/connect_handler.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/http.h"
#include "services/gateway/rate_limit.h"
#include "services/gateway/sms_hook.h"
#include "services/gateway/static_files.h"

namespace vaka::gateway {

struct FrontLimits {
  double requests_per_second = 200;  // of one address, in the long run
  double burst = 600;
  int in_flight = 1024;                 // requests under way, streams not counted
  size_t open_body = size_t{64} << 10;  // of a caller without a valid token
  size_t body = size_t{1} << 20;
  size_t import_body = size_t{40} << 20;  // of ImportAreas and ImportPeople
  size_t bodies = size_t{256} << 20;      // under way at once, of those above open_body
};

// Every HTTP request's first stop: limits, then to whom it goes by its path, with the security
// headers and metrics of every answer. Thread-safe.
class Front final : public HttpHandler {
 public:
  struct Deps {
    const ConnectHandler& connect;
    const StaticFiles& files;
    const SmsHook& sms;
    const rpc::Tokens& tokens;
    Clock& clock;
    Metrics& metrics;
  };

  Front(Deps deps, FrontLimits limits);

  HttpVerdict Admit(const HttpRequest& header) override;
  void Handle(std::shared_ptr<HttpExchange> exchange) override;
  HttpResponse Broken(int status, absl::string_view why) override;
  void Stuck() override;

  // While false, /healthz answers 503, so that a load balancer looks elsewhere.
  void SetReady(bool ready) { ready_ = ready; }

 private:
  HttpVerdict Refuse(RequestKind kind, Refusal why, const absl::Status& status) const;
  // How long a body may be, by who sends it, and room for it.
  HttpVerdict AdmitBody(RequestKind kind, const HttpRequest& header);
  HttpResponse Health() const;

  const Deps deps_;
  const FrontLimits limits_;
  RateLimit rate_;
  std::atomic<int> in_flight_{0};
  // Shared with what holds a part of it, which a connection may keep longer.
  const std::shared_ptr<std::atomic<size_t>> bodies_ = std::make_shared<std::atomic<size_t>>(0);
  std::atomic<bool> ready_{false};
};

}  // namespace vaka::gateway
