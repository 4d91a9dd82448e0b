#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::notifications {

// Names of an outbox's keys in Redis, all with the municipality's hash tag; see Outbox for what
// lies in them. A backup holds each of them.

inline constexpr char kSendersGroup[] = "senders";  // the consumer group of every channel's stream

std::string PlannerKey(absl::string_view kommun);
std::string HeldKey(absl::string_view kommun);
std::string OutboxKey(absl::string_view kommun, registry::v1::Channel channel);
// Holds the number of the last fact of {kommun}:deliveries when it was made.
std::string OnceKey(absl::string_view kommun, absl::string_view name);

// OutboxKey of every channel there is.
std::vector<std::string> AllOutboxKeys(absl::string_view kommun);

}  // namespace vaka::notifications
