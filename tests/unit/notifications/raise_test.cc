#include "services/notifications/raise.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <random>

#include "absl/strings/str_cat.h"
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
    EXPECT_EQ(copy.waiting().Incidents(), state_.waiting().Incidents());
    return state_.waiting().Incidents();
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

// What waits is kept by when it is due, and changed where something changes; a state that is read
// back judges everything anew.
TEST_F(RaiseTest, WhatWaitsIsDueAsIfJudgedAnew) {
  std::mt19937 random(2026);
  const auto pick = [&random](uint32_t below) { return static_cast<uint32_t>(random() % below); };
  const auto incident_of = [&](uint32_t number) {
    intake::v1::Incident incident = TownIncident(absl::StrCat("i", number), now_);
    incident.set_severity(1 + pick(5));
    incident.mutable_where()->set_area(std::array{"a1", "a2", ""}[pick(3)]);
    if (pick(6) == 0) incident.set_visibility(intake::v1::VISIBILITY_EST_NETWORK);
    return incident;
  };
  int together = 0;
  for (uint32_t step = 0; step < 1000; ++step) {
    now_ += absl::Seconds(pick(240));
    const uint32_t what = pick(20);
    if (what < 10) {
      Happens(Reported(incident_of(step)));
    } else if (what < 14 && step > 0) {
      Happens(Corrected(incident_of(step - 1 - pick(std::min(step, 40u)))));
    } else if (what < 16 && step > 0) {
      Happens(Withdrawn(absl::StrCat("i", step - 1 - pick(std::min(step, 40u)))));
    } else if (what == 16) {
      event::v1::Event config = testing::TownConfigured();
      auto& rules = *config.mutable_municipality_configured()->mutable_config()->mutable_notify();
      rules.set_now_severity(2 + pick(2));
      rules.set_critical_severity(4 + pick(2));
      rules.set_group_seconds(60 * pick(20));
      Happens(config);
    } else {
      together += Raise();
    }
    State copy;
    ASSERT_TRUE(copy.Restore(state_.Serialize()).ok());
    ASSERT_TRUE(copy.waiting() == state_.waiting()) << "after step " << step;
    for (const char* area : {"a1", "a2"}) {
      const AlertRecord* newest = copy.NewestOf(area);
      ASSERT_EQ(newest == nullptr, state_.NewestOf(area) == nullptr);
      if (newest != nullptr) {
        ASSERT_EQ(newest->alert().id(), state_.NewestOf(area)->alert().id());
      }
    }
    ASSERT_EQ(ChoresAt(copy, now_).due.size(), ChoresAt(state_, now_).due.size());
    ASSERT_EQ(ChoresAt(copy, now_).next, ChoresAt(state_, now_).next);
    if (step % 200 == 199) now_ += absl::Hours(30);
  }
  EXPECT_GT(together, 50);
}

TEST_F(RaiseTest, AnAlertThatMovedNoLongerTakesInItsOldArea) {
  Happens(Reported(TownIncident("i1", now_)));
  Raise();
  intake::v1::Incident moved = TownIncident("i1", now_);
  moved.mutable_where()->set_area("a2");
  moved.mutable_where()->set_district("tullinge");
  Happens(Corrected(moved));
  Raise();
  Happens(Reported(TownIncident("i2", now_)));
  EXPECT_EQ(Raise(), 1);  // an alert of its own, not with one about another area
  EXPECT_EQ(state_.alerts().size(), 2u);
}

TEST_F(RaiseTest, RulesThatChangeJudgeWhatWaitsAnew) {
  intake::v1::Incident incident = TownIncident("i1", now_);
  incident.set_severity(2);
  Happens(Reported(incident));
  EXPECT_EQ(Raise(), 0);
  event::v1::Event sooner = testing::TownConfigured();
  sooner.mutable_municipality_configured()->mutable_config()->mutable_notify()->set_now_severity(2);
  Happens(sooner);
  EXPECT_EQ(Raise(), 1);
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
