#pragma once

#include <vector>

#include "libs/fold/follower.h"
#include "libs/rpc/gate.h"
#include "vaka/runtime/v1/inspect_service.grpc.pb.h"

namespace vaka {

// Answers with the hashes of the states that this process holds. Hashing reads a whole state while
// its fold waits: for operators, not for a schedule of seconds. Thread-safe.
class InspectService final : public runtime::v1::InspectService::CallbackService {
 public:
  // `gate` and the followers outlive the service.
  InspectService(rpc::Gate& gate, std::vector<const fold::Follower*> followers);

  grpc::ServerUnaryReactor* States(grpc::CallbackServerContext* context,
                                   const runtime::v1::StatesRequest* request,
                                   runtime::v1::StatesResponse* response) override;

 private:
  rpc::Gate& gate_;
  const std::vector<const fold::Follower*> followers_;
};

}  // namespace vaka
