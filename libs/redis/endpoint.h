#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vaka::redis {

// Where one Redis node is, and how to talk to it.
struct Endpoint {
  enum class Kind { kUnix, kTcp, kTls };

  Kind kind = Kind::kTcp;
  std::string path;  // of kUnix
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;

  // "unix:///run/redis.sock", "redis://host:6379": without user and password, for logs and keys.
  std::string ToString() const;

  // A unix socket, or a loopback address or name: what may be plain.
  bool IsLocal() const;
};

// One or more of `unix:///path`, `redis://[[user]:password@]host[:port]` and `rediss://…`,
// separated by commas; user and password percent-encoded. INVALID_ARGUMENT says which one is wrong
// by its place, never quoting it, because it may hold a password.
absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view urls);

}  // namespace vaka::redis
