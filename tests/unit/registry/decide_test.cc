#include "services/registry/decide.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "services/registry/check.h"
#include "tests/unit/registry/town.h"

namespace vaka::registry {
namespace {

using absl::StatusCode;
using options::v1::ROLE_CARETAKER;
using options::v1::ROLE_CONTACT_PERSON;
using options::v1::ROLE_LEAD_CONTACT;
using testing::HasSubstr;

std::string FieldOf(const absl::Status& status) {
  const auto info = InfoOf(status);
  return info ? info->field() : "";
}

v1::MoveMaterialRequest Material(const std::string& item, int32_t count) {
  v1::MoveMaterialRequest request;
  request.set_area("a1");
  request.set_item(item);
  request.set_count(count);
  return request;
}

v1::AssignHouseholdsRequest Households(const std::string& person, uint32_t households) {
  v1::AssignHouseholdsRequest request;
  request.set_person(person);
  request.set_area("a1");
  request.set_households(households);
  return request;
}

TEST(LifeCycleTest, GoesStepByStepAndNoOtherWay) {
  const v1::AreaStage way[] = {v1::AREA_STAGE_INTEREST,      v1::AREA_STAGE_CONTACTED,
                               v1::AREA_STAGE_START_MEETING, v1::AREA_STAGE_TRAINED,
                               v1::AREA_STAGE_ACTIVE,        v1::AREA_STAGE_DORMANT};
  for (int from = v1::AREA_STAGE_INTEREST; from <= v1::AREA_STAGE_CLOSED; ++from) {
    for (int to = v1::AREA_STAGE_UNSPECIFIED; to <= v1::AREA_STAGE_CLOSED; ++to) {
      bool expected = to == v1::AREA_STAGE_CLOSED && from != v1::AREA_STAGE_CLOSED;
      for (size_t i = 0; i + 1 < std::size(way); ++i)
        expected |= way[i] == from && way[i + 1] == to;
      expected |= from == v1::AREA_STAGE_DORMANT && to == v1::AREA_STAGE_ACTIVE;
      EXPECT_EQ(CanStep(static_cast<v1::AreaStage>(from), static_cast<v1::AreaStage>(to)), expected)
          << from << " to " << to;
    }
  }
}

TEST(LifeCycleTest, AStepThatIsNotThereIsNamed) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40), v1::AREA_STAGE_INTEREST);
  const absl::Status skipped = town.Step("a1", v1::AREA_STAGE_ACTIVE);
  EXPECT_EQ(skipped.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(skipped.message()), HasSubstr("interest"));
  EXPECT_EQ(town.Step("a1", v1::AREA_STAGE_CONTACTED), absl::OkStatus());
  EXPECT_EQ(town.Step("a2", v1::AREA_STAGE_CONTACTED).code(), StatusCode::kNotFound);
  EXPECT_EQ(town.Step("a1", v1::AREA_STAGE_CLOSED), absl::OkStatus());
  EXPECT_EQ(town.Step("a1", v1::AREA_STAGE_INTEREST).code(), StatusCode::kFailedPrecondition);
}

TEST(MaterialTest, SignsAreHandedOutOnlyWhenTheAreaIsActive) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40), v1::AREA_STAGE_TRAINED);
  EXPECT_EQ(town.Do(DecideMoveMaterial(town.state(), Material("sign", 2))).code(),
            StatusCode::kFailedPrecondition);
  EXPECT_EQ(town.Do(DecideMoveMaterial(town.state(), Material("folder", 40))), absl::OkStatus());
  ASSERT_EQ(town.Step("a1", v1::AREA_STAGE_ACTIVE), absl::OkStatus());
  EXPECT_EQ(town.Do(DecideMoveMaterial(town.state(), Material("sign", 2))), absl::OkStatus());
  ASSERT_EQ(town.Step("a1", v1::AREA_STAGE_DORMANT), absl::OkStatus());
  EXPECT_EQ(town.Do(DecideMoveMaterial(town.state(), Material("sign", -3))).code(),
            StatusCode::kFailedPrecondition)
      << "more back than out";
  EXPECT_EQ(town.Do(DecideMoveMaterial(town.state(), Material("sign", -2))), absl::OkStatus());
  EXPECT_EQ(FieldOf(town.Do(DecideMoveMaterial(town.state(), Material("flag", 1)))), "item");
}

