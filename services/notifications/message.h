#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/notifications/state.h"
#include "vaka/notifications/v1/notifications_service.pb.h"

namespace vaka::notifications {

// A coordinator's message as the alert it will be, without its text and sender. INVALID_ARGUMENT
// names the field: neither areas nor districts, one that is not known, a severity beyond 5.
absl::StatusOr<Alert> AlertOf(const Message& message, const RegistryView& registry);

// Whom it would reach and what it would cost, if it were sent at `now`. `link` and `id` stand for
// each recipient's own.
PreviewMessageResponse PreviewOf(const State& state, const Alert& alert, const std::string& words,
                                 const std::string& link, const std::string& id, absl::Time now);

}  // namespace vaka::notifications
