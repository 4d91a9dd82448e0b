#pragma once

#include "absl/time/time.h"
#include "services/notifications/channel.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/effects.h"
#include "services/notifications/state.h"

namespace vaka::notifications {

// How long a message is tried. A person with another channel left is not kept waiting for this one;
// on the last channel it is tried for a day, because a provider that is away in the evening may be
// back in the morning.
struct RetryOptions {
  absl::Duration first = absl::Seconds(5);  // doubled with every attempt …
  absl::Duration longest = absl::Minutes(15);
  absl::Duration repeat = absl::Minutes(2);  // at least, after an attempt of unknown outcome
  absl::Duration before_fallback = absl::Minutes(3);
  absl::Duration before_giving_up = absl::Hours(24);
};

// What follows an attempt that was not taken over: another one later, or the end on this channel
// with its reason, and the person's next channel; nothing where a receipt has settled it meanwhile,
// no further attempt where it became pointless (recalled, no consent). An attempt of unknown
// outcome is repeated once: the second of its kind ends it. Pure.
// REQUIRES: `handover` is neither kSent nor kStopped.
Effects AfterFailure(const State& state, const Deliveries& deliveries, const std::string& kommun,
                     const Parcel& parcel, const Handover& handover, const RetryOptions& options,
                     absl::Time now);

// A dead sender's parcel: it may have handed it over.
Parcel TakenOver(const Parcel& parcel);
event::v1::Event TakenOverFact(const Parcel& parcel);

// Until the next attempt after `attempts`: doubled each time, and up to a quarter longer by the
// message's own share, so that a provider that comes back is not met by everybody at once.
absl::Duration RetryWait(const RetryOptions& options, const std::string& message,
                         uint32_t attempts);

}  // namespace vaka::notifications
