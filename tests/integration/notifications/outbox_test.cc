#include "services/notifications/outbox.h"

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/integration/notifications/house.h"

namespace vaka::notifications {
namespace {

using registry::v1::CHANNEL_EMAIL;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Parcel ParcelTo(const std::string& person) {
  v1::Parcel parcel;
  parcel.set_message("msg-" + person);
  parcel.set_person(person);
  parcel.set_channel(CHANNEL_EMAIL);
  return parcel;
}

Effects Sending(const std::string& person) {
  Effects effects;
  effects.facts.emplace_back().mutable_delivery_planned()->set_message("msg-" + person);
  effects.send.push_back(ParcelTo(person));
  return effects;
}

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest()
      : client_(redis_.NewClient()),
        log_(*log::RedisLog::Open(*client_, {.commit = {}}, clock_)),
        outbox_(*client_, nullptr, clock_) {
    EXPECT_TRUE(outbox_.Load().ok());
  }

  SystemClock clock_;
  redis::TestRedis redis_;
  std::unique_ptr<redis::Client> client_;
  std::unique_ptr<log::RedisLog> log_;
  Outbox outbox_;
};

TEST_F(OutboxTest, PlansAtItsPositionAndNowhereElse) {
  const PlannerPosition start = *outbox_.Position("0127");
  EXPECT_EQ(start.seq, 0u);
  EXPECT_TRUE(*outbox_.Plan("0127", start, {.seq = 7}, Sending("a")));
  EXPECT_FALSE(*outbox_.Plan("0127", start, {.seq = 7}, Sending("a")));
  const PlannerPosition next = *outbox_.Position("0127");
  EXPECT_EQ(next.seq, 7u);
  EXPECT_EQ(next.deliveries, 1u);
  const auto entries = log_->Read("0127", log::Stream::kDeliveries, 0, 10);
  ASSERT_THAT(*entries, SizeIs(1));
  EXPECT_TRUE(entries->at(0).intact);
  event::v1::Event event;
  ASSERT_TRUE(event.ParseFromString(entries->at(0).bytes));
  EXPECT_EQ(event.delivery_planned().message(), "msg-a");
}

TEST_F(OutboxTest, TellsWhereThereIsSomethingToDo) {
  const std::vector<std::string> all = {"0127", "0180", "1480"};
  EXPECT_THAT(outbox_.WithEntries(all, CHANNEL_EMAIL), IsEmpty());
  EXPECT_THAT(outbox_.WithDue(all, clock_.Now()), IsEmpty());
  Effects held;
  held.hold.emplace_back(clock_.Now() + absl::Minutes(5), ParcelTo("b"));
  ASSERT_TRUE(*outbox_.Plan("0127", {}, {.seq = 1}, Sending("a")));
  ASSERT_TRUE(*outbox_.Plan("1480", {}, {.seq = 1}, held));
  EXPECT_THAT(outbox_.WithEntries(all, CHANNEL_EMAIL), ElementsAre("0127"));
  EXPECT_THAT(outbox_.WithEntries(all, registry::v1::CHANNEL_SMS), IsEmpty());
  EXPECT_THAT(outbox_.WithDue(all, clock_.Now()), IsEmpty());
  EXPECT_THAT(outbox_.WithDue(all, clock_.Now() + absl::Minutes(5)), ElementsAre("1480"));
  // In somebody's hands it still is there, for whoever takes over; finished it is not.
  const std::vector<Taken> taken = *outbox_.Take("0127", CHANNEL_EMAIL, "sender", 1);
  EXPECT_THAT(outbox_.WithEntries(all, CHANNEL_EMAIL), ElementsAre("0127"));
  ASSERT_TRUE(*outbox_.Finish("0127", taken.at(0), {}));
  EXPECT_THAT(outbox_.WithEntries(all, CHANNEL_EMAIL), IsEmpty());
  // Who cannot be asked may have something.
  redis_.Stop();
  EXPECT_EQ(outbox_.WithEntries(all, CHANNEL_EMAIL), all);
}

TEST_F(OutboxTest, TwoPlannersAtOncePlanEveryStepOnce) {
  constexpr uint64_t kSteps = 50;
  const auto plan_all = [this] {
    for (;;) {
      const PlannerPosition at = *outbox_.Position("0127");
      if (at.seq == kSteps) return;
      ASSERT_TRUE(
          outbox_.Plan("0127", at, {.seq = at.seq + 1}, Sending(std::to_string(at.seq))).ok());
    }
  };
  std::thread other(plan_all);
  plan_all();
  other.join();
  EXPECT_EQ(*log_->Head("0127", log::Stream::kDeliveries), kSteps);
  EXPECT_EQ(outbox_.Depth("0127", CHANNEL_EMAIL)->waiting, kSteps);
}

TEST_F(OutboxTest, NumbersOnAfterTheLogsOwnAppends) {
  ASSERT_TRUE(*outbox_.Once("0127", "x", Sending("a")));
  absl::Notification done;
  event::v1::Event event;
  event.mutable_delivery_sent()->set_message("msg-a");
  log_->Append({.kommun = "0127",
                .stream = log::Stream::kDeliveries,
                .idempotency_key = "k",
                .facts = {event.SerializeAsString()}},
               [&](absl::StatusOr<log::Appended> appended) {
                 EXPECT_EQ(appended->first, 2u);
                 done.Notify();
               });
  done.WaitForNotification();
  ASSERT_TRUE(*outbox_.Once("0127", "y", Sending("b")));
  EXPECT_EQ(*log_->Head("0127", log::Stream::kDeliveries), 3u);
}

TEST_F(OutboxTest, ADeadSendersEntryIsTakenOverAndEndsOnce) {
  ASSERT_TRUE(*outbox_.Once("0127", "x", Sending("a")));
  const auto first = *outbox_.Take("0127", CHANNEL_EMAIL, "dead", 5);
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].deliveries, 1u);
  EXPECT_THAT(*outbox_.Take("0127", CHANNEL_EMAIL, "other", 5), SizeIs(0));
  const auto pending = *outbox_.Pending("0127", CHANNEL_EMAIL, 5);
  ASSERT_THAT(pending, SizeIs(1));
  EXPECT_EQ(pending[0], (InHands{.id = first[0].id, .consumer = "dead", .taken = 1}));
  const auto taken = *outbox_.TakeOver("0127", CHANNEL_EMAIL, pending[0], "other");
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->parcel.message(), "msg-a");
  EXPECT_TRUE(taken->claimed);
  // It is in those hands no longer.
  EXPECT_FALSE(outbox_.TakeOver("0127", CHANNEL_EMAIL, pending[0], "late")->has_value());
  EXPECT_TRUE(*outbox_.Finish("0127", *taken, {}));
  EXPECT_FALSE(*outbox_.Finish("0127", first[0], Sending("twice")));
  EXPECT_EQ(*log_->Head("0127", log::Stream::kDeliveries), 1u);
}

