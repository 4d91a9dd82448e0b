#include "services/notifications/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/week.h"
#include "tests/support/alert_town/alert_town.h"

namespace vaka::notifications {
namespace {

using registry::v1::CHANNEL_EMAIL;
using registry::v1::CHANNEL_SMS;
using registry::v1::QuietHours;
using ::testing::ElementsAre;

absl::TimeZone Stockholm() { return *LoadZone("Europe/Stockholm"); }

absl::Time At(int month, int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilMinute(2026, month, day, hour, minute), Stockholm());
}

QuietHours Quiet(uint32_t from, uint32_t to) {
  QuietHours quiet;
  quiet.set_from_minute(from);
  quiet.set_to_minute(to);
  return quiet;
}

class PolicyTest : public ::testing::Test {
 protected:
  PolicyTest() : rules_(testing::TownConfigured().municipality_configured().config().notify()) {
    recipient_.person = "p1";
    recipient_.consent = true;
    Choose(CHANNEL_SMS, 4);
    Choose(CHANNEL_EMAIL, 1);
    occasion_.severity = 3;
    occasion_.not_before = absl::InfinitePast();
  }

  void Choose(registry::v1::Channel channel, uint32_t floor) {
    registry::v1::ChannelChoice& choice = *recipient_.preferences.add_channels();
    choice.set_channel(channel);
    choice.set_floor(floor);
  }

  Plan Decide(absl::Time now) { return PlanFor(recipient_, occasion_, rules_, Stockholm(), now); }

