#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>

#include "libs/base/clock.h"
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
  int in_flight = 1024;  // requests under way, streams not counted
  size_t body = size_t{1} << 20;
  size_t import_body = size_t{40} << 20;  // of ImportAreas and ImportPeople
};

// Every HTTP request's first stop: limits, then to whom it goes by its path, with the security
// headers and metrics of every answer. Thread-safe.
class Front final : public HttpHandler {
 public:
  struct Deps {
    const ConnectHandler& connect;
    const StaticFiles& files;
    const SmsHook& sms;
    Clock& clock;
    Metrics& metrics;
  };

  Front(Deps deps, FrontLimits limits);

  HttpVerdict Admit(const HttpRequest& header) override;
  void Handle(std::shared_ptr<HttpExchange> exchange) override;
  HttpResponse Broken(int status, absl::string_view why) override;

  // While false, /healthz answers 503, so that a load balancer looks elsewhere.
  void SetReady(bool ready) { ready_ = ready; }

 private:
  HttpResponse Health() const;

  const Deps deps_;
  const FrontLimits limits_;
  RateLimit rate_;
  std::atomic<int> in_flight_{0};
  std::atomic<bool> ready_{false};
};

}  // namespace vaka::gateway
