#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "vaka/notifications/v1/types.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::notifications {

using namespace v1;  // NOLINT: this service's own messages

// One who is concerned by an alert; see Audience.
struct Recipient {
  std::string person;
  std::string area;  // the one that makes them a recipient; empty: the district, or an agency
  registry::v1::Preferences preferences;
  bool consent = false;
  bool erased = false;
  bool reporter = false;  // wrote it themselves
  // Set when an earlier version of the alert went to them: that channel.
  std::optional<registry::v1::Channel> told_on;
};

// What the policy asks of an alert.
struct Occasion {
  AlertKind kind = ALERT_KIND_INCIDENT;
  uint32_t severity = 1;
  bool grouped = false;   // more incidents of the area were waited for, and joined
  absl::Time not_before;  // a message can be undone until then; else long ago
};

// What happens to one recipient: the reason, and from it state, channel and time.
struct Plan {
  DeliveryState state = DELIVERY_STATE_SUPPRESSED;
  Reason reason = REASON_UNSPECIFIED;
  registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
  absl::Time due;  // with HELD
};

// The whole policy. Pure.
Plan PlanFor(const Recipient& recipient, const Occasion& occasion,
             const registry::v1::NotifyRules& rules, absl::TimeZone zone, absl::Time now);

// The person's channels whose floor admits `severity`, in their order. A person who has chosen none
// gets e-mail, then SMS.
std::vector<registry::v1::Channel> ChannelsFor(const registry::v1::Preferences& preferences,
                                               uint32_t severity);

// When the person's quiet hours, or else the municipality's, end that hold at `time`; nothing when
// none hold or `severity` goes through them.
std::optional<absl::Time> QuietFor(const registry::v1::Preferences& preferences, uint32_t severity,
                                   const registry::v1::NotifyRules& rules, absl::TimeZone zone,
                                   absl::Time time);

// When quiet hours that hold at `time` end; nothing when none hold. In the autumn hour that comes
// twice they begin at the first and end at the last; in the spring hour that is skipped, at the
// moment after the gap.
std::optional<absl::Time> QuietUntil(const registry::v1::QuietHours& quiet, absl::TimeZone zone,
                                     absl::Time time);

// The next moment after `time` at which the clock shows `minute` minutes past midnight.
absl::Time NextMinuteOfDay(uint32_t minute, absl::TimeZone zone, absl::Time time);

}  // namespace vaka::notifications
