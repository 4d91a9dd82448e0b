#pragma once

#include "libs/base/clock.h"
#include "libs/rpc/gate.h"
#include "services/gateway/connect_codec.h"
#include "services/gateway/http.h"
#include "services/gateway/live_hub.h"

namespace vaka::gateway {

// LiveService.Watch over HTTP, straight from the hub: the frames that the hub wrote once go to
// every connection as they are, several in one write. Passes the gate as every call. Thread-safe.
class LiveHttp {
 public:
  // All outlive it.
  LiveHttp(LiveHub& hub, rpc::Gate& gate, Clock& clock, Metrics& metrics)
      : hub_(hub), gate_(gate), clock_(clock), metrics_(metrics) {}

  void Watch(std::shared_ptr<HttpExchange> exchange, Codec codec, const std::string& request);

 private:
  LiveHub& hub_;
  rpc::Gate& gate_;
  Clock& clock_;
  Metrics& metrics_;
};

}  // namespace vaka::gateway
