#include "services/notifications/deliveries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "services/notifications/effects.h"
#include "services/notifications/names.h"
#include "tests/support/alert_town/alert_town.h"

namespace vaka::notifications {
namespace {

using ::testing::ElementsAre;

constexpr char kKommun[] = "0127";
constexpr registry::v1::Channel kMail = registry::v1::CHANNEL_EMAIL;

event::v1::Event Planned(const std::string& person, uint32_t version, const std::string& message,
                         const std::string& area = "a1") {
  event::v1::Event event;
  event.set_kommun(kKommun);
  *event.mutable_occurred_at() = ToProto(testing::TownNoon());
  DeliveryPlanned& planned = *event.mutable_delivery_planned();
  planned.set_message(message);
  planned.set_alert("alert-1");
  planned.set_version(version);
  planned.set_person(person);
  planned.set_channel(kMail);
  planned.set_state(DELIVERY_STATE_PLANNED);
  planned.set_area(area);
  return event;
}

std::string IdOf(const std::string& person, uint32_t version) {
  return MessageId(kKommun, "alert-1", version, person, kMail);
}

std::vector<std::string> People(const Recipients& recipients) {
  std::vector<std::string> people;
  for (const RecipientDeliveries& recipient : recipients) people.push_back(recipient.person);
  return people;
}

TEST(DeliveriesTest, PeopleComeInOrderOfTheirIdsHoweverTheyWerePlanned) {
  Deliveries deliveries;
  for (const char* person : {"p2", "p5", "p1", "p9", "p4"}) {
    for (uint32_t version : {1u, 2u}) {
      ASSERT_TRUE(deliveries.Apply(Planned(person, version, IdOf(person, version))).ok());
    }
  }
  const Recipients people = deliveries.Of("alert-1");
  EXPECT_THAT(People(people), ElementsAre("p1", "p2", "p4", "p5", "p9"));
  EXPECT_EQ(people.size(), 5u);
  EXPECT_EQ((*people.After("p2")).person, "p4");
  EXPECT_EQ((*people.After("p3")).person, "p4");
  EXPECT_TRUE(people.After("p9") == people.end());
  EXPECT_EQ(people.Find("p4")->deliveries.at(1).version, 2u);
  EXPECT_EQ(people.MessageOf(people.Find("p4")->deliveries.at(1)), IdOf("p4", 2));
  EXPECT_FALSE(people.Find("p3").has_value());
  EXPECT_EQ(deliveries.Of("alert-2").size(), 0u);
  EXPECT_THAT(People(deliveries.Of("alert-2")), ElementsAre());
}

TEST(DeliveriesTest, TheAreaIsTheFirstThatMadeThemARecipient) {
  Deliveries deliveries;
  ASSERT_TRUE(deliveries.Apply(Planned("p1", 1, IdOf("p1", 1), "")).ok());
  ASSERT_TRUE(deliveries.Apply(Planned("p1", 2, IdOf("p1", 2), "a2")).ok());
  ASSERT_TRUE(deliveries.Apply(Planned("p1", 3, IdOf("p1", 3), "a3")).ok());
  EXPECT_EQ(deliveries.Of("alert-1").Find("p1")->area, "a2");
  EXPECT_EQ(deliveries.Find(IdOf("p1", 3))->area, "a2");
}

// What is made of the version and the channel would be another id then.
TEST(DeliveriesTest, AMessageKeepsItsIdWhateverIsPlannedOfItAgain) {
  Deliveries deliveries;
  const std::string id = IdOf("p1", 1);
  for (uint32_t version : {1u, 4u}) {
    ASSERT_TRUE(deliveries.Apply(Planned("p1", version, id)).ok());
    ASSERT_TRUE(deliveries.Find(id).has_value());
    EXPECT_EQ(deliveries.Find(id)->delivery.version, version);
    Deliveries copy;
    ASSERT_TRUE(copy.Restore(deliveries.Serialize()).ok());
    EXPECT_EQ(copy.Find(id)->delivery.version, version);
    EXPECT_EQ(copy.Serialize(), deliveries.Serialize());
  }
  EXPECT_FALSE(deliveries.Find(IdOf("p1", 4)).has_value());
  ASSERT_TRUE(deliveries.Apply(Planned("p1", 1, id)).ok());
  Deliveries never;
  ASSERT_TRUE(never.Apply(Planned("p1", 1, id)).ok());
  EXPECT_EQ(deliveries.Serialize(), never.Serialize());
}

// As schema 2 wrote it: each with its id, and nothing of the municipality.
TEST(DeliveriesTest, AnOlderStateIsReadWithTheIdsThatItSays) {
  DeliveriesSnapshot older;
  AlertDeliveries& alert = *older.add_alerts();
  alert.set_alert("alert-1");
  for (const char* person : {"p1", "p2"}) {
    RecipientRecord& recipient = *alert.add_recipients();
    recipient.set_person(person);
    DeliveryRecord& delivery = *recipient.add_deliveries();
    delivery.set_message(IdOf(person, 1));
    delivery.set_version(1);
    delivery.set_channel(kMail);
    delivery.set_state(DELIVERY_STATE_SENT);
    delivery.set_error("once");
    delivery.set_attempts(3);
    delivery.set_sent(true);
  }
  Deliveries deliveries;
  ASSERT_TRUE(deliveries.Restore(older.SerializeAsString()).ok());
  const auto found = deliveries.Find(IdOf("p2", 1));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->person, "p2");
  EXPECT_EQ(found->delivery.error, "once");
  EXPECT_EQ(found->delivery.attempts, 3u);
  EXPECT_TRUE(found->delivery.sent);
}

TEST(NamesTest, GivesBackWhatWasAddedOfAnyLength) {
  Names names;
  std::vector<std::pair<uint32_t, std::string>> added;
  for (size_t size : {0u, 1u, 254u, 255u, 256u, 70'000u, 200'000u}) {
    for (int i = 0; i < 500; ++i) {
      if (size > 1000 && i > 3) break;
      std::string text = absl::StrCat(i, std::string(size, 'n')).substr(0, size);
      added.emplace_back(names.Add(text), text);
    }
  }
  for (const auto& [place, text] : added) ASSERT_EQ(names[place], text);
}

}  // namespace
}  // namespace vaka::notifications
