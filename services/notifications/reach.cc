#include "services/notifications/reach.h"

#include <algorithm>
#include <map>
#include <string>

#include "libs/base/time.h"

namespace vaka::notifications {
namespace {

void Count(const RecipientDeliveries& recipient, const Answer* answer, Reach& reach) {
  const auto any = [&recipient](DeliveryState state) {
    return std::any_of(recipient.deliveries.begin(), recipient.deliveries.end(),
                       [state](const Delivery& delivery) { return delivery.state == state; });
  };
  reach.set_recipients(reach.recipients() + 1);
  if (recipient.Told()) {
    reach.set_told(reach.told() + 1);
    if (any(DELIVERY_STATE_DELIVERED)) reach.set_delivered(reach.delivered() + 1);
  } else if (any(DELIVERY_STATE_HELD)) {
    reach.set_held(reach.held() + 1);
  } else if (!any(DELIVERY_STATE_PLANNED)) {
    if (any(DELIVERY_STATE_FAILED)) {
      reach.set_failed(reach.failed() + 1);
    } else {
      reach.set_suppressed(reach.suppressed() + 1);
    }
  }
  if (answer == nullptr) return;
  if (answer->acknowledged()) reach.set_acknowledged(reach.acknowledged() + 1);
  if (answer->relayed()) reach.set_relayed(reach.relayed() + 1);
  reach.set_households(reach.households() + answer->households());
}

uint32_t HouseholdsIn(const RegistryView& registry, const std::string& area) {
  const AreaEntry* entry = registry.FindArea(area);
  return entry == nullptr ? 0 : entry->Households();
}

}  // namespace

const Answer* AnswerOf(const AlertRecord& record, absl::string_view person) {
  const auto& answers = record.answers();
  const auto at = std::lower_bound(
      answers.begin(), answers.end(), person,
      [](const Answer& answer, absl::string_view p) { return answer.person() < p; });
  return at == answers.end() || at->person() != person ? nullptr : &*at;
}

Reach ReachOf(const AlertRecord& record, const Recipients& people, const RegistryView& registry) {
  Reach reach;
  for (const RecipientDeliveries& recipient : people) {
    Count(recipient, AnswerOf(record, recipient.person), reach);
  }
  for (const std::string& area : record.alert().areas()) {
    reach.set_households_in_areas(reach.households_in_areas() + HouseholdsIn(registry, area));
  }
  return reach;
}

std::vector<AreaReach> ReachByArea(const AlertRecord& record, const Recipients& people,
                                   const RegistryView& registry) {
  std::vector<AreaReach> areas;
  for (const std::string& id : record.alert().areas()) {
    AreaReach& area = areas.emplace_back();
    area.set_area(id);
    for (const RecipientDeliveries& recipient : people) {
      if (recipient.area != id) continue;
      Count(recipient, AnswerOf(record, recipient.person), *area.mutable_reach());
    }
    area.mutable_reach()->set_households_in_areas(HouseholdsIn(registry, id));
  }
  return areas;
}

std::vector<RecipientView> RecipientsOf(const AlertRecord& record, const Recipients& people) {
  std::vector<RecipientView> views;
  for (const RecipientDeliveries& recipient : people) {
    RecipientView& view = views.emplace_back();
    view.set_person(recipient.person);
    view.set_area(recipient.area);
    for (const Delivery& delivery : recipient.deliveries) {
      DeliveryView& shown = *view.add_deliveries();
      shown.set_message(people.MessageOf(delivery));
      shown.set_channel(delivery.channel);
      shown.set_state(delivery.state);
      shown.set_reason(delivery.reason);
      if (delivery.state == DELIVERY_STATE_HELD) *shown.mutable_due() = ToProto(delivery.due);
      *shown.mutable_at() = ToProto(delivery.at);
      shown.set_attempts(delivery.attempts);
      shown.set_error(delivery.error);
      shown.set_version(delivery.version);
    }
    if (const Answer* answer = AnswerOf(record, recipient.person)) {
      view.set_acknowledged(answer->acknowledged());
      view.set_relayed(answer->relayed());
      view.set_households(answer->households());
    }
  }
  return views;
}

}  // namespace vaka::notifications
