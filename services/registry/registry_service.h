#pragma once

// For adapters only: includes grpcpp.
#include "libs/base/clock.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/rpc/gate.h"
#include "libs/vault/vault.h"
#include "services/registry/errands.h"
#include "services/registry/importer.h"
#include "services/registry/registry_metrics.h"
#include "vaka/registry/v1/registry_service.grpc.pb.h"

namespace vaka::registry {

// All outlive the service.
struct ServiceDeps {
  fold::Follower& follower;
  fold::Commands& commands;
  const vault::Vault& vault;
  rpc::Gate& gate;
  Errands& errands;
  Importer& importer;
  Metrics& metrics;
};

// gRPC to decisions and back. What waits for the vault runs as an errand. Thread-safe.
class Service final : public v1::RegistryService::CallbackService {
 public:
  explicit Service(ServiceDeps deps);

  // One method an rpc of v1::RegistryService, in its order.
#define VAKA_RPC(Name)                                                                           \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context,                           \
                                 const v1::Name##Request* request, v1::Name##Response* response) \
      override
  VAKA_RPC(Configure);
  VAKA_RPC(GetMunicipality);
  VAKA_RPC(RegisterArea);
  VAKA_RPC(ChangeArea);
  VAKA_RPC(ChangeAreaStage);
  VAKA_RPC(MoveMaterial);
  VAKA_RPC(ListAreas);
  VAKA_RPC(RegisterPerson);
  VAKA_RPC(GetPerson);
  VAKA_RPC(ListPeople);
  VAKA_RPC(ErasePerson);
  VAKA_RPC(SetPreferences);
  VAKA_RPC(SetConsent);
  VAKA_RPC(AssignRole);
  VAKA_RPC(EndRole);
  VAKA_RPC(AssignHouseholds);
  VAKA_RPC(MoveCaretakerRound);
  VAKA_RPC(HoldFollowUp);
  VAKA_RPC(HoldTraining);
  VAKA_RPC(ApproveDriver);
  VAKA_RPC(Coverage);
  VAKA_RPC(ImportAreas);
  VAKA_RPC(ImportPeople);
#undef VAKA_RPC

 private:
  ServiceDeps deps_;
};

}  // namespace vaka::registry
