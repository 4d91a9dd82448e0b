#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/fold/fold.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

// What a recipient does with the link of a message. Pure. Repeating changes nothing.
fold::Decision DecideAcknowledge(const State& state, const std::string& alert,
                                 const std::string& person);

// The newest report of a person counts.
fold::Decision DecideRelay(const std::string& alert, const std::string& person, RelayChannel by,
                           uint32_t households);

// Withdraws the person's consent to messages.
fold::Decision DecideUnsubscribe(const State& state, const std::string& person);

}  // namespace vaka::notifications
