#include "services/notifications/retry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"
#include "services/notifications/plan.h"

namespace vaka::notifications {
namespace {

using Result = Handover::Result;

constexpr absl::Duration kLongestAsked = absl::Hours(1);  // a provider's wish beyond is not obeyed

event::v1::Event FailedFact(const Parcel& parcel, const std::string& error, Reason reason) {
  event::v1::Event event;
  DeliveryFailed& failed = *event.mutable_delivery_failed();
  failed.set_message(parcel.message());
  failed.set_alert(parcel.alert());
  failed.set_person(parcel.person());
  failed.set_channel(parcel.channel());
  failed.set_error(error);
  failed.set_attempt(parcel.attempt());
  failed.set_reason(reason);
  return event;
}

Parcel Attempted(const Parcel& parcel, const Handover& handover, absl::Time now) {
  Parcel again = parcel;
  again.set_attempt(parcel.attempt() + 1);
  if (!again.has_tried_since()) *again.mutable_tried_since() = ToProto(now);
  if (handover.result == Result::kUnknown) again.set_unconfirmed(parcel.unconfirmed() + 1);
  return again;
}

Reason ReasonOf(const Parcel& again, const Handover& handover) {
  if (handover.result == Result::kNever) return REASON_FAILED_REFUSED;
  if (again.unconfirmed() > 0) return REASON_FAILED_UNCONFIRMED;
  if (handover.result == Result::kSealed) return REASON_SUPPRESS_UNREADABLE;
  return REASON_FAILED_UNREACHED;
}

absl::Duration WaitAfter(const Parcel& again, const Handover& handover,
                         const RetryOptions& options) {
  const absl::Duration wait = std::max(RetryWait(options, again.message(), again.attempt()),
                                       std::min(handover.retry_after, kLongestAsked));
  return handover.result == Result::kUnknown ? std::max(wait, options.repeat) : wait;
}

}  // namespace

absl::Duration RetryWait(const RetryOptions& options, const std::string& message,
                         uint32_t attempts) {
  absl::Duration wait = options.first;
  for (uint32_t i = 1; i < attempts && wait < options.longest; ++i) wait *= 2;
  wait = std::min(wait, options.longest);
  const uint32_t share = Crc32c(absl::StrCat(message, attempts)) % 256;
  return wait + wait * share / 1024;
}

Parcel TakenOver(const Parcel& parcel) {
  Parcel taken = parcel;
  taken.set_unconfirmed(parcel.unconfirmed() + 1);
  return taken;
}

event::v1::Event TakenOverFact(const Parcel& parcel) {
  return FailedFact(parcel, "its sender was lost", REASON_FAILED_UNCONFIRMED);
}

Effects AfterFailure(const State& state, const Deliveries& deliveries, const std::string& kommun,
                     const Parcel& parcel, const Handover& handover, const RetryOptions& options,
                     absl::Time now) {
  const Recheck recheck = RecheckOf(state, deliveries, parcel, now);
  if (recheck.verdict == Recheck::Verdict::kDone) return {};
  const Parcel again = Attempted(parcel, handover, now);
  Effects effects;
  effects.facts.push_back(FailedFact(again, handover.error, ReasonOf(again, handover)));
  if (recheck.verdict == Recheck::Verdict::kSuppress) {
    effects.facts.push_back(SuppressedFact(again, recheck.reason));
    return effects;
  }
  Effects fallback = FallbackEffects(state, deliveries, kommun, again);
  const absl::Time end =
      FromProto(again.tried_since()) +
      (fallback.facts.empty() ? options.before_giving_up : options.before_fallback);
  const absl::Duration wait = WaitAfter(again, handover, options);
  if (handover.result != Result::kNever && again.unconfirmed() < 2 && now + wait <= end) {
    effects.hold.emplace_back(now + wait, again);
    return effects;
  }
  if (handover.result == Result::kSealed) {
    effects.facts.push_back(SuppressedFact(again, REASON_SUPPRESS_UNREADABLE));
  } else {
    effects.facts.back().mutable_delivery_failed()->set_final(true);
  }
  for (event::v1::Event& fact : fallback.facts) effects.facts.push_back(std::move(fact));
  effects.send = std::move(fallback.send);
  return effects;
}

}  // namespace vaka::notifications
