#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vaka/gateway/v1/gateway_service.pb.h"

namespace vaka::rpc {

// Bearer tokens and one-tap links: bytes signed with Ed25519, written as
// base64url(bytes).base64url(signature). A process that only checks needs only the public key.
// Thread-safe.
class Tokens {
 public:
  // `secret_key` 64 bytes or empty (check only), `public_key` 32 bytes; other lengths are a bug.
  Tokens(std::string secret_key, std::string public_key);

  // New key pair: {secret 64 bytes, public 32 bytes}.
  static std::pair<std::string, std::string> NewKeys();
  // The key pair of a 32-byte seed; the same seed gives the same pair.
  static std::pair<std::string, std::string> KeysFromSeed(absl::string_view seed);

  // REQUIRES: a secret key. An identity without `expires` is minted, but Verify refuses it.
  std::string Mint(const gateway::v1::Identity& identity) const;

  // UNAUTHENTICATED says why: not a token, wrong signature, no expiry, expired at.
  absl::StatusOr<gateway::v1::Identity> Verify(absl::string_view token, absl::Time now) const;

  // Any short text signed for one purpose ("link"); a signature for one purpose is none for
  // another. REQUIRES: a secret key.
  std::string Sign(absl::string_view purpose, absl::string_view text) const;
  // The text. UNAUTHENTICATED: not of that form, or the signature does not fit.
  absl::StatusOr<std::string> Open(absl::string_view purpose, absl::string_view signed_text) const;

 private:
  std::string secret_key_;
  std::string public_key_;
};

// UNAUTHENTICATED when an identity has no expiry or it has passed.
absl::Status CheckNotExpired(const gateway::v1::Identity& identity, absl::Time now);

}  // namespace vaka::rpc
