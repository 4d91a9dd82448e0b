#include "services/notifications/policy.h"

#include <algorithm>
#include <vector>

namespace vaka::notifications {
namespace {

using registry::v1::Channel;
using registry::v1::QuietHours;

constexpr uint32_t kDayMinutes = 24 * 60;

Plan Suppress(Reason reason) { return {DELIVERY_STATE_SUPPRESSED, reason, {}, {}}; }

// The later of the two, where the clock shows it twice.
absl::Time AtMinute(absl::CivilDay day, uint32_t minute, absl::TimeZone zone) {
  const absl::CivilSecond civil(day.year(), day.month(), day.day(), static_cast<int>(minute / 60),
                                static_cast<int>(minute % 60), 0);
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  return info.kind == absl::TimeZone::TimeInfo::SKIPPED ? info.trans : info.post;
}

uint32_t MinuteOfDay(absl::Time time, absl::TimeZone zone) {
  const absl::CivilMinute civil = absl::ToCivilMinute(time, zone);
  return static_cast<uint32_t>(civil.hour() * 60 + civil.minute());
}

}  // namespace

Plan PlanFor(const Recipient& recipient, const Occasion& occasion,
             const registry::v1::NotifyRules& rules, absl::TimeZone zone, absl::Time now) {
  if (recipient.erased) return Suppress(REASON_SUPPRESS_ERASED);
  if (!recipient.consent) return Suppress(REASON_SUPPRESS_NO_CONSENT);
  if (recipient.reporter && !recipient.told_on) return Suppress(REASON_SUPPRESS_REPORTER);
  const std::optional<Channel> channel =
      recipient.told_on ? recipient.told_on : ChannelFor(recipient.preferences, occasion.severity);
  if (!channel) return Suppress(REASON_SUPPRESS_NO_CHANNEL);

  const bool critical = occasion.severity >= rules.critical_severity();
  const bool digest = occasion.kind == ALERT_KIND_DIGEST;
  const bool later = !digest && !recipient.told_on && occasion.severity < rules.now_severity();
  Plan plan{DELIVERY_STATE_PLANNED, REASON_SEND_NOW, *channel, std::max(now, occasion.not_before)};
  if (recipient.told_on) {
    plan.reason = REASON_SEND_CORRECTION;
  } else if (critical) {
    plan.reason = REASON_SEND_CRITICAL;
  } else if (digest || later) {
    plan.reason = REASON_HOLD_DIGEST;
    if (later) plan.due = NextMinuteOfDay(rules.digest_minute(), zone, plan.due);
  }
  const QuietHours& quiet =
      recipient.preferences.has_quiet() ? recipient.preferences.quiet() : rules.default_quiet();
  if (const auto end = QuietUntil(quiet, zone, plan.due); end && !critical) {
    plan.reason = REASON_HOLD_QUIET_HOURS;
    plan.due = *end;
  }
  if (plan.due > now) plan.state = DELIVERY_STATE_HELD;
  return plan;
}

std::optional<Channel> ChannelFor(const registry::v1::Preferences& preferences, uint32_t severity,
                                  std::optional<Channel> after) {
  std::vector<Channel> order;
  for (const registry::v1::ChannelChoice& choice : preferences.channels()) {
    if (choice.floor() <= severity) order.push_back(choice.channel());
  }
  if (preferences.channels().empty())
    order = {registry::v1::CHANNEL_EMAIL, registry::v1::CHANNEL_SMS};
  auto next = order.begin();
  if (after) {
    const auto at = std::find(order.begin(), order.end(), *after);
    next = at == order.end() ? at : at + 1;
  }
  if (next == order.end()) return std::nullopt;
  return *next;
}

std::optional<absl::Time> QuietUntil(const QuietHours& quiet, absl::TimeZone zone,
                                     absl::Time time) {
  const uint32_t from = quiet.from_minute() % kDayMinutes;
  const uint32_t to = quiet.to_minute() % kDayMinutes;
  const uint32_t minute = MinuteOfDay(time, zone);
  const bool over_midnight = from > to;
  const bool holds = over_midnight ? minute >= from || minute < to : minute >= from && minute < to;
  if (!holds) return std::nullopt;
  absl::CivilDay day = absl::ToCivilDay(time, zone);
  if (over_midnight && minute >= from) ++day;
  return AtMinute(day, to, zone);
}

absl::Time NextMinuteOfDay(uint32_t minute, absl::TimeZone zone, absl::Time time) {
  const absl::CivilDay day = absl::ToCivilDay(time, zone);
  const absl::Time today = AtMinute(day, minute % kDayMinutes, zone);
  return today > time ? today : AtMinute(day + 1, minute % kDayMinutes, zone);
}

}  // namespace vaka::notifications
