#include "services/notifications/policy.h"

#include <algorithm>
#include <vector>

namespace vaka::notifications {
namespace {

using registry::v1::Channel;
using registry::v1::QuietHours;

constexpr uint32_t kDayMinutes = 24 * 60;

Plan Suppress(Reason reason) { return {DELIVERY_STATE_SUPPRESSED, reason, {}, {}}; }

// Which of the two, where the clock shows a minute twice.
enum class Twice { kFirst, kLast };

absl::Time AtMinute(absl::CivilDay day, uint32_t minute, absl::TimeZone zone, Twice twice) {
  const absl::CivilSecond civil(day.year(), day.month(), day.day(), static_cast<int>(minute / 60),
                                static_cast<int>(minute % 60), 0);
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  if (info.kind == absl::TimeZone::TimeInfo::SKIPPED) return info.trans;
  return twice == Twice::kFirst ? info.pre : info.post;
}

}  // namespace

Plan PlanFor(const Recipient& recipient, const Occasion& occasion,
             const registry::v1::NotifyRules& rules, absl::TimeZone zone, absl::Time now) {
  if (recipient.erased) return Suppress(REASON_SUPPRESS_ERASED);
  if (!recipient.consent) return Suppress(REASON_SUPPRESS_NO_CONSENT);
  if (recipient.reporter && !recipient.told_on) return Suppress(REASON_SUPPRESS_REPORTER);
  const std::vector<Channel> channels = ChannelsFor(recipient.preferences, occasion.severity);
  if (!recipient.told_on && channels.empty()) return Suppress(REASON_SUPPRESS_NO_CHANNEL);
  const Channel channel = recipient.told_on ? *recipient.told_on : channels.front();

  const bool critical = occasion.severity >= rules.critical_severity();
  const bool digest = occasion.kind == ALERT_KIND_DIGEST;
  const bool later = !digest && !recipient.told_on && occasion.severity < rules.now_severity();
  Plan plan{DELIVERY_STATE_PLANNED, REASON_SEND_NOW, channel, std::max(now, occasion.not_before)};
  if (occasion.grouped) {
    plan.reason = REASON_HOLD_GROUP;
  } else if (recipient.told_on) {
    plan.reason = REASON_SEND_CORRECTION;
  } else if (critical) {
    plan.reason = REASON_SEND_CRITICAL;
  } else if (digest || later) {
    plan.reason = REASON_HOLD_DIGEST;
    if (later) plan.due = NextMinuteOfDay(rules.digest_minute(), zone, plan.due);
  }
  if (const auto end = QuietFor(recipient.preferences, occasion.severity, rules, zone, plan.due)) {
    plan.reason = REASON_HOLD_QUIET_HOURS;
    plan.due = *end;
  }
  if (plan.due > now) plan.state = DELIVERY_STATE_HELD;
  return plan;
}

std::vector<Channel> ChannelsFor(const registry::v1::Preferences& preferences, uint32_t severity) {
  if (preferences.channels().empty()) {
    return {registry::v1::CHANNEL_EMAIL, registry::v1::CHANNEL_SMS};
  }
  std::vector<Channel> order;
  for (const registry::v1::ChannelChoice& choice : preferences.channels()) {
    if (choice.floor() <= severity) order.push_back(choice.channel());
  }
  return order;
}

std::optional<absl::Time> QuietFor(const registry::v1::Preferences& preferences, uint32_t severity,
                                   const registry::v1::NotifyRules& rules, absl::TimeZone zone,
                                   absl::Time time) {
  if (severity >= rules.critical_severity()) return std::nullopt;
  return QuietUntil(preferences.has_quiet() ? preferences.quiet() : rules.default_quiet(), zone,
                    time);
}

std::optional<absl::Time> QuietUntil(const QuietHours& quiet, absl::TimeZone zone,
                                     absl::Time time) {
  const uint32_t from = quiet.from_minute() % kDayMinutes;
  const uint32_t to = quiet.to_minute() % kDayMinutes;
  if (from == to) return std::nullopt;
  const absl::CivilDay today = absl::ToCivilDay(time, zone);
  for (const absl::CivilDay day : {today - 1, today}) {
    const absl::Time begin = AtMinute(day, from, zone, Twice::kFirst);
    const absl::Time end = AtMinute(from > to ? day + 1 : day, to, zone, Twice::kLast);
    if (begin <= time && time < end) return end;
  }
  return std::nullopt;
}

absl::Time NextMinuteOfDay(uint32_t minute, absl::TimeZone zone, absl::Time time) {
  const absl::CivilDay day = absl::ToCivilDay(time, zone);
  const absl::Time today = AtMinute(day, minute % kDayMinutes, zone, Twice::kLast);
  return today > time ? today : AtMinute(day + 1, minute % kDayMinutes, zone, Twice::kLast);
}

}  // namespace vaka::notifications
