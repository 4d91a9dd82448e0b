#include "services/gateway/session_service.h"

#include "libs/rpc/unary.h"

namespace vaka::gateway {
namespace {

std::string ClientOf(const grpc::CallbackServerContext& context) {
  const auto it = context.client_metadata().find("vaka-client");
  if (it == context.client_metadata().end()) return context.peer();
  return {it->second.data(), it->second.size()};
}

}  // namespace

grpc::ServerUnaryReactor* SessionService::SignIn(grpc::CallbackServerContext* context,
                                                 const v1::SignInRequest* request,
                                                 v1::SignInResponse* response) {
  return rpc::Unary(
      gate_, context, request, response,
      [this, client = ClientOf(*context)](const rpc::Call& call, const v1::SignInRequest& code,
                                          v1::SignInResponse& answer, rpc::Done done) {
        auto signed_in = sign_in_.Exchange(code, client, call.now);
        if (!signed_in.ok()) {
          metrics_.Refused(Refusal::kSignIn);
          return done(signed_in.status());
        }
        answer = *std::move(signed_in);
        done(absl::OkStatus());
      });
}

grpc::ServerUnaryReactor* SessionService::DemoRoles(grpc::CallbackServerContext* context,
                                                    const v1::DemoRolesRequest* request,
                                                    v1::DemoRolesResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call&, const v1::DemoRolesRequest& asked,
                           v1::DemoRolesResponse& answer, rpc::Done done) {
                      answer = sign_in_.DemoRoles(asked.kommun());
                      done(absl::OkStatus());
                    });
}

grpc::ServerUnaryReactor* SessionService::WhoAmI(grpc::CallbackServerContext* context,
                                                 const v1::WhoAmIRequest* request,
                                                 v1::WhoAmIResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [](const rpc::Call& call, const v1::WhoAmIRequest&, v1::WhoAmIResponse& answer,
                       rpc::Done done) {
                      *answer.mutable_identity() = call.caller;
                      done(absl::OkStatus());
                    });
}

grpc::ServerUnaryReactor* DemoService::Phones(grpc::CallbackServerContext* context,
                                              const v1::PhonesRequest* request,
                                              v1::PhonesResponse* response) {
  return rpc::Unary(gate_, context, request, response,
                    [this](const rpc::Call&, const v1::PhonesRequest&, v1::PhonesResponse& answer,
                           rpc::Done done) {
                      if (phones_ == nullptr) return done(absl::NotFoundError("there is no demo"));
                      answer = phones_();
                      done(absl::OkStatus());
                    });
}

}  // namespace vaka::gateway
