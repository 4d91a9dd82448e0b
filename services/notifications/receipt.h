#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/effects.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

// What a provider's word about a message comes to. Providers repeat themselves, and not in order.
struct ReceiptTaken {
  enum class Kind {
    kUnknown,    // no such message in `deliveries`
    kNothing,    // on its way, or known already
    kDelivered,  // to be recorded once
    kFailed,     // to be recorded once, with the next channel where there is one
  };
  Kind kind = Kind::kUnknown;
  Effects effects;
};

// `status`: "delivered", "failed", or anything else for being on its way. "delivered" is never
// taken back by a later "failed". Pure.
ReceiptTaken TakeReceipt(const State& state, const Deliveries& deliveries,
                         const std::string& kommun, const std::string& message,
                         absl::string_view status);

}  // namespace vaka::notifications
