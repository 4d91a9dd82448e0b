#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/token.h"

namespace vaka {

// A fold's state as a running process holds it.
struct PeerState {
  std::string peer;  // the process's address
  std::string fold;
  uint32_t schema = 0;
  uint64_t position = 0;
  std::string hash;  // hexadecimal BLAKE2b-256 of Fold::Serialize
};

// Asks the process at a gRPC address for its states of a municipality; over TLS with the files of
// `keys`/tls where the address is not loopback. Blocks, at most half a minute. UNAVAILABLE: it does
// not answer. Thread-safe.
absl::StatusOr<std::vector<PeerState>> AskStates(const std::string& peer, const std::string& kommun,
                                                 const rpc::Tokens& tokens,
                                                 const std::string& keys);

}  // namespace vaka
