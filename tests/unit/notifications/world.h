#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/time.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/plan.h"
#include "services/notifications/planned.h"
#include "services/notifications/raise.h"
#include "services/notifications/state.h"
#include "tests/support/alert_town/alert_town.h"

namespace vaka::notifications {

// Both folds and a clock, driven by hand: what the engine does without Redis.
class WorldTest : public ::testing::Test {
 protected:
  WorldTest() {
    Happens(testing::TownConfigured());
    Happens(testing::TownArea("a1", "Albydalen", "alby", 120));
    Happens(testing::TownArea("a2", "Tullinge villastad", "tullinge", 80));
  }

  void Settle(const testing::TownPerson& person) {
    for (event::v1::Event& fact : testing::TownPersonFacts(person)) Happens(std::move(fact));
  }

  void Happens(event::v1::Event event) {
    event.set_kommun("0127");
    event.set_seq(++seq_);
    *event.mutable_recorded_at() = ToProto(now_);
    *event.mutable_occurred_at() = ToProto(now_);
    const absl::Status applied = state_.Apply(event);
    ASSERT_TRUE(applied.ok()) << applied;
  }

  void Delivered(event::v1::Event event) {
    event.set_kommun("0127");
    event.set_seq(++delivery_seq_);
    *event.mutable_occurred_at() = ToProto(now_);
    ASSERT_TRUE(deliveries_.Apply(event).ok());
  }

  // Carries out every chore that is due; the number of facts.
  int Raise() {
    int facts = 0;
    for (const Chore& chore : ChoresAt(state_, now_).due) {
      const auto decision = DecideChore(state_, "0127", chore, now_);
      EXPECT_TRUE(decision.ok()) << decision.status();
      for (const event::v1::Event& fact : decision->facts) {
        Happens(fact);
        ++facts;
      }
    }
    return facts;
  }

  // Plans every step that is not planned; parcels to send and held.
  Effects PlanAll(size_t limit = 500) {
    Effects all;
    while (const auto step = state_.NextStep(position_.seq)) {
      PlannedPart part = PlanPart(state_, deliveries_, "0127", *step, position_, limit, now_);
      for (const event::v1::Event& fact : part.effects.facts) {
        Delivered(fact);
        all.facts.push_back(fact);
      }
      for (const Parcel& parcel : part.effects.send) all.send.push_back(parcel);
      for (const auto& hold : part.effects.hold) all.hold.push_back(hold);
      position_ = part.next;
    }
    return all;
  }

  // What the facts plan, by person; each person's last.
  static std::map<std::string, DeliveryPlanned> Planned(const Effects& effects) {
    std::map<std::string, DeliveryPlanned> planned;
    for (event::v1::Event fact : effects.facts) {
      fact.set_kommun("0127");
      for (DeliveryPlanned& one : PlannedIn(fact)) planned[one.person()] = std::move(one);
    }
    return planned;
  }
  static std::map<std::string, Reason> Reasons(const Effects& effects) {
    std::map<std::string, Reason> reasons;
    for (const auto& [person, planned] : Planned(effects)) reasons[person] = planned.reason();
    return reasons;
  }

  void Sent(const Parcel& parcel) {
    event::v1::Event event;
    event.mutable_delivery_sent()->set_message(parcel.message());
    event.mutable_delivery_sent()->set_alert(parcel.alert());
    event.mutable_delivery_sent()->set_person(parcel.person());
    Delivered(event);
  }

  static std::vector<std::string> People(const std::vector<Parcel>& parcels) {
    std::vector<std::string> people;
    for (const Parcel& parcel : parcels) people.push_back(parcel.person());
    return people;
  }

  const Alert& OnlyAlert() { return state_.alerts().begin()->second.alert(); }

  absl::Time now_ = testing::TownNoon();
  uint64_t seq_ = 0;
  uint64_t delivery_seq_ = 0;
  State state_;
  Deliveries deliveries_;
  PlannerPosition position_;
};

}  // namespace vaka::notifications
