#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace vaka::bus {

// A CURVE key pair in Z85, 40 characters each.
struct KeyPair {
  std::string public_key;
  std::string secret_key;
};

// What one machine holds of the bus's keys; a folder:
//   server.key, server.key_secret   the forwarder's pair; elsewhere only server.key
//   client.key, client.key_secret   the pair of this machine's publishers and subscribers
//   allowed/*.key                   public keys the forwarder admits, read at every handshake
struct Keys {
  KeyPair server;  // secret_key empty: cannot be a forwarder
  KeyPair client;
  std::string allowed;  // path of the folder
};

// Makes the folder with a fresh server and client pair, the client allowed. Secrets are readable by
// their owner only. ALREADY_EXISTS when there are keys; nothing is overwritten.
absl::Status InitKeys(const std::string& dir);

// NOT_FOUND: a file is missing (the message says which, and what makes it). DATA_LOSS: not a key.
absl::StatusOr<Keys> LoadKeys(const std::string& dir);

// Whether `public_key` (Z85) lies in the folder; files that hold no key are skipped.
bool IsAllowed(const std::string& allowed_dir, const std::string& public_key);

}  // namespace vaka::bus
