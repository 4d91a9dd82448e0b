#include "services/notifications/planned.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "services/notifications/deliveries.h"
#include "tests/support/alert_town/alert_town.h"

namespace vaka::notifications {
namespace {

using event::v1::Event;
using ::testing::SizeIs;

constexpr char kKommun[] = "0127";

Parcel ParcelTo(const std::string& person, registry::v1::Channel channel, const std::string& area) {
  Parcel parcel;
  parcel.set_alert("alert-1");
  parcel.set_version(1);
  parcel.set_alert_seq(7);
  parcel.set_person(person);
  parcel.set_channel(channel);
  parcel.set_area(area);
  parcel.set_message(MessageId(kKommun, "alert-1", 1, person, channel));
  return parcel;
}

Event At(Event event, absl::Time time) {
  event.set_kommun(kKommun);
  *event.mutable_occurred_at() = ToProto(time);
  return event;
}

TEST(PlannedFactTest, SaysOfEachWhatWasAdded) {
  const absl::Time due = testing::TownNoon() + absl::Hours(19);
  PlannedFact fact;
  EXPECT_TRUE(fact.empty());
  fact.Add(ParcelTo("p1", registry::v1::CHANNEL_SMS, "a1"), DELIVERY_STATE_PLANNED, REASON_SEND_NOW,
           {});
  fact.Add(ParcelTo("p2", registry::v1::CHANNEL_SMS, "a2"), DELIVERY_STATE_HELD,
           REASON_HOLD_QUIET_HOURS, due);
  fact.Add(ParcelTo("p3", registry::v1::CHANNEL_SMS, "a1"), DELIVERY_STATE_PLANNED, REASON_SEND_NOW,
           {});
  const Event event = At(fact.Take(), testing::TownNoon());
  EXPECT_EQ(event.causation(), 7u);
  EXPECT_EQ(event.deliveries_planned().outcomes_size(), 2) << "each different one once";
  const std::vector<DeliveryPlanned> planned = PlannedIn(event);
  ASSERT_THAT(planned, SizeIs(3));
  EXPECT_EQ(planned[1].person(), "p2");
  EXPECT_EQ(planned[1].state(), DELIVERY_STATE_HELD);
  EXPECT_EQ(planned[1].reason(), REASON_HOLD_QUIET_HOURS);
  EXPECT_EQ(FromProto(planned[1].due()), due);
  EXPECT_EQ(planned[1].area(), "a2");
  EXPECT_FALSE(planned[0].has_due());
  EXPECT_EQ(planned[2].area(), "a1");
  EXPECT_EQ(planned[2].message(),
            MessageId(kKommun, "alert-1", 1, "p3", registry::v1::CHANNEL_SMS));
}

TEST(PlannedFactTest, WhatSaysNotOfEachWhatHappensIsRefusedAndChangesNothing) {
  Deliveries deliveries;
  const std::string before = deliveries.Serialize();
  Event event = At(PlannedOne(ParcelTo("p1", registry::v1::CHANNEL_SMS, "a1"),
                              DELIVERY_STATE_PLANNED, REASON_SEND_NOW, {}),
                   testing::TownNoon());
  event.mutable_deliveries_planned()->add_persons("p2");
  EXPECT_EQ(deliveries.Apply(event).code(), absl::StatusCode::kInvalidArgument);
  event.mutable_deliveries_planned()->add_outcome_of(1);  // there is none
  EXPECT_EQ(deliveries.Apply(event).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(PlannedIn(event), SizeIs(0));
  EXPECT_EQ(deliveries.Serialize(), before);
}

// Facts about many, about one, and those of older logs, with outcomes in between.
class PlannedPropertyTest : public ::testing::Test {
 protected:
  PlannedPropertyTest() {
    const char* const given = std::getenv("VAKA_SEED");
    seed_ = given == nullptr ? std::random_device()() : std::stoul(given);
    random_.seed(seed_);
  }

  uint32_t Any(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  Event RandomPlan(absl::Time now) {
    constexpr DeliveryState kStates[] = {DELIVERY_STATE_PLANNED, DELIVERY_STATE_HELD,
                                         DELIVERY_STATE_SUPPRESSED};
    const std::string alert = absl::StrCat("alert-", Any(3));
    const uint32_t version = 1 + Any(3);
    std::set<uint32_t> people;
    for (uint32_t i = 1 + Any(40); i > 0; --i) people.insert(Any(200));
    PlannedFact fact;
    for (uint32_t person : people) {
      const auto channel = static_cast<registry::v1::Channel>(Any(4));
      Parcel parcel = ParcelTo(absl::StrCat("p", person), channel, absl::StrCat("a", Any(3)));
      parcel.set_alert(alert);
      parcel.set_version(version);
      parcel.set_message(MessageId(kKommun, alert, version, parcel.person(), channel));
      messages_.push_back(parcel);
      fact.Add(parcel, kStates[Any(3)], static_cast<Reason>(Any(14)), now + absl::Hours(Any(5)));
    }
    return At(fact.Take(), now);
  }

  Event RandomOutcome(absl::Time now) {
    const Parcel& parcel = messages_[Any(static_cast<uint32_t>(messages_.size()))];
    Event event;
    switch (Any(4)) {
      case 0:
        event.mutable_delivery_released()->set_message(parcel.message());
        break;
      case 1:
        event.mutable_delivery_sent()->set_message(parcel.message());
        break;
      case 2:
        event.mutable_delivery_receipted()->set_message(parcel.message());
        event.mutable_delivery_receipted()->set_delivered(Any(2) == 0);
        event.mutable_delivery_receipted()->set_provider_status("said");
        break;
      default:
        event.mutable_delivery_failed()->set_message(parcel.message());
        event.mutable_delivery_failed()->set_attempt(Any(5));
        event.mutable_delivery_failed()->set_error(absl::StrCat("error ", Any(3)));
        event.mutable_delivery_failed()->set_final(Any(2) == 0);
        event.mutable_delivery_failed()->set_reason(static_cast<Reason>(15 + Any(3)));
    }
    return At(event, now);
  }

  uint64_t seed_ = 0;
  std::mt19937_64 random_;
  std::vector<Parcel> messages_;
};

TEST_F(PlannedPropertyTest, AFactOfManyFoldsToWhatAFactOfEachDoes) {
  SCOPED_TRACE(absl::StrCat("VAKA_SEED=", seed_));
  Deliveries many, each, old;
  absl::Time now = testing::TownNoon();
  for (int i = 0; i < 300; ++i) {
    now += absl::Milliseconds(Any(5000));
    const Event fact = messages_.empty() || Any(3) > 0 ? RandomPlan(now) : RandomOutcome(now);
    ASSERT_TRUE(many.Apply(fact).ok());
    if (!fact.has_deliveries_planned()) {
      ASSERT_TRUE(each.Apply(fact).ok());
      ASSERT_TRUE(old.Apply(fact).ok());
    }
    for (const DeliveryPlanned& planned : PlannedIn(fact)) {
      const Parcel parcel = [&] {
        Parcel one = ParcelTo(planned.person(), planned.channel(), planned.area());
        one.set_alert(planned.alert());
        one.set_version(planned.version());
        return one;
      }();
      ASSERT_TRUE(each.Apply(At(PlannedOne(parcel, planned.state(), planned.reason(),
                                           FromProto(planned.due())),
                                now))
                      .ok());
      Event single;
      *single.mutable_delivery_planned() = planned;
      ASSERT_TRUE(old.Apply(At(single, now)).ok());
    }
  }
  EXPECT_EQ(many.Serialize(), each.Serialize());
  EXPECT_EQ(many.Serialize(), old.Serialize());
  Deliveries restored;
  ASSERT_TRUE(restored.Restore(many.Serialize()).ok());
  EXPECT_EQ(restored.Serialize(), many.Serialize());
  for (const Parcel& parcel : messages_) {
    const auto found = restored.Find(parcel.message());
    ASSERT_TRUE(found.has_value()) << parcel.message();
    EXPECT_EQ(found->alert, parcel.alert());
    EXPECT_EQ(found->person, parcel.person());
  }
}

}  // namespace
}  // namespace vaka::notifications
