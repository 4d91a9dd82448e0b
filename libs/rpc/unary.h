#pragma once

// For adapters only: includes grpcpp.
#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>

#include "libs/rpc/gate.h"

namespace vaka::rpc {

// Status to gRPC and back, with ErrorInfo in the trailing metadata (`grpc-status-details-bin`, as
// google.rpc.Status); the only place that does it.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

using Done = std::function<void(absl::Status)>;

// Admits the call of a server context; see Gate::Admit.
absl::StatusOr<Call> AdmitContext(Gate& gate, grpc::CallbackServerContext* context,
                                  const google::protobuf::Message& request);

// Metadata that goes with an answer: seconds since the state that it was read from was last known
// to hold everything.
inline constexpr char kAgeKey[] = "vaka-age";
void AddAge(grpc::CallbackServerContext* context, absl::Duration age);

// Runs a unary handler: `handler(call, request, response, done)` must call `done` exactly once,
// from any thread; request and response live until then.
template <typename Request, typename Response, typename Handler>
grpc::ServerUnaryReactor* Unary(Gate& gate, grpc::CallbackServerContext* context,
                                const Request* request, Response* response, Handler&& handler) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::StatusOr<Call> admitted = AdmitContext(gate, context, *request);
  if (!admitted.ok()) {
    reactor->Finish(ToGrpc(admitted.status()));
    return reactor;
  }
  admitted->tell_age = [context](absl::Duration age) { AddAge(context, age); };
  auto call = std::make_shared<const Call>(*std::move(admitted));
  handler(*call, *request, *response, [&gate, call, reactor](absl::Status status) {
    gate.Finished(*call, status);
    reactor->Finish(ToGrpc(status));
  });
  return reactor;
}

}  // namespace vaka::rpc
