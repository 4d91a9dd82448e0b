#pragma once

#include <grpcpp/grpcpp.h>

#include "libs/base/clock.h"
#include "libs/rpc/gate.h"
#include "services/gateway/live_hub.h"
#include "vaka/gateway/v1/gateway_service.grpc.pb.h"

namespace vaka::gateway {

// LiveService over gRPC, for systems; browsers come through LiveHttp. Sends the hub's bytes as they
// are. Thread-safe.
class LiveService final
    : public v1::LiveService::WithRawCallbackMethod_Watch<v1::LiveService::Service> {
 public:
  // All outlive it.
  LiveService(LiveHub& hub, rpc::Gate& gate, Clock& clock, Metrics& metrics)
      : hub_(hub), gate_(gate), clock_(clock), metrics_(metrics) {}

  grpc::ServerWriteReactor<grpc::ByteBuffer>* Watch(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request) override;

 private:
  LiveHub& hub_;
  rpc::Gate& gate_;
  Clock& clock_;
  Metrics& metrics_;
};

}  // namespace vaka::gateway
