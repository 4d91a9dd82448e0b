#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/rpc/token.h"

namespace vaka {

struct KeysOptions {
  std::string folder = "var/keys";
  std::vector<std::string> hosts = {"localhost"};
  std::string data = "var";
  std::string kommun = "0127";
  std::vector<std::string> roles;
  std::string person;
  std::string agency;
  std::string district;
  std::string valid_for = "12h";
  bool code = false;
};

absl::Status InitAllKeys(const KeysOptions& options);
absl::Status PrintToken(const KeysOptions& options);

// The keys that sign tokens and links, made at the first call.
absl::StatusOr<rpc::Tokens> LoadTokens(const std::string& folder);

}  // namespace vaka
