#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "vaka/notifications/v1/types.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::notifications {

using namespace v1;  // NOLINT: this service's own messages

// One who is concerned by an alert; see AudienceOf.
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
  bool follow_up = false;  // an update or recall
  absl::Time not_before;   // a message can be undone until then; else long ago
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

// The person's first channel whose floor admits `severity`, after `after` in their order (nothing:
// from the start). A person who has chosen none gets e-mail, then SMS.
std::optional<registry::v1::Channel> ChannelFor(
    const registry::v1::Preferences& preferences, uint32_t severity,
    std::optional<registry::v1::Channel> after = std::nullopt);

// When quiet hours that hold at `time` end; nothing when none hold. In the autumn hour that comes
// twice, the later end; in the spring hour that is skipped, the moment after the gap.
std::optional<absl::Time> QuietUntil(const registry::v1::QuietHours& quiet, absl::TimeZone zone,
                                     absl::Time time);

// The next moment after `time` at which the clock shows `minute` minutes past midnight.
absl::Time NextMinuteOfDay(uint32_t minute, absl::TimeZone zone, absl::Time time);

}  // namespace vaka::notifications
