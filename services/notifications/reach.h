#pragma once

#include <vector>

#include "services/notifications/deliveries.h"
#include "services/notifications/state.h"
#include "vaka/notifications/v1/notifications_service.pb.h"

namespace vaka::notifications {

// How far an alert came: whom it was meant for, who was told, what they answered. Pure; counts
// people, each once, whatever the number of versions and channels.
Reach ReachOf(const AlertRecord& record, const Recipients& people, const RegistryView& registry);

// The same by the area that made each a recipient, in the alert's order of areas.
std::vector<AreaReach> ReachByArea(const AlertRecord& record, const Recipients& people,
                                   const RegistryView& registry);

// The history of each recipient, by person.
std::vector<RecipientView> RecipientsOf(const AlertRecord& record, const Recipients& people);

// What a person has answered to the alert; null: nothing.
const Answer* AnswerOf(const AlertRecord& record, absl::string_view person);

}  // namespace vaka::notifications