TEST(AreaTest, IsCheckedAndRegisteredOnce) {
  Town town;
  v1::RegisterAreaRequest request;
  *request.mutable_area() = TownArea("a1", 0, 40);
  request.mutable_area()->set_district("vaster");
  EXPECT_EQ(FieldOf(town.Do(DecideRegisterArea(town.state(), request, "a1"))), "area.district");
  request.mutable_area()->set_district("norr");
  request.mutable_area()->mutable_households(0)->set_form(v1::AREA_KIND_MIXED);
  EXPECT_EQ(FieldOf(town.Do(DecideRegisterArea(town.state(), request, "a1"))),
            "area.households[0].form");
  request.mutable_area()->mutable_households(0)->set_form(v1::AREA_KIND_HOUSES);
  EXPECT_EQ(FieldOf(town.Do(DecideRegisterArea(town.state(), request, "Å 1"))), "area.id");
  EXPECT_EQ(town.Do(DecideRegisterArea(town.state(), request, "a1")), absl::OkStatus());
  EXPECT_EQ(town.state().view().FindArea("a1")->stage, v1::AREA_STAGE_INTEREST);
  EXPECT_EQ(town.Do(DecideRegisterArea(town.state(), request, "a1")).code(),
            StatusCode::kAlreadyExists);
}

TEST(AreaTest, CannotShrinkBelowWhatItsContactsCover) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  town.AddPerson("anna");
  ASSERT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a1"), absl::OkStatus());
  ASSERT_EQ(town.Do(DecideAssignHouseholds(town.state(), Households("anna", 20), town.now)),
            absl::OkStatus());
  v1::ChangeAreaRequest request;
  *request.mutable_area() = TownArea("a1", 0, 19);
  EXPECT_EQ(town.Do(DecideChangeArea(town.state(), request)).code(),
            StatusCode::kFailedPrecondition);
  *request.mutable_area() = TownArea("a1", 0, 20);
  EXPECT_EQ(town.Do(DecideChangeArea(town.state(), request)), absl::OkStatus());
  EXPECT_TRUE(DecideChangeArea(town.state(), request)->facts.empty()) << "nothing left to change";
}

TEST(ConfigureTest, KeepsWhatAreasAndRolesReferTo) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  v1::ConfigureRequest request;
  *request.mutable_config() = TownConfig();
  EXPECT_TRUE(DecideConfigure(town.state(), request)->facts.empty());
  request.mutable_config()->mutable_districts(0)->set_id("nord");
  EXPECT_EQ(DecideConfigure(town.state(), request).status().code(),
            StatusCode::kFailedPrecondition);
  request.mutable_config()->set_zone("Europe/Provstad");
  EXPECT_EQ(FieldOf(DecideConfigure(town.state(), request).status()), "config.zone");
}

TEST(RoleTest, ChecksThatItsScopeExists) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  town.AddPerson("anna");
  EXPECT_EQ(town.Give("nobody", ROLE_CONTACT_PERSON, "a1").code(), StatusCode::kNotFound);
  EXPECT_EQ(FieldOf(town.Give("anna", ROLE_CONTACT_PERSON, "")), "scope.area");
  const absl::Status unknown = town.Give("anna", ROLE_CONTACT_PERSON, "a9");
  EXPECT_EQ(unknown.code(), StatusCode::kNotFound);
  EXPECT_EQ(FieldOf(unknown), "scope.area");
  v1::RoleScope scope;
  scope.set_role(options::v1::ROLE_SAFETY_REPRESENTATIVE);
  EXPECT_EQ(FieldOf(DecideAssignRole(town.state(), "anna", scope, town.now).status()),
            "scope.district");
  scope.set_district("vaster");
  EXPECT_EQ(DecideAssignRole(town.state(), "anna", scope, town.now).status().code(),
            StatusCode::kNotFound);
  scope.set_role(options::v1::ROLE_AGENCY_REPORTER);
  scope.clear_district();
  scope.set_agency("guards");
  EXPECT_EQ(FieldOf(DecideAssignRole(town.state(), "anna", scope, town.now).status()),
            "scope.agency");
  scope.set_role(options::v1::ROLE_SYSTEM);
  EXPECT_EQ(FieldOf(DecideAssignRole(town.state(), "anna", scope, town.now).status()),
            "scope.role");
  EXPECT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a1"), absl::OkStatus());
  EXPECT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a1").code(), StatusCode::kAlreadyExists);
  ASSERT_EQ(town.Step("a1", v1::AREA_STAGE_CLOSED), absl::OkStatus());
  EXPECT_EQ(town.Give("anna", ROLE_CARETAKER, "a1").code(), StatusCode::kFailedPrecondition);
}

