#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/notifications/effects.h"
#include "vaka/event/v1/event.pb.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::notifications {

// Writes one DeliveriesPlanned, recipient by recipient. Not thread-safe.
class PlannedFact final {
 public:
  // `due` counts with HELD. REQUIRES: all parcels are of the same version of the same alert, and
  // each person comes once.
  void Add(const v1::Parcel& parcel, v1::DeliveryState state, v1::Reason reason, absl::Time due);

  bool empty() const { return event_.deliveries_planned().persons().empty(); }

  // REQUIRES: not empty, and nothing is added afterwards.
  event::v1::Event Take() { return std::move(event_); }

 private:
  using Outcome = std::tuple<registry::v1::Channel, v1::DeliveryState, v1::Reason, absl::Time,
                             absl::string_view>;

  event::v1::Event event_;
  std::map<Outcome, uint32_t> places_;  // areas lie in event_
};

// A fact about one recipient alone.
event::v1::Event PlannedOne(const v1::Parcel& parcel, v1::DeliveryState state, v1::Reason reason,
                            absl::Time due);

// Whether each person of the fact has an outcome; INVALID_ARGUMENT else.
absl::Status CheckPlanned(const v1::DeliveriesPlanned& planned);

// What a fact plans, one by one with their message ids: DeliveriesPlanned, and DeliveryPlanned of
// older logs. Empty for all others, and for one that CheckPlanned refuses.
std::vector<v1::DeliveryPlanned> PlannedIn(const event::v1::Event& event);

}  // namespace vaka::notifications
