#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>

#include "libs/rpc/gate.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/sign_in.h"
#include "vaka/gateway/v1/gateway_service.grpc.pb.h"

namespace vaka::gateway {

// Adapter of SignInDesk. The caller's address is the metadata `vaka-client` that the gateway's HTTP
// side sets, else the peer's.
class SessionService final : public v1::SessionService::CallbackService {
 public:
  SessionService(SignInDesk& sign_in, rpc::Gate& gate, Metrics& metrics)
      : sign_in_(sign_in), gate_(gate), metrics_(metrics) {}

  grpc::ServerUnaryReactor* SignIn(grpc::CallbackServerContext* context,
                                   const v1::SignInRequest* request,
                                   v1::SignInResponse* response) override;
  grpc::ServerUnaryReactor* DemoRoles(grpc::CallbackServerContext* context,
                                      const v1::DemoRolesRequest* request,
                                      v1::DemoRolesResponse* response) override;
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context,
                                   const v1::WhoAmIRequest* request,
                                   v1::WhoAmIResponse* response) override;

 private:
  SignInDesk& sign_in_;
  rpc::Gate& gate_;
  Metrics& metrics_;
};

// The demo's phones; NOT_FOUND where there is no demo.
class DemoService final : public v1::DemoService::CallbackService {
 public:
  using PhonesFunction = std::function<v1::PhonesResponse()>;

  DemoService(PhonesFunction phones, rpc::Gate& gate) : phones_(std::move(phones)), gate_(gate) {}

  grpc::ServerUnaryReactor* Phones(grpc::CallbackServerContext* context,
                                   const v1::PhonesRequest* request,
                                   v1::PhonesResponse* response) override;

 private:
  const PhonesFunction phones_;
  rpc::Gate& gate_;
};

}  // namespace vaka::gateway
