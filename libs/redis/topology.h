#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/redis/endpoint.h"
#include "libs/redis/reply.h"
#include "libs/redis/slot.h"

namespace vaka::redis {

// Who serves which slot: one node for all, or a cluster's masters. A value.
struct Topology {
  bool cluster = false;
  std::vector<Endpoint> masters;
  std::vector<int> owner;  // [kSlots] index into masters; -1: nobody. Empty unless cluster.

  // Null: nobody serves the slot.
  const Endpoint* Of(uint16_t slot) const;
};

// The topology by one node's answer to CLUSTER SLOTS; `asked` gives what the answer leaves out:
// scheme, user, password, and the host when the node does not know its own.
absl::StatusOr<Topology> ParseSlots(const Reply& slots, const Endpoint& asked);

// The node that a "MOVED 3999 host:port" or "ASK …" names.
absl::StatusOr<Endpoint> ParseRedirect(absl::string_view text, const Endpoint& asked);

}  // namespace vaka::redis
