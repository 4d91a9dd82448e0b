#include "services/notifications/planned.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"

namespace vaka::notifications {

using event::v1::Event;
using v1::DeliveriesPlanned;
using v1::DeliveryPlanned;
using v1::DeliveryState;
using v1::Parcel;
using v1::PlannedOutcome;
using v1::Reason;

void PlannedFact::Add(const Parcel& parcel, DeliveryState state, Reason reason, absl::Time due) {
  DeliveriesPlanned& planned = *event_.mutable_deliveries_planned();
  if (planned.persons().empty()) {
    event_.set_causation(parcel.alert_seq());
    planned.set_alert(parcel.alert());
    planned.set_version(parcel.version());
  }
  if (state != v1::DELIVERY_STATE_HELD) due = absl::InfinitePast();
  auto at = places_.find({parcel.channel(), state, reason, due, parcel.area()});
  if (at == places_.end()) {
    const auto place = static_cast<uint32_t>(planned.outcomes_size());
    PlannedOutcome& outcome = *planned.add_outcomes();
    outcome.set_channel(parcel.channel());
    outcome.set_state(state);
    outcome.set_reason(reason);
    if (state == v1::DELIVERY_STATE_HELD) *outcome.mutable_due() = ToProto(due);
    outcome.set_area(parcel.area());
    at =
        places_.emplace(Outcome(parcel.channel(), state, reason, due, outcome.area()), place).first;
  }
  planned.add_persons(parcel.person());
  planned.add_outcome_of(at->second);
}

Event PlannedOne(const Parcel& parcel, DeliveryState state, Reason reason, absl::Time due) {
  PlannedFact fact;
  fact.Add(parcel, state, reason, due);
  return fact.Take();
}

absl::Status CheckPlanned(const DeliveriesPlanned& planned) {
  if (planned.persons_size() != planned.outcome_of_size()) {
    return absl::InvalidArgumentError(absl::StrCat("planned: ", planned.persons_size(),
                                                   " persons and ", planned.outcome_of_size(),
                                                   " outcomes of them"));
  }
  for (uint32_t place : planned.outcome_of()) {
    if (place >= static_cast<uint32_t>(planned.outcomes_size())) {
      return absl::InvalidArgumentError(absl::StrCat("planned: no outcome ", place));
    }
  }
  return absl::OkStatus();
}

std::vector<DeliveryPlanned> PlannedIn(const Event& event) {
  std::vector<DeliveryPlanned> all;
  if (event.has_delivery_planned()) all.push_back(event.delivery_planned());
  const DeliveriesPlanned& many = event.deliveries_planned();
  if (!CheckPlanned(many).ok()) return all;
  for (int i = 0; i < many.persons_size(); ++i) {
    const PlannedOutcome& outcome = many.outcomes(static_cast<int>(many.outcome_of(i)));
    DeliveryPlanned& one = all.emplace_back();
    one.set_message(MessageId(event.kommun(), many.alert(), many.version(), many.persons(i),
                              outcome.channel()));
    one.set_alert(many.alert());
    one.set_version(many.version());
    one.set_person(many.persons(i));
    one.set_channel(outcome.channel());
    one.set_state(outcome.state());
    one.set_reason(outcome.reason());
    if (outcome.has_due()) *one.mutable_due() = outcome.due();
    one.set_area(outcome.area());
  }
  return all;
}

}  // namespace vaka::notifications
