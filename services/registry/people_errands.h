#pragma once

#include "absl/status/status.h"
#include "libs/fold/commands.h"
#include "libs/rpc/gate.h"
#include "libs/vault/vault.h"
#include "services/registry/registry.h"

namespace vaka::registry {

// The calls that need the vault, waiting for it; for the errands' threads. Thread-safe.
class PeopleErrands final {
 public:
  // Both outlive this object.
  PeopleErrands(fold::Commands& commands, const vault::Vault& vault);

  absl::Status Register(const rpc::Call& call, const v1::RegisterPersonRequest& request,
                        v1::RegisterPersonResponse& response);

  // Records the look, then opens the details. FAILED_PRECONDITION: erased meanwhile.
  absl::Status Open(const rpc::Call& call, const v1::GetPersonRequest& request,
                    const v1::Sealed& sealed, v1::Contact& contact);

  // The key goes first and the fact follows, so that a call that was cut off in between has erased
  // already and is finished by repeating it. The key goes once more at the end: a registration that
  // came between may have made a new one. NOT_FOUND: nothing was erased.
  absl::Status Erase(const rpc::Call& call, const v1::ErasePersonRequest& request,
                     v1::ErasePersonResponse& response);

 private:
  fold::Commands& commands_;
  const vault::Vault& vault_;
};

}  // namespace vaka::registry
