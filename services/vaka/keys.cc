#include "services/vaka/keys.h"

#include <filesystem>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/bus/keys.h"
#include "libs/rpc/tls_keys.h"
#include "libs/vault/key_file.h"
#include "services/gateway/sign_in.h"

namespace vaka {
namespace {

absl::StatusOr<options::v1::Role> ParseRole(const std::string& text) {
  options::v1::Role role = options::v1::ROLE_UNSPECIFIED;
  if (!options::v1::Role_Parse(absl::StrCat("ROLE_", absl::AsciiStrToUpper(text)), &role) ||
      role == options::v1::ROLE_UNSPECIFIED) {
    return absl::InvalidArgumentError(absl::StrCat("--role: there is no role \"", text, "\""));
  }
  return role;
}

// What is there stays: a second `init` makes only what is missing.
absl::Status MadeOrThere(const absl::Status& made, absl::string_view what) {
  if (!absl::IsAlreadyExists(made)) return made;
  std::cout << "The " << what << " was there already and is kept.\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status InitAllKeys(const KeysOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat("folder: cannot make ", options.folder, ": ", error.message()));
  VAKA_RETURN_IF_ERROR(
      vault::LoadOrCreateKeyFile(absl::StrCat(options.folder, "/master.key"), 32).status());
  VAKA_RETURN_IF_ERROR(LoadTokens(options.folder).status());
  VAKA_RETURN_IF_ERROR(
      MadeOrThere(bus::InitKeys(absl::StrCat(options.folder, "/bus")), "bus keys"));
  SystemClock clock;
  VAKA_RETURN_IF_ERROR(
      MadeOrThere(rpc::InitTls(absl::StrCat(options.folder, "/tls"), options.hosts, clock.Now()),
                  "TLS certificate"));
  std::cout
      << "Keys are in " << options.folder
      << ". Keep master.key safe and apart from backups: without it nobody can read personal data, "
      << "with it and the store everybody can.\n";
  return absl::OkStatus();
}

absl::StatusOr<rpc::Tokens> LoadTokens(const std::string& folder) {
  // The seed of the key pair is what is kept; 32 random bytes.
  VAKA_ASSIGN(const std::string seed,
              vault::LoadOrCreateKeyFile(absl::StrCat(folder, "/token.key"), 32));
  auto [secret_key, public_key] = rpc::Tokens::KeysFromSeed(seed);
  return rpc::Tokens(std::move(secret_key), std::move(public_key));
}

absl::Status PrintToken(const KeysOptions& options) {
  VAKA_ASSIGN(const rpc::Tokens tokens, LoadTokens(absl::StrCat(options.data, "/keys")));
  absl::Duration valid;
  if (!absl::ParseDuration(options.valid_for, &valid) || valid <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--for: \"", options.valid_for, "\" is no time, expected e.g. 12h"));
  }
  gateway::v1::Identity identity;
  for (const std::string& name : options.roles) {
    VAKA_ASSIGN(const options::v1::Role role, ParseRole(name));
    identity.add_roles(role);
  }
  identity.set_kommun(options.kommun);
  identity.set_person(options.person);
  identity.set_agency(options.agency);
  identity.set_district(options.district);
  SystemClock clock;
  *identity.mutable_expires() = ToProto(clock.Now() + (options.code ? absl::Minutes(10) : valid));
  std::cout << (options.code
                    ? gateway::SignInDesk::MakeCode(tokens, identity, FromProto(identity.expires()))
                    : tokens.Mint(identity))
            << "\n";
  return absl::OkStatus();
}

}  // namespace vaka
