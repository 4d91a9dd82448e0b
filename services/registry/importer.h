#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "libs/log/log.h"
#include "libs/rpc/gate.h"
#include "libs/vault/vault.h"
#include "services/registry/import.h"

namespace vaka::registry {

// Carries out imports: reads the file, plans it on the newest state, and, unless it is a dry run or
// has problems, seals and appends. Blocks; for the errands' threads. Thread-safe.
//
// A file with problems changes nothing. One append takes 900 facts; a larger file is several, made
// in order, each with its own key and only after the whole file was found right, so that a call
// that was cut off is finished by repeating it.
class Importer final {
 public:
  // All outlive this object.
  Importer(fold::Follower& follower, fold::Commands& commands, log::Log& log,
           const vault::Vault& vault);

  absl::Status Areas(const rpc::Call& call, const v1::ImportAreasRequest& request,
                     v1::ImportAreasResponse& response);
  absl::Status People(const rpc::Call& call, const v1::ImportPeopleRequest& request,
                      v1::ImportPeopleResponse& response);

 private:
  using Plan = std::function<ImportPlan(const State& state, absl::Time now)>;

  absl::Status ReadNewest(const rpc::Call& call, const std::function<void(const State&)>& reader);
  // Number of the last fact.
  absl::StatusOr<uint64_t> Append(const rpc::Call& call, const std::string& key, const Plan& plan);
  // Details of those who may be meant by the file, opened, by person.
  absl::StatusOr<std::map<std::string, v1::Contact>> Known(
      const rpc::Call& call, const std::vector<ImportedPerson>& people);
  absl::Status Seal(const std::string& kommun, const std::map<std::string, v1::Contact>& known,
                    std::vector<ImportedPerson>& people);

  fold::Follower& follower_;
  fold::Commands& commands_;
  log::Log& log_;
  const vault::Vault& vault_;
};

}  // namespace vaka::registry
