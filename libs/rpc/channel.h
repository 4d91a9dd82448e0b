#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}

namespace vaka::rpc {

// A channel to a server of ours: plain to loopback and unix sockets, mTLS with the files of
// `key_dir` to any other address. Connects lazily and by itself again. FAILED_PRECONDITION: the
// address needs TLS and which key files are missing.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const std::string& address,
                                                       const std::string& key_dir);

}  // namespace vaka::rpc
