#include "services/notifications/plan.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "libs/base/time.h"
#include "services/notifications/concerned.h"
#include "services/notifications/planned.h"
#include "services/notifications/policy.h"

namespace vaka::notifications {
namespace {

using event::v1::Event;
using registry::v1::Channel;

const AlertVersion* VersionOf(const AlertRecord& record, uint32_t version) {
  for (const AlertVersion& candidate : record.versions()) {
    if (candidate.version() == version) return &candidate;
  }
  return nullptr;
}

// From when the time to a message's sending is counted.
google::protobuf::Timestamp AcceptedAt(const State& state, const AlertRecord& record,
                                       const AlertVersion& version) {
  const Alert& alert = record.alert();
  if (version.version() == 1 && alert.kind() == ALERT_KIND_INCIDENT && !alert.incidents().empty()) {
    const IncidentNote* note = state.FindIncident(alert.incidents(0));
    if (note != nullptr) return note->recorded_at();
  }
  return version.at();
}

Parcel ParcelFor(const std::string& kommun, const std::string& alert, uint32_t version,
                 uint64_t seq, const Recipient& recipient, Channel channel) {
  Parcel parcel;
  parcel.set_message(MessageId(kommun, alert, version, recipient.person, channel));
  parcel.set_alert(alert);
  parcel.set_version(version);
  parcel.set_alert_seq(seq);
  parcel.set_person(recipient.person);
  parcel.set_channel(channel);
  parcel.set_area(recipient.area);
  return parcel;
}

// On its way: the inbox needs no sender, it is the person's own page.
void Dispatch(const Parcel& parcel, Effects& effects) {
  if (parcel.channel() != registry::v1::CHANNEL_INBOX) {
    effects.send.push_back(parcel);
    return;
  }
  DeliverySent& sent = *effects.facts.emplace_back().mutable_delivery_sent();
  sent.set_message(parcel.message());
  sent.set_alert(parcel.alert());
  sent.set_person(parcel.person());
  sent.set_channel(parcel.channel());
}

// What a plan leads to besides its fact.
void Carry(const Plan& plan, const Parcel& parcel, Effects& effects) {
  if (plan.state == DELIVERY_STATE_HELD) effects.hold.emplace_back(plan.due, parcel);
  if (plan.state == DELIVERY_STATE_PLANNED) Dispatch(parcel, effects);
}

}  // namespace

PlannedPart PlanPart(const State& state, const Deliveries& deliveries, const std::string& kommun,
                     const State::Step& step, const PlannerPosition& at, size_t limit,
                     absl::Time now) {
  PlannedPart part;
  part.next.seq = step.seq;
  const AlertRecord* record = state.FindAlert(step.alert);
  const AlertVersion* version = record == nullptr ? nullptr : VersionOf(*record, step.version);
  if (version == nullptr) return part;
  const Alert& alert = record->alert();
  Occasion occasion;
  occasion.kind = alert.kind();
  occasion.severity = alert.severity();
  occasion.grouped = version->grouped();
  occasion.not_before = absl::InfinitePast();
  if (alert.kind() == ALERT_KIND_MESSAGE && version->version() == 1) {
    occasion.not_before = FromProto(version->at()) + kUndo;
  }
  const google::protobuf::Timestamp accepted = AcceptedAt(state, *record, *version);
  size_t planned = 0;
  PlannedFact fact;
  Concerned concerned(state, deliveries, *record, *version, now, at.after);
  while (const std::optional<Recipient> recipient = concerned.Next()) {
    if (planned == limit) {
      part.next.seq = at.seq;
      break;
    }
    Plan plan = PlanFor(*recipient, occasion, state.rules(), state.registry().zone(), now);
    if (alert.recalled() && !version->recall()) {
      plan = {DELIVERY_STATE_SUPPRESSED, REASON_SUPPRESS_RECALLED, plan.channel, {}};
    }
    Parcel parcel = ParcelFor(kommun, alert.id(), step.version, step.seq, *recipient, plan.channel);
    *parcel.mutable_accepted_at() = accepted;
    fact.Add(parcel, plan.state, plan.reason, plan.due);
    Carry(plan, parcel, part.effects);
    ++part.reasons[plan.reason];
    part.next.after = recipient->person;
    ++planned;
  }
  if (part.next.seq == step.seq) part.next.after.clear();
  // First: what follows tells of messages that it plans.
  if (!fact.empty()) part.effects.facts.insert(part.effects.facts.begin(), fact.Take());
  return part;
}

Recheck RecheckOf(const State& state, const Deliveries& deliveries, const Parcel& parcel,
                  absl::Time now) {
  using Verdict = Recheck::Verdict;
  const AlertRecord* record = state.FindAlert(parcel.alert());
  const AlertVersion* version = record == nullptr ? nullptr : VersionOf(*record, parcel.version());
  if (version == nullptr) return {Verdict::kSuppress, REASON_SUPPRESS_RECALLED};
  const auto recipient = deliveries.Of(parcel.alert()).Find(parcel.person());
  const auto own = deliveries.Find(parcel.message());
  bool told_before = false;
  bool unsettled_before = false;
  bool later = false;
  if (recipient) {
    for (const Delivery& delivery : recipient->deliveries) {
      if (own && delivery.number == own->delivery.number) {
        if (IsSettled(delivery)) return {Verdict::kDone};
        continue;
      }
      const bool planned = delivery.state == DELIVERY_STATE_PLANNED;
      if (delivery.version < parcel.version()) {
        told_before = told_before || delivery.MayHaveArrived();
        unsettled_before = unsettled_before || planned;
      }
      later = later || (delivery.version > parcel.version() && (planned || delivery.sent));
    }
  }
  if (version->recall()) {
    if (!told_before && unsettled_before) return {Verdict::kWait};
    if (!told_before) return {Verdict::kSuppress, REASON_SUPPRESS_RECALLED};
  } else if (record->alert().recalled()) {
    return {Verdict::kSuppress, REASON_SUPPRESS_RECALLED};
  } else if (later) {
    return {Verdict::kSuppress, REASON_SUPPRESS_GROUPED};
  }
  const PersonEntry* person = state.registry().FindPerson(parcel.person());
  if (person == nullptr || person->erased) return {Verdict::kSuppress, REASON_SUPPRESS_ERASED};
  if (!person->consent) return {Verdict::kSuppress, REASON_SUPPRESS_NO_CONSENT};
  if (const auto end = QuietFor(person->preferences, record->alert().severity(), state.rules(),
                                state.registry().zone(), now)) {
    return {Verdict::kHold, REASON_HOLD_QUIET_HOURS, *end};
  }
  return {};
}

Event SuppressedFact(const Parcel& parcel, Reason reason) {
  return PlannedOne(parcel, DELIVERY_STATE_SUPPRESSED, reason, {});
}

Effects ReleaseEffects(const Recheck& recheck, const Parcel& parcel, absl::Time retry) {
  Effects effects;
  switch (recheck.verdict) {
    case Recheck::Verdict::kSuppress:
      effects.facts.push_back(SuppressedFact(parcel, recheck.reason));
      break;
    case Recheck::Verdict::kHold:
      effects.facts.push_back(PlannedOne(parcel, DELIVERY_STATE_HELD, recheck.reason, recheck.due));
      effects.hold.emplace_back(recheck.due, parcel);
      break;
    case Recheck::Verdict::kWait:
      effects.hold.emplace_back(retry, parcel);
      break;
    case Recheck::Verdict::kDone:
      break;
    case Recheck::Verdict::kSend: {
      DeliveryReleased& released = *effects.facts.emplace_back().mutable_delivery_released();
      released.set_message(parcel.message());
      released.set_alert(parcel.alert());
      Dispatch(parcel, effects);
      break;
    }
  }
  return effects;
}

Effects FallbackEffects(const State& state, const Deliveries& deliveries, const std::string& kommun,
                        const Parcel& parcel) {
  const AlertRecord* record = state.FindAlert(parcel.alert());
  const AlertVersion* version = record == nullptr ? nullptr : VersionOf(*record, parcel.version());
  const PersonEntry* person = state.registry().FindPerson(parcel.person());
  if (version == nullptr || person == nullptr || person->erased || !person->consent) return {};
  if (record->alert().recalled() && !version->recall()) return {};
  Recipient recipient;
  recipient.person = parcel.person();
  recipient.area = parcel.area();
  for (Channel channel : ChannelsFor(person->preferences, record->alert().severity())) {
    Parcel instead =
        ParcelFor(kommun, parcel.alert(), parcel.version(), parcel.alert_seq(), recipient, channel);
    if (channel == parcel.channel() || deliveries.Find(instead.message())) continue;
    *instead.mutable_accepted_at() = parcel.accepted_at();
    Effects effects;
    effects.facts.push_back(PlannedOne(instead, DELIVERY_STATE_PLANNED, REASON_FALLBACK, {}));
    Dispatch(instead, effects);
    return effects;
  }
  return {};
}

}  // namespace vaka::notifications