  registry::v1::NotifyRules rules_;
  Recipient recipient_;
  Occasion occasion_;
  const absl::Time day_ = At(11, 18, 12, 0);
  const absl::Time night_ = At(11, 18, 23, 30);
};

TEST_F(PolicyTest, SendsTheSevereNowOnTheFirstChannelWhoseFloorAdmitsIt) {
  Plan plan = Decide(day_);
  EXPECT_EQ(plan.state, DELIVERY_STATE_PLANNED);
  EXPECT_EQ(plan.reason, REASON_SEND_NOW);
  EXPECT_EQ(plan.channel, CHANNEL_EMAIL);
  occasion_.severity = 4;
  EXPECT_EQ(Decide(day_).channel, CHANNEL_SMS);
}

TEST_F(PolicyTest, WithoutConsentNothingNotEvenTheCritical) {
  recipient_.consent = false;
  occasion_.severity = 5;
  EXPECT_EQ(Decide(day_).reason, REASON_SUPPRESS_NO_CONSENT);
  EXPECT_EQ(Decide(day_).state, DELIVERY_STATE_SUPPRESSED);
  recipient_.erased = true;
  EXPECT_EQ(Decide(day_).reason, REASON_SUPPRESS_ERASED);
}

TEST_F(PolicyTest, TellsTheReporterNothingButCorrections) {
  recipient_.reporter = true;
  EXPECT_EQ(Decide(day_).reason, REASON_SUPPRESS_REPORTER);
  recipient_.told_on = CHANNEL_SMS;
  EXPECT_EQ(Decide(day_).reason, REASON_SEND_CORRECTION);
}

TEST_F(PolicyTest, EveryFloorAboveTheSeverityIsNoChannel) {
  recipient_.preferences.mutable_channels(1)->set_floor(4);
  EXPECT_EQ(Decide(day_).reason, REASON_SUPPRESS_NO_CHANNEL);
}

TEST_F(PolicyTest, QuietHoursDelayAndNeverDrop) {
  const Plan plan = Decide(night_);
  EXPECT_EQ(plan.state, DELIVERY_STATE_HELD);
  EXPECT_EQ(plan.reason, REASON_HOLD_QUIET_HOURS);
  EXPECT_EQ(plan.due, At(11, 19, 7, 0));
  *recipient_.preferences.mutable_quiet() = Quiet(0, 0);
  EXPECT_EQ(Decide(night_).state, DELIVERY_STATE_PLANNED);
}

// Minute by minute through the nights in which the clock changes, and an ordinary one.
TEST_F(PolicyTest, QuietHoursAreOneStretchAlsoWhenTheClockChanges) {
  struct Night {
    absl::Time evening;
    uint32_t from;
    uint32_t to;
    absl::Duration quiet;  // how long they hold
  };
  const Night nights[] = {
      {At(11, 18, 20, 0), 22 * 60, 7 * 60, absl::Hours(9)},
      {At(3, 28, 20, 0), 22 * 60, 7 * 60, absl::Hours(8)},    // 02:00 is followed by 03:00
      {At(10, 24, 20, 0), 22 * 60, 7 * 60, absl::Hours(10)},  // 03:00 is followed by 02:00
      {At(3, 28, 20, 0), 22 * 60, 150, absl::Hours(4)},       // end at 02:30, which is not there
      {At(3, 28, 20, 0), 150, 7 * 60, absl::Hours(4)},        // begin there
      {At(10, 24, 20, 0), 22 * 60, 150, absl::Minutes(330)},  // end at 02:30, there twice
      {At(10, 24, 20, 0), 150, 7 * 60, absl::Minutes(330)},   // begin there
      {At(10, 24, 20, 0), 130, 170, absl::Minutes(100)},      // both
  };
  for (const Night& night : nights) {
    SCOPED_TRACE(absl::FormatTime(night.evening, Stockholm()));
    absl::Duration quiet;
    int ends = 0;
    bool before = false;
    for (absl::Time now = night.evening; now < night.evening + absl::Hours(14);
         now += absl::Minutes(1)) {
      const auto until = QuietUntil(Quiet(night.from, night.to), Stockholm(), now);
      if (before && !until) ++ends;
      before = until.has_value();
      if (!until) continue;
      quiet += absl::Minutes(1);
      ASSERT_GT(*until, now);
      ASSERT_FALSE(QuietUntil(Quiet(night.from, night.to), Stockholm(), *until)) << "and over";
    }
    EXPECT_EQ(quiet, night.quiet);
    EXPECT_EQ(ends, 1);
  }
}

TEST_F(PolicyTest, TheCriticalGoesThroughQuietHours) {
  occasion_.severity = 5;
  EXPECT_EQ(Decide(night_).reason, REASON_SEND_CRITICAL);
  EXPECT_EQ(Decide(night_).state, DELIVERY_STATE_PLANNED);
}

TEST_F(PolicyTest, BelowTheLimitWaitsForTheDigestAndForQuietHoursAfterIt) {
  occasion_.severity = 2;
  EXPECT_EQ(Decide(day_).reason, REASON_HOLD_DIGEST);
  EXPECT_EQ(Decide(day_).due, At(11, 18, 17, 0));
  EXPECT_EQ(Decide(At(11, 18, 17, 0)).due, At(11, 19, 17, 0));
  *recipient_.preferences.mutable_quiet() = Quiet(16 * 60, 18 * 60);
  EXPECT_EQ(Decide(day_).reason, REASON_HOLD_QUIET_HOURS);
  EXPECT_EQ(Decide(day_).due, At(11, 18, 18, 0));
}

TEST_F(PolicyTest, TheDigestItselfGoesNow) {
  occasion_.kind = ALERT_KIND_DIGEST;
  occasion_.severity = 2;
  EXPECT_EQ(Decide(day_).state, DELIVERY_STATE_PLANNED);
  EXPECT_EQ(Decide(day_).reason, REASON_HOLD_DIGEST);
}

TEST_F(PolicyTest, AMessageWaitsUntilItCanNoLongerBeUndone) {
  occasion_.kind = ALERT_KIND_MESSAGE;
  occasion_.not_before = day_ + absl::Seconds(10);
  EXPECT_EQ(Decide(day_).state, DELIVERY_STATE_HELD);
  EXPECT_EQ(Decide(day_).due, day_ + absl::Seconds(10));
}

TEST_F(PolicyTest, ACorrectionGoesWhereTheOriginalWentAndWaitsForTheMorning) {
  recipient_.told_on = CHANNEL_SMS;
  occasion_.severity = 1;  // below every limit and floor: they know already
  EXPECT_EQ(Decide(day_).reason, REASON_SEND_CORRECTION);
  EXPECT_EQ(Decide(day_).channel, CHANNEL_SMS);
  EXPECT_EQ(Decide(night_).reason, REASON_HOLD_QUIET_HOURS);
}

struct QuietCase {
  const char* name;
  QuietHours quiet;
  absl::Time now;
  absl::Time end;  // InfinitePast: not quiet
};

TEST(QuietHoursTest, EndOverMidnightAndWhereTheClockIsChanged) {
  const absl::Time none = absl::InfinitePast();
  const absl::TimeZone zone = Stockholm();
  // The second 02:15 of the autumn night is an hour after the first.
  const absl::Time first = At(10, 25, 2, 15);
  const QuietCase cases[] = {
      {"evening", Quiet(22 * 60, 7 * 60), At(11, 18, 22, 0), At(11, 19, 7, 0)},
      {"morning", Quiet(22 * 60, 7 * 60), At(11, 18, 6, 59), At(11, 18, 7, 0)},
      {"end is outside", Quiet(22 * 60, 7 * 60), At(11, 18, 7, 0), none},
      {"same day", Quiet(12 * 60, 13 * 60), At(11, 18, 12, 30), At(11, 18, 13, 0)},
      {"same day, after", Quiet(12 * 60, 13 * 60), At(11, 18, 13, 30), none},
      {"equal is none", Quiet(300, 300), At(11, 18, 5, 0), none},
      {"spring night", Quiet(22 * 60, 7 * 60), At(3, 28, 23, 0), At(3, 28, 23, 0) + absl::Hours(7)},
      {"autumn night", Quiet(22 * 60, 7 * 60), At(10, 24, 23, 0),
       At(10, 24, 23, 0) + absl::Hours(9)},
      {"end in the skipped hour", Quiet(22 * 60, 150), At(3, 29, 1, 30), At(3, 29, 3, 0)},
      {"end in the doubled hour", Quiet(22 * 60, 150), first, first + absl::Minutes(75)},
      {"second pass", Quiet(22 * 60, 150), first + absl::Hours(1), first + absl::Minutes(75)},
  };
  for (const QuietCase& c : cases) {
    const std::optional<absl::Time> end = QuietUntil(c.quiet, zone, c.now);
    EXPECT_EQ(end.value_or(none), c.end) << c.name;
    EXPECT_GT(end.value_or(absl::InfiniteFuture()), c.now) << c.name;
  }
}

TEST_F(PolicyTest, JoinedIncidentsAreNamedAsSuch) {
  occasion_.grouped = true;
  recipient_.told_on = CHANNEL_EMAIL;
  EXPECT_EQ(Decide(day_).reason, REASON_HOLD_GROUP);
  EXPECT_EQ(Decide(day_).state, DELIVERY_STATE_PLANNED);  // the waiting is over
  recipient_.told_on.reset();
  EXPECT_EQ(Decide(day_).reason, REASON_HOLD_GROUP);
  *recipient_.preferences.mutable_quiet() = Quiet(22 * 60, 7 * 60);
  EXPECT_EQ(Decide(night_).reason, REASON_HOLD_QUIET_HOURS);
}

TEST(ChannelsForTest, AreThePersonsOwnInTheirOrderAndAboveTheirFloor) {
  registry::v1::Preferences preferences;
  EXPECT_THAT(ChannelsFor(preferences, 1), ElementsAre(CHANNEL_EMAIL, CHANNEL_SMS));
  for (const auto& [channel, floor] : {std::pair{CHANNEL_SMS, 4u}, std::pair{CHANNEL_EMAIL, 1u}}) {
    registry::v1::ChannelChoice& choice = *preferences.add_channels();
    choice.set_channel(channel);
    choice.set_floor(floor);
  }
  EXPECT_THAT(ChannelsFor(preferences, 3), ElementsAre(CHANNEL_EMAIL));
  EXPECT_THAT(ChannelsFor(preferences, 4), ElementsAre(CHANNEL_SMS, CHANNEL_EMAIL));
}

}  // namespace
}  // namespace vaka::notifications
