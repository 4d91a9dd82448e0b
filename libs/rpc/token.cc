#include "libs/rpc/token.h"

#include <sodium.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/base/time.h"

namespace vaka::rpc {
namespace {

constexpr absl::string_view kTokenPurpose = "identity";

unsigned char* Data(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
const unsigned char* Data(const std::string& s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

// What is signed: the purpose cannot be moved into the text, because it ends at the first zero.
std::string Signed(absl::string_view purpose, absl::string_view text) {
  return absl::StrCat("vaka:", purpose, absl::string_view("\0", 1), text);
}

void Require(bool condition, absl::string_view what) {
  if (condition) return;
  LogError("rpc", "impossible: ", what);
  std::abort();
}

}  // namespace

Tokens::Tokens(std::string secret_key, std::string public_key)
    : secret_key_(std::move(secret_key)), public_key_(std::move(public_key)) {
  Require(sodium_init() >= 0, "libsodium does not start");
  Require(secret_key_.empty() || secret_key_.size() == crypto_sign_SECRETKEYBYTES,
          "a secret token key has 64 bytes");
  Require(public_key_.size() == crypto_sign_PUBLICKEYBYTES, "a public token key has 32 bytes");
}

std::pair<std::string, std::string> Tokens::NewKeys() {
  Require(sodium_init() >= 0, "libsodium does not start");
  std::string secret_key(crypto_sign_SECRETKEYBYTES, '\0');
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_keypair(Data(public_key), Data(secret_key));
  return {std::move(secret_key), std::move(public_key)};
}

std::pair<std::string, std::string> Tokens::KeysFromSeed(absl::string_view seed) {
  Require(sodium_init() >= 0, "libsodium does not start");
  Require(seed.size() == crypto_sign_SEEDBYTES, "a seed has 32 bytes");
  std::string secret_key(crypto_sign_SECRETKEYBYTES, '\0');
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  crypto_sign_seed_keypair(Data(public_key), Data(secret_key), Data(std::string(seed)));
  return {std::move(secret_key), std::move(public_key)};
}

std::string Tokens::Mint(const gateway::v1::Identity& identity) const {
  return Sign(kTokenPurpose, identity.SerializeAsString());
}

absl::StatusOr<gateway::v1::Identity> Tokens::Verify(absl::string_view token,
                                                     absl::Time now) const {
  VAKA_ASSIGN(const std::string bytes, Open(kTokenPurpose, token));
  gateway::v1::Identity identity;
  if (!identity.ParseFromString(bytes)) {
    return absl::UnauthenticatedError("token: does not hold an identity");
  }
  VAKA_RETURN_IF_ERROR(CheckNotExpired(identity, now));
  return identity;
}

std::string Tokens::Sign(absl::string_view purpose, absl::string_view text) const {
  Require(!secret_key_.empty(), "signing without a secret key");
  const std::string message = Signed(purpose, text);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Data(signature), nullptr, Data(message), message.size(), Data(secret_key_));
  return absl::StrCat(Base64Url(text), ".", Base64Url(signature));
}

absl::StatusOr<std::string> Tokens::Open(absl::string_view purpose,
                                         absl::string_view signed_text) const {
  const size_t dot = signed_text.find('.');
  std::string text;
  std::string signature;
  if (dot == absl::string_view::npos || !FromBase64Url(signed_text.substr(0, dot), &text) ||
      !FromBase64Url(signed_text.substr(dot + 1), &signature) ||
      signature.size() != crypto_sign_BYTES) {
    return absl::UnauthenticatedError(
        absl::StrCat(purpose, ": not of the form <text>.<signature>"));
  }
  const std::string message = Signed(purpose, text);
  if (crypto_sign_verify_detached(Data(signature), Data(message), message.size(),
                                  Data(public_key_)) != 0) {
    return absl::UnauthenticatedError(absl::StrCat(purpose, ": the signature does not fit"));
  }
  return text;
}

absl::Status CheckNotExpired(const gateway::v1::Identity& identity, absl::Time now) {
  if (!identity.has_expires()) return absl::UnauthenticatedError("token: has no expiry");
  const absl::Time expires = FromProto(identity.expires());
  if (now < expires) return absl::OkStatus();
  return absl::UnauthenticatedError(
      absl::StrCat("token: expired at ", absl::FormatTime(expires, absl::UTCTimeZone())));
}

}  // namespace vaka::rpc