TEST(RoleTest, AnAreaHasOneLeadContact) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  town.AddPerson("anna");
  town.AddPerson("bo");
  ASSERT_EQ(town.Give("anna", ROLE_LEAD_CONTACT, "a1"), absl::OkStatus());
  EXPECT_EQ(town.Give("bo", ROLE_LEAD_CONTACT, "a1").code(), StatusCode::kFailedPrecondition);
  v1::EndRoleRequest request;
  request.set_person("anna");
  request.set_role(ROLE_LEAD_CONTACT);
  request.set_area("a1");
  ASSERT_EQ(town.Do(DecideEndRole(town.state(), request)), absl::OkStatus());
  EXPECT_EQ(DecideEndRole(town.state(), request).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(town.Give("bo", ROLE_LEAD_CONTACT, "a1"), absl::OkStatus());
}

TEST(HouseholdsTest, StayWithinTheAreaAndWithItsContacts) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  for (const char* id : {"anna", "bo", "cia"}) town.AddPerson(id);
  ASSERT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a1"), absl::OkStatus());
  ASSERT_EQ(town.Give("bo", ROLE_CARETAKER, "a1"), absl::OkStatus());
  const auto assign = [&](const std::string& person, uint32_t households) {
    return town.Do(DecideAssignHouseholds(town.state(), Households(person, households), town.now));
  };
  EXPECT_EQ(assign("cia", 5).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(assign("anna", 30), absl::OkStatus());
  EXPECT_EQ(assign("bo", 11).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(assign("bo", 10), absl::OkStatus());
  EXPECT_EQ(assign("anna", 31).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(assign("anna", 5), absl::OkStatus());
  EXPECT_EQ(assign("bo", 35), absl::OkStatus());
}

TEST(CaretakerTest, RolesAndHouseholdsFollowTheRound) {
  Town town;
  town.AddArea(TownArea("a1", 0, 0, 40));
  town.AddPerson("old");
  town.AddPerson("new");
  ASSERT_EQ(town.Give("old", ROLE_CARETAKER, "a1"), absl::OkStatus());
  ASSERT_EQ(town.Do(DecideAssignHouseholds(town.state(), Households("old", 25), town.now)),
            absl::OkStatus());
  v1::MoveCaretakerRoundRequest request;
  request.set_from_person("new");
  request.set_to_person("old");
  request.add_areas("a1");
  EXPECT_EQ(DecideMoveCaretakerRound(town.state(), request, town.now).status().code(),
            StatusCode::kFailedPrecondition);
  request.set_from_person("old");
  EXPECT_EQ(FieldOf(DecideMoveCaretakerRound(town.state(), request, town.now).status()),
            "to_person");
  request.set_to_person("new");
  ASSERT_EQ(town.Do(DecideMoveCaretakerRound(town.state(), request, town.now)), absl::OkStatus());
  const auto contacts = town.state().view().ContactsOf("a1", town.now);
  ASSERT_EQ(contacts.size(), 1u);
  EXPECT_EQ(contacts[0].person->id, "new");
  EXPECT_EQ(contacts[0].households, 25u);
  EXPECT_TRUE(town.state().view().FindPerson("old")->covers.empty());
}

TEST(PatrolTest, OnlyTrainedPatrollersDrive) {
  Town town;
  town.AddPerson("pia");
  v1::ApproveDriverRequest approve;
  approve.set_person("pia");
  approve.set_approved(true);
  EXPECT_EQ(DecideApproveDriver(town.state(), approve).status().code(),
            StatusCode::kFailedPrecondition);
  v1::HoldTrainingRequest training;
  training.set_training(v1::TRAINING_PATROLLER);
  training.add_attended("nobody");
  EXPECT_EQ(DecideHoldTraining(town.state(), training, town.now).status().code(),
            StatusCode::kNotFound);
  training.set_attended(0, "pia");
  *training.mutable_held_at() = ToProto(town.now + absl::Hours(1));
  EXPECT_EQ(FieldOf(DecideHoldTraining(town.state(), training, town.now).status()), "held_at");
  training.clear_held_at();
  ASSERT_EQ(town.Do(DecideHoldTraining(town.state(), training, town.now)), absl::OkStatus());
  ASSERT_EQ(town.Do(DecideApproveDriver(town.state(), approve)), absl::OkStatus());
  EXPECT_TRUE(town.state().view().FindPerson("pia")->driver);
}

TEST(SleepTest, AnActiveAreaWithoutContactForTwoPeriodsFallsAsleep) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  town.AddArea(TownArea("a2", 1, 40));
  town.AddArea(TownArea("a3", 2, 40), v1::AREA_STAGE_TRAINED);
  town.AddPerson("anna");
  ASSERT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a2"), absl::OkStatus());
  const absl::Time start = town.now;
  town.now = start + absl::Hours(24 * 200);
  v1::HoldFollowUpRequest met;
  met.set_area("a1");
  met.set_person("anna");
  EXPECT_EQ(DecideHoldFollowUp(town.state(), met, town.now).status().code(),
            StatusCode::kFailedPrecondition)
      << "anna is no contact there";
  met.set_area("a2");
  ASSERT_EQ(town.Do(DecideHoldFollowUp(town.state(), met, town.now)), absl::OkStatus());

  EXPECT_THAT(DueToSleep(town.state(), start + kSleepsAfter - absl::Seconds(1)),
              testing::IsEmpty());
  town.now = start + kSleepsAfter;
  EXPECT_THAT(DueToSleep(town.state(), town.now), testing::ElementsAre("a1"));
  EXPECT_TRUE(DecideSleep(town.state(), "a2", town.now)->facts.empty());
  ASSERT_EQ(town.Do(DecideSleep(town.state(), "a1", town.now)), absl::OkStatus());
  EXPECT_EQ(town.state().view().FindArea("a1")->stage, v1::AREA_STAGE_DORMANT);
  EXPECT_TRUE(DecideSleep(town.state(), "a1", town.now)->facts.empty()) << "once is enough";
  ASSERT_EQ(town.Step("a1", v1::AREA_STAGE_ACTIVE), absl::OkStatus());
  EXPECT_THAT(DueToSleep(town.state(), town.now), testing::IsEmpty()) << "revived is contact";
}

TEST(EraseTest, TakesDetailsRolesAndHouseholdsAndStaysErased) {
  Town town;
  town.AddArea(TownArea("a1", 0, 40));
  town.AddPerson("anna");
  ASSERT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a1"), absl::OkStatus());
  ASSERT_EQ(town.Do(DecideAssignHouseholds(town.state(), Households("anna", 20), town.now)),
            absl::OkStatus());
  const auto erased = DecideErasePerson(town.state(), "anna");
  EXPECT_THAT(erased->rests_on, testing::UnorderedElementsAre("person:anna", "area:a1"));
  ASSERT_EQ(town.Do(erased), absl::OkStatus());
  const PersonEntry& anna = *town.state().view().FindPerson("anna");
  EXPECT_TRUE(anna.erased);
  EXPECT_FALSE(anna.consent);
  EXPECT_TRUE(anna.roles.empty());
  EXPECT_TRUE(anna.covers.empty());
  EXPECT_EQ(anna.contact.box(), "");
  EXPECT_THAT(town.state().view().ContactsOf("a1", town.now), testing::IsEmpty());
  EXPECT_TRUE(DecideErasePerson(town.state(), "anna")->facts.empty());
  EXPECT_EQ(DecideErasePerson(town.state(), "nobody").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(town.Give("anna", ROLE_CONTACT_PERSON, "a1").code(), StatusCode::kFailedPrecondition);
  SealedPerson again;
  again.id = "anna";
  EXPECT_EQ(DecideRegisterPerson(town.state(), again).status().code(),
            StatusCode::kFailedPrecondition);
}

TEST(ContactTest, PhonesBecomeE164) {
  const std::pair<const char*, const char*> right[] = {{"070-174 06 05", "+46701740605"},
                                                       {"0046 70 174 06 05", "+46701740605"},
                                                       {"+46 (0)70-1740605", "+46701740605"},
                                                       {"+358 40 1234567", "+358401234567"},
                                                       {"08/465 004 00", "+46846500400"}};
  for (const auto& [given, normal] : right) {
    EXPECT_EQ(NormalPhone("phone", given).value_or("refused"), normal) << given;
  }
  for (const char* given : {"", "12345678", "070", "+46 70 174 06 05 66 77 88 99", "070-ABC",
                            "46+701740605", "+0701740605"}) {
    const auto normal = NormalPhone("contact.phone", given);
    EXPECT_EQ(FieldOf(normal.status()), "contact.phone") << given << " gave " << *normal;
    EXPECT_THAT(std::string(normal.status().message()), testing::Not(HasSubstr("740605")));
  }
}

TEST(ContactTest, NamesWhatIsWrong) {
  v1::Contact contact;
  contact.set_name(" Anna Åkerby ");
  EXPECT_EQ(FieldOf(NormalContact(contact, "contact").status()), "contact.phone");
  contact.set_email("Anna@Example.SE");
  EXPECT_EQ(NormalContact(contact, "contact")->email(), "anna@example.se");
  EXPECT_EQ(NormalContact(contact, "contact")->name(), "Anna Åkerby");
  for (const char* wrong : {"anna", "anna@", "@example.se", "a b@example.se", "anna@example",
                            "a@b..se", "a@example.se,b@example.se", "a@b@example.se",
                            "<a@example.se>", "a@example.se\r\nBcc: x@example.se"}) {
    contact.set_email(wrong);
    EXPECT_EQ(FieldOf(NormalContact(contact, "contact").status()), "contact.email") << wrong;
  }
  contact.set_email("anna@example.se");
  contact.set_webhook("ftp://example.se");
  EXPECT_EQ(FieldOf(NormalContact(contact, "contact").status()), "contact.webhook");
  contact.clear_webhook();
  contact.set_name("Anna\nBo");
  EXPECT_EQ(FieldOf(NormalContact(contact, "contact").status()), "contact.name");
}

TEST(PreferencesTest, ChannelsAreKnownAndGivenOnce) {
  v1::Preferences preferences;
  preferences.add_channels()->set_channel(v1::CHANNEL_SMS);
  EXPECT_TRUE(CheckPreferences(preferences, "preferences").ok());
  preferences.add_channels()->set_channel(v1::CHANNEL_SMS);
  EXPECT_EQ(FieldOf(CheckPreferences(preferences, "preferences")),
            "preferences.channels[1].channel");
  preferences.mutable_channels(1)->set_channel(v1::CHANNEL_EMAIL);
  preferences.mutable_channels(1)->set_floor(6);
  EXPECT_EQ(FieldOf(CheckPreferences(preferences, "preferences")), "preferences.channels[1].floor");
  preferences.mutable_channels(1)->set_floor(5);
  preferences.mutable_quiet()->set_to_minute(1440);
  EXPECT_EQ(FieldOf(CheckPreferences(preferences, "preferences")), "preferences.quiet");
}

}  // namespace
}  // namespace vaka::registry
