#include "services/notifications/raise.h"

#include <gmock/gmock.h>

#include "tests/unit/notifications/world.h"

namespace vaka::notifications {
namespace {

using testing::Corrected;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Reported;
using testing::TownIncident;
using testing::Withdrawn;

using RaiseTest = WorldTest;

TEST_F(RaiseTest, TheSevereBecomesAnAlertAtOnceAndOnlyOnce) {
  Happens(Reported(TownIncident("i1", now_)));
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(Raise(), 0);
  EXPECT_EQ(OnlyAlert().kind(), ALERT_KIND_INCIDENT);
  EXPECT_THAT(OnlyAlert().areas(), ElementsAre("a1"));
  EXPECT_THAT(OnlyAlert().incidents(), ElementsAre("i1"));
  EXPECT_EQ(OnlyAlert().severity(), 3u);
  EXPECT_FALSE(OnlyAlert().has_text());
}

TEST_F(RaiseTest, KeysAreTheSameInEveryProcess) {
  Happens(Reported(TownIncident("i1", now_)));
  State copy;
  ASSERT_TRUE(copy.Restore(state_.Serialize()).ok());
  EXPECT_EQ(copy.Serialize(), state_.Serialize());
  EXPECT_EQ(ChoresAt(state_, now_).due.at(0).key,
            ChoresAt(copy, now_ + absl::Seconds(3)).due.at(0).key);
}

TEST_F(RaiseTest, HistoryTheHiddenAndTheUnplacedNeverAlert) {
  intake::v1::Incident old = TownIncident("old", now_);
  *old.mutable_observed_from() = ToProto(now_ - absl::Hours(49));
  EXPECT_EQ(StandingOf(old, state_.rules(), now_), Standing::kTooOld);
  intake::v1::Incident hidden = TownIncident("hidden", now_);
  hidden.set_visibility(intake::v1::VISIBILITY_EST_NETWORK);
  EXPECT_EQ(StandingOf(hidden, state_.rules(), now_), Standing::kNotVisible);
  intake::v1::Incident nowhere = TownIncident("nowhere", now_);
  nowhere.mutable_where()->clear_area();
  EXPECT_EQ(StandingOf(nowhere, state_.rules(), now_), Standing::kNoPlace);
  for (const auto& incident : {old, hidden, nowhere}) Happens(Reported(incident));
  EXPECT_EQ(Raise(), 0);
}

TEST_F(RaiseTest, TheCriticalOutsideAreasAlertsTheDistrict) {
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.mutable_where()->clear_area();
  incident.set_severity(5);
  Happens(Reported(incident));
  EXPECT_EQ(Raise(), 1);
  EXPECT_TRUE(OnlyAlert().areas().empty());
  EXPECT_EQ(OnlyAlert().district(), "alby");
}

TEST_F(RaiseTest, WhatNoDigestTookIsForgottenByItsLastEnd) {
  for (const char* id : {"stays", "later", "earlier"}) {
    intake::v1::Incident incident = TownIncident(id, now_);
    incident.set_severity(2);
    Happens(Reported(incident));
  }
  for (const auto& [id, by] :
       {std::pair{"later", absl::Hours(20)}, {"earlier", -absl::Hours(20)}}) {
    intake::v1::Incident incident = TownIncident(id, now_);
    incident.set_severity(2);
    *incident.mutable_observed_to() = ToProto(now_ + by);
    Happens(Corrected(incident));
  }
  // Each report is a look for what is too old.
  const auto waiting_after = [&](absl::Duration passed) {
    now_ += passed;
    intake::v1::Incident nowhere = TownIncident("look", now_);
    nowhere.mutable_where()->clear_area();
    Happens(Reported(nowhere));
    State copy;
    EXPECT_TRUE(copy.Restore(state_.Serialize()).ok());
    EXPECT_EQ(copy.pending(), state_.pending());
    return state_.pending();
  };
  EXPECT_THAT(waiting_after(absl::Hours(29)), ElementsAre("later", "stays"));
  EXPECT_THAT(waiting_after(absl::Hours(20)), ElementsAre("later"));
  EXPECT_THAT(waiting_after(absl::Hours(20)), IsEmpty());
  EXPECT_EQ(state_.FindIncident("later"), nullptr);
}

TEST_F(RaiseTest, TheLessSevereWaitForOneDigestAnArea) {
  for (const char* id : {"i1", "i2"}) {
    intake::v1::Incident incident = TownIncident(id, now_);
    incident.set_severity(2);
    Happens(Reported(incident));
  }
  EXPECT_EQ(Raise(), 0);
  const absl::Time digest = now_ + absl::Hours(5);  // 17:00
  EXPECT_EQ(ChoresAt(state_, now_).next, digest);
  now_ = digest;
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(OnlyAlert().kind(), ALERT_KIND_DIGEST);
  EXPECT_THAT(OnlyAlert().incidents(), ElementsAre("i1", "i2"));
  EXPECT_EQ(Raise(), 0);
}

TEST_F(RaiseTest, MoreInTheAreaWithinTheWindowJoinInOneUpdateAfterIt) {
  Happens(Reported(TownIncident("i1", now_)));
  Raise();
  now_ += absl::Seconds(60);
  Happens(Reported(TownIncident("i2", now_)));
  now_ += absl::Seconds(60);
  Happens(Reported(TownIncident("i3", now_)));
  EXPECT_EQ(Raise(), 0);
  now_ += absl::Seconds(480);
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(state_.alerts().size(), 1u);
  EXPECT_THAT(OnlyAlert().incidents(), ElementsAre("i1", "i2", "i3"));
  EXPECT_EQ(OnlyAlert().version(), 2u);
  now_ += absl::Seconds(601);
  Happens(Reported(TownIncident("i4", now_)));
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(state_.alerts().size(), 2u);
}

TEST_F(RaiseTest, TheCriticalWaitsForNoGroup) {
  Happens(Reported(TownIncident("i1", now_)));
  Raise();
  intake::v1::Incident critical = TownIncident("i2", now_);
  critical.set_severity(5);
  Happens(Reported(critical));
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(state_.alerts().size(), 2u);
}

TEST_F(RaiseTest, ARaisedTypeAlertsNow) {
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_severity(2);
  Happens(Reported(incident));
  EXPECT_EQ(Raise(), 0);
  incident.set_severity(4);
  Happens(Corrected(incident));
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(OnlyAlert().severity(), 4u);
}

TEST_F(RaiseTest, WhatWasToldInADigestAndRaisedIsToldAgain) {
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_severity(2);
  Happens(Reported(incident));
  now_ += absl::Hours(5);
  Raise();
  incident.set_severity(4);
  Happens(Corrected(incident));
  EXPECT_EQ(Raise(), 2);  // the digest is corrected, and an alert of its own
  EXPECT_EQ(state_.alerts().size(), 2u);
}

TEST_F(RaiseTest, CorrectionUpdatesWithdrawalRecalls) {
  intake::v1::Incident incident = TownIncident("i1", now_);
  Happens(Reported(incident));
  Raise();
  Happens(Corrected(incident));  // nothing that matters
  EXPECT_EQ(Raise(), 0);
  incident.set_category("fire");
  Happens(Corrected(incident));
  EXPECT_EQ(Raise(), 1);
  EXPECT_EQ(OnlyAlert().category(), "fire");
  EXPECT_EQ(OnlyAlert().version(), 2u);
  Happens(Withdrawn("i1"));
  EXPECT_EQ(Raise(), 1);
  EXPECT_TRUE(OnlyAlert().recalled());
  EXPECT_EQ(Raise(), 0);
}

TEST_F(RaiseTest, OneOfAGroupWithdrawnLeavesTheRest) {
  Happens(Reported(TownIncident("i1", now_)));
  Raise();
  Happens(Reported(TownIncident("i2", now_)));
  now_ += absl::Seconds(601);
  Raise();
  Happens(Withdrawn("i1"));
  EXPECT_EQ(Raise(), 1);
  EXPECT_FALSE(OnlyAlert().recalled());
  EXPECT_THAT(OnlyAlert().incidents(), ElementsAre("i2"));
}

TEST_F(RaiseTest, RecallOfTheUnknownAndTheRecalled) {
  EXPECT_EQ(DecideRecall(state_, "alert-x", "why").status().code(), absl::StatusCode::kNotFound);
  Happens(Reported(TownIncident("i1", now_)));
  Raise();
  Happens(DecideRecall(state_, OnlyAlert().id(), "why")->facts.at(0));
  EXPECT_TRUE(DecideRecall(state_, OnlyAlert().id(), "why")->facts.empty());
}

TEST_F(RaiseTest, CountsReportsUnderTheMunicipalitysOwnLimits) {
  const auto count = [this](Standing standing) {
    return state_.heard()[static_cast<size_t>(standing)];
  };
  intake::v1::Incident wide = testing::TownIncident("i1", now_);
  wide.mutable_where()->clear_area();
  wide.set_severity(4);
  Happens(testing::Reported(wide));
  EXPECT_EQ(count(Standing::kNoPlace), 1u);
  event::v1::Event stricter = testing::TownConfigured();
  stricter.mutable_municipality_configured()
      ->mutable_config()
      ->mutable_notify()
      ->set_critical_severity(4);
  Happens(stricter);
  wide.set_id("i2");
  Happens(testing::Reported(wide));
  EXPECT_EQ(count(Standing::kWaits), 1u);
  EXPECT_EQ(count(Standing::kNoPlace), 1u);
}

}  // namespace
}  // namespace vaka::notifications