// Each by its own condition: what another process let go meanwhile is not let go twice.
TEST_F(OutboxTest, ReleasesManyAtOnceAndEachOnce) {
  std::vector<std::string> published;
  Outbox outbox(
      *client_,
      [&](const std::string&, log::Stream, uint64_t first, const std::vector<std::string>& facts) {
        for (const std::string& bytes : facts) {
          event::v1::Event event;
          ASSERT_TRUE(event.ParseFromString(bytes));
          published.push_back(absl::StrCat(first, " ", event.delivery_planned().message()));
        }
      },
      clock_);
  const absl::Time now = clock_.Now();
  Effects effects;
  for (const char* person : {"a", "b", "c"})
    effects.hold.emplace_back(now - absl::Seconds(1), ParcelTo(person));
  ASSERT_TRUE(*outbox.Once("0127", "x", effects));
  ASSERT_THAT(*outbox.Release("0127", {{ParcelTo("b"), Sending("b")}}), ElementsAre(true));
  EXPECT_THAT(*outbox.Release("0127", {{ParcelTo("a"), Sending("a")},
                                       {ParcelTo("b"), Sending("b")},
                                       {ParcelTo("c"), Sending("c")}}),
              ElementsAre(true, false, true));
  EXPECT_THAT(published, ElementsAre("1 msg-b", "2 msg-a", "3 msg-c"));
  EXPECT_EQ(*outbox.HeldCount("0127"), 0u);
  EXPECT_EQ(outbox.Depth("0127", CHANNEL_EMAIL)->waiting, 3u);
  EXPECT_THAT(*outbox.Release("0127", {}), SizeIs(0));
}

