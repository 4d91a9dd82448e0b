#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}

namespace vaka::rpc {

// Asks the process at the other end of the channel whether it serves (grpc.health.v1). Blocks.
// UNAVAILABLE: it does not, or does not answer in time.
absl::Status AskHealth(const std::shared_ptr<grpc::Channel>& channel, absl::Time deadline);

}  // namespace vaka::rpc
