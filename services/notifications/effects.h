#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vaka/event/v1/event.pb.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::notifications {

// What one call of the outbox changes besides its condition: facts for {kommun}:deliveries, parcels
// to send now, parcels to hold until a time. All or nothing.
struct Effects {
  std::vector<event::v1::Event> facts;  // with `fact` set; the envelope is filled in
  std::vector<v1::Parcel> send;
  std::vector<std::pair<absl::Time, v1::Parcel>> hold;
};

// How far the planner has come: the last alert fact that is wholly planned, and within the next one
// the last person (in order of ids) that is.
struct PlannerPosition {
  uint64_t seq = 0;
  std::string after = {};
  uint64_t deliveries = 0;  // the last delivery fact that planning wrote
};

// Label and key part of a channel: "sms", "email", "webhook", "inbox".
absl::string_view NameOf(registry::v1::Channel channel);

// The id of the one message about a version of an alert to a person on a channel.
std::string MessageId(absl::string_view kommun, absl::string_view alert, uint32_t version,
                      absl::string_view person, registry::v1::Channel channel);

}  // namespace vaka::notifications