TEST_F(OutboxTest, HeldComesOutOnceWhenDue) {
  const absl::Time now = clock_.Now();
  Effects effects;
  effects.hold = {{now - absl::Seconds(1), ParcelTo("due")}, {now + absl::Hours(1), ParcelTo("b")}};
  ASSERT_TRUE(*outbox_.Once("0127", "x", effects));
  EXPECT_EQ(*outbox_.HeldCount("0127"), 2u);
  const auto due = *outbox_.HeldUntil("0127", now, 10);
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_THAT(*outbox_.Release("0127", {{due[0], Sending("due")}}), ElementsAre(true));
  EXPECT_THAT(*outbox_.Release("0127", {{due[0], Sending("due")}}), ElementsAre(false));
  EXPECT_EQ(*outbox_.HeldCount("0127"), 1u);
  EXPECT_EQ(outbox_.Depth("0127", CHANNEL_EMAIL)->waiting, 1u);
}

TEST_F(OutboxTest, SurvivesAKilledRedisWithoutLossOrDouble) {
  ASSERT_TRUE(*outbox_.Once("0127", "x", Sending("a")));
  redis_.KillAndWaitUntilBack();
  // The connection was lost; asking again is safe.
  ASSERT_TRUE(redis::Eventually([&] { return outbox_.Once("0127", "x", Sending("a")).ok(); }));
  EXPECT_EQ(*log_->Head("0127", log::Stream::kDeliveries), 1u);
  EXPECT_EQ(outbox_.Depth("0127", CHANNEL_EMAIL)->waiting, 1u);
}

class TwoAppsTest : public HouseTest {};

TEST_F(TwoAppsTest, TellEachRecipientOnceBetweenThem) {
  for (int i = 0; i < 12; ++i) Settle({.id = std::to_string(i)});
  std::unique_ptr<App> one = StartApp();
  std::unique_ptr<App> two = StartApp2();
  Report("i1");
  ASSERT_TRUE(mail_.AwaitMails(12));
  ASSERT_TRUE(AwaitState(*one, [](const State& state) { return state.alerts().size() == 1; }));
  std::string alert;
  ASSERT_TRUE(AwaitState(*two, [&](const State& state) {
    if (state.alerts().size() != 1) return false;
    alert = state.alerts().begin()->first;
    return true;
  }));
  for (App* app : {one.get(), two.get()}) {
    EXPECT_TRUE(AwaitDeliveries(*app, [&](const Deliveries& deliveries) {
      const Recipients people = deliveries.Of(alert);
      return people.size() == 12 && std::all_of(people.begin(), people.end(), [](const auto& p) {
               return p.deliveries.size() == 1 && p.Told();
             });
    }));
  }
  two->Stop();
  one->Stop();
  EXPECT_THAT(mail_.mails(), SizeIs(12));
}

TEST_F(TwoAppsTest, WhatWasLeftByAStoppedProcessIsDoneByTheNext) {
  Settle({.id = "1"});
  Report("i1");  // nobody runs
  std::unique_ptr<App> app = StartApp();
  EXPECT_TRUE(mail_.AwaitMails(1));
  app->Stop();
  app = StartApp2();
  intake::v1::Incident critical = testing::TownIncident("i2", clock_.Now());
  critical.set_severity(5);
  Record({testing::Reported(critical)});
  EXPECT_TRUE(mail_.AwaitMails(2));
  app->Stop();
  EXPECT_THAT(mail_.mails(), SizeIs(2));
}

}  // namespace
}  // namespace vaka::notifications
