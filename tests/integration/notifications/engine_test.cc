#include "services/notifications/engine.h"

#include "absl/strings/str_cat.h"
#include "tests/integration/notifications/house.h"

namespace vaka::notifications {
namespace {

class EngineTest : public HouseTest {
 protected:
  EngineTest()
      : facts_(
            {.name = "notifications", .schema = State::kSchema},
            [](const std::string&) { return std::make_unique<State>(); }, *log_, bus_.Subscribe(),
            clock_),
        deliveries_(
            {.name = "deliveries",
             .schema = Deliveries::kSchema,
             .stream = log::Stream::kDeliveries},
            [](const std::string&) { return std::make_unique<Deliveries>(); }, *log_,
            bus_.Subscribe(), clock_),
        commands_(facts_, *log_, clock_),
        outbox_(*client_, bus_.publisher(), clock_),
        counted_(metrics_),
        engine_({facts_, deliveries_, commands_, outbox_, counted_, clock_, nullptr}) {
    EXPECT_TRUE(outbox_.Load().ok());
    EXPECT_TRUE(facts_.Start().ok());
    EXPECT_TRUE(deliveries_.Start().ok());
  }

  fold::Follower facts_;
  fold::Follower deliveries_;
  fold::Commands commands_;
  Outbox outbox_;
  Metrics counted_;
  Engine engine_;
};

TEST_F(EngineTest, AllWhoseTimeHasComeAreReleasedHoweverMany) {
  Effects effects;
  for (size_t i = 0; i < 2 * kReleaseLimit + 50; ++i) {
    Parcel parcel;
    parcel.set_message(absl::StrCat("msg-", i));
    parcel.set_person(absl::StrCat("p", i));
    parcel.set_channel(registry::v1::CHANNEL_EMAIL);
    effects.hold.emplace_back(clock_.Now() - absl::Seconds(1), parcel);
  }
  ASSERT_TRUE(*outbox_.Plan("0127", {}, {}, effects));
  ASSERT_EQ(*outbox_.HeldCount("0127"), 2 * kReleaseLimit + 50);
  const absl::Status done = engine_.RunOnce("0127");
  EXPECT_TRUE(done.ok()) << done;
  EXPECT_EQ(*outbox_.HeldCount("0127"), 0U);
}

}  // namespace
}  // namespace vaka::notifications
