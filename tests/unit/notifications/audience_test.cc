#include "services/notifications/audience.h"

#include <gmock/gmock.h>

#include "tests/unit/notifications/world.h"

namespace vaka::notifications {
namespace {

using ::testing::ElementsAre;
using testing::TownPerson;

class AudienceTest : public WorldTest {
 protected:
  AudienceTest() {
    Settle({.id = "contact"});
    Settle({.id = "lead", .role = options::v1::ROLE_LEAD_CONTACT});
    Settle({.id = "caretaker", .role = options::v1::ROLE_CARETAKER});
    Settle({.id = "elsewhere", .area = "a2"});
    Settle({.id = "patroller", .area = "a1", .role = options::v1::ROLE_PATROLLER});
    Settle({.id = "police",
            .area = "",
            .role = options::v1::ROLE_BRIEFING_OFFICER,
            .channels = {registry::v1::CHANNEL_WEBHOOK},
            .agency = "police"});
    Settle({.id = "landlord",
            .area = "",
            .role = options::v1::ROLE_AGENCY_REPORTER,
            .agency = "landlord"});
  }

  std::vector<std::string> Of(const Alert& alert) {
    std::vector<std::string> people;
    for (const Recipient& r : AudienceOf(alert, state_.registry(), now_)) {
      people.push_back(r.person);
    }
    return people;
  }
};

TEST_F(AudienceTest, IsExactlyTheContactRolesOfTheArea) {
  Alert alert;
  alert.add_areas("a1");
  EXPECT_THAT(Of(alert), ElementsAre("caretaker", "contact", "lead"));
}

TEST_F(AudienceTest, IsOnceEachOverSeveralAreas) {
  Settle({.id = "contact", .area = "a2"});
  Alert alert;
  alert.add_areas("a1");
  alert.add_areas("a2");
  EXPECT_THAT(Of(alert), ElementsAre("caretaker", "contact", "elsewhere", "lead"));
}

TEST_F(AudienceTest, GoesOnBehindAnybody) {
  Settle({.id = "contact", .area = "a2"});
  Alert alert;
  alert.add_areas("a1");
  alert.add_areas("a2");
  alert.add_agencies("police");
  const std::vector<std::string> all = Of(alert);
  EXPECT_THAT(all, ElementsAre("caretaker", "contact", "elsewhere", "lead", "police"));
  for (size_t i = 0; i < all.size(); ++i) {
    Audience rest(alert, state_.registry(), now_, all[i]);
    for (size_t j = i + 1; j < all.size(); ++j) EXPECT_EQ(rest.Next()->person, all[j]);
    EXPECT_EQ(rest.Next(), std::nullopt);
  }
  Audience first(alert, state_.registry(), now_, "caretaker");
  EXPECT_EQ(first.Next()->area, "a1");
}

TEST_F(AudienceTest, WithoutAnAreaIsTheDistrict) {
  Alert alert;
  alert.set_district("tullinge");
  EXPECT_THAT(Of(alert), ElementsAre("elsewhere"));
}

TEST_F(AudienceTest, HasAgenciesThatTakeWebhooks) {
  EXPECT_THAT(SubscribedAgencies(state_.registry(), now_), ElementsAre("police"));
  Alert alert;
  alert.add_areas("a2");
  alert.add_agencies("police");
  EXPECT_THAT(Of(alert), ElementsAre("elsewhere", "police"));
}

TEST_F(AudienceTest, ClosedAreasAndEndedRolesAreLeftOut) {
  event::v1::Event ended;
  ended.mutable_role_ended()->set_person("contact");
  ended.mutable_role_ended()->set_role(options::v1::ROLE_CONTACT_PERSON);
  ended.mutable_role_ended()->set_area("a1");
  Happens(ended);
  Alert alert;
  alert.add_areas("a1");
  EXPECT_THAT(Of(alert), ElementsAre("caretaker", "lead"));
  event::v1::Event closed;
  closed.mutable_area_stage_changed()->set_area("a1");
  closed.mutable_area_stage_changed()->set_from(registry::v1::AREA_STAGE_ACTIVE);
  closed.mutable_area_stage_changed()->set_to(registry::v1::AREA_STAGE_CLOSED);
  Happens(closed);
  EXPECT_TRUE(Of(alert).empty());
}

}  // namespace
}  // namespace vaka::notifications
