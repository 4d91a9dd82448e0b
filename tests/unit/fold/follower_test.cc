#include "libs/fold/follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "tests/support/eventually/eventually.h"
#include "tests/unit/fold/follower_fixture.h"

namespace vaka::fold {
namespace {

using log::Stream;
using testing::ElementsAre;
using testing::HasSubstr;

class FollowerTest : public FollowerFixture {};

// Tells how long it is listened to.
class ListenedTo final : public bus::Source {
 public:
  ListenedTo(std::unique_ptr<bus::Source> source, std::atomic<int64_t>& wait)
      : source_(std::move(source)), wait_(wait) {}
  std::shared_ptr<const bus::Message> Receive(absl::Duration wait) override {
    wait_ = absl::ToInt64Seconds(wait);
    return source_->Receive(wait);
  }
  void Wake() override { source_->Wake(); }

 private:
  const std::unique_ptr<bus::Source> source_;
  std::atomic<int64_t>& wait_;
};

TEST_F(FollowerTest, ReadsTheLogAtStartAndFollowsTheBus) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  EXPECT_EQ(ProgressOf(*follower, "0127").position, 1);
  const uint64_t seq = Append("0127", "b");
  EXPECT_EQ(StateAt(*follower, "0127", seq), Refolded("0127"));
  EXPECT_EQ(ProgressOf(*follower, "0127").gaps, 0);
}

TEST_F(FollowerTest, FillsInTheNumberAndReportsEachFactOnceInOrder) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = New();
  std::mutex mu;
  std::vector<uint64_t> applied;
  follower->OnApplied([&](const event::v1::Event& event) {
    std::lock_guard lock(mu);
    applied.push_back(event.seq());
  });
  ASSERT_EQ(follower->Start(), absl::OkStatus());
  Append("0127", "b");
  StateAt(*follower, "0127", Append("0127", "c"));
  follower->Stop();
  EXPECT_THAT(applied, ElementsAre(1, 2, 3));
}

TEST_F(FollowerTest, ReadsTheGapFromTheLog) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  AppendUnheard("0127", "b");
  AppendUnheard("0127", "c");
  Append("0127", "d");
  ASSERT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").position == 4; }));
  EXPECT_EQ(StateAt(*follower, "0127", 4), Refolded("0127"));
  EXPECT_EQ(ProgressOf(*follower, "0127").gaps, 1);
}

TEST_F(FollowerTest, DropsADuplicate) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  const std::string before = StateAt(*follower, "0127", 1);
  event::v1::Event other = Reported("never");
  bus_.Publish("0127", Stream::kFacts, 1, {other.SerializeAsString()});
  ASSERT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").duplicates == 1; }));
  EXPECT_EQ(StateAt(*follower, "0127", 1), before);
}

TEST_F(FollowerTest, IgnoresTheOtherStream) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  bus_.Publish("0127", Stream::kDeliveries, 2, {Reported("never").SerializeAsString()});
  const uint64_t seq = Append("0127", "b");
  EXPECT_EQ(StateAt(*follower, "0127", seq), Refolded("0127"));
}

TEST_F(FollowerTest, FindsALostLastFactWithinALook) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  AppendUnheard("0127", "b");
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").position == 2; }));
}

TEST_F(FollowerTest, LooksAtOnceForAFactThatSomebodyWaitsFor) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  const uint64_t seq = AppendUnheard("0127", "b");
  // The clock stands still, so no look is due.
  EXPECT_EQ(StateAt(*follower, "0127", seq), Refolded("0127"));
}

TEST_F(FollowerTest, TakesUpAMunicipalityThatItHearsOf) {
  std::unique_ptr<Follower> follower = Started();
  Append("0180", "a");
  ASSERT_TRUE(Eventually([&] { return follower->Municipalities().size() == 1; }));
  EXPECT_EQ(StateAt(*follower, "0180", 1), Refolded("0180"));
}

TEST_F(FollowerTest, FindsAMunicipalityThatItDidNotHearOf) {
  std::unique_ptr<Follower> follower = Started();
  AppendUnheard("0180", "a");
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return follower->Municipalities().size() == 1; }));
  EXPECT_EQ(StateAt(*follower, "0180", 1), Refolded("0180"));
}

TEST_F(FollowerTest, AsksTheLogBeforeItSaysThatThereIsNoMunicipality) {
  std::unique_ptr<Follower> follower = Started();
  AppendUnheard("0180", "a");
  // The clock stands still, so no look is due.
  EXPECT_EQ(StateAt(*follower, "0180", 1), Refolded("0180"));
  const auto read = [&](const std::string& kommun) {
    return follower->Read(kommun, 0, absl::InfiniteFuture(), [](const Fold&, uint64_t) {}).code();
  };
  EXPECT_EQ(read("9999"), absl::StatusCode::kNotFound);
  log_.FailReads(true);
  EXPECT_EQ(read("9999"), absl::StatusCode::kUnavailable);
  follower->Stop();
  EXPECT_EQ(read("9999"), absl::StatusCode::kNotFound);
}

TEST_F(FollowerTest, AdoptedMunicipalityIsEmptyAndThenFollowed) {
  std::unique_ptr<Follower> follower = Started();
  EXPECT_EQ(follower->Read("0127", 0, clock_.Now(), [](const Fold&, uint64_t) {}).code(),
            absl::StatusCode::kNotFound);
  follower->Adopt("0127");
  follower->Adopt("0127");
  EXPECT_EQ(StateAt(*follower, "0127", 0), ToyFold().Serialize());
  ExpectFollows(*follower, "0127");
}

TEST_F(FollowerTest, ParksWhatCannotBeTakenInAndGoesOn) {
  Append("0127", "a");
  Append("0127", "damaged");
  log_.Damage("0127", Stream::kFacts, 2);
  AppendBytes("0127", "\xff not a fact");
  Append("0127", "refused", 9);
  event::v1::Event stray = Reported("stray");
  stray.set_kommun("0180");
  AppendBytes("0127", stray.SerializeAsString());
  Append("0127", "z");

  std::unique_ptr<Follower> follower = Started();
  ASSERT_EQ(follower->Read("0127", 6, absl::InfiniteFuture(),
                           [](const Fold& fold, uint64_t) {
                             const auto& toy = static_cast<const ToyFold&>(fold);
                             EXPECT_EQ(toy.incidents(), 2u);
                             EXPECT_TRUE(toy.Has("a") && toy.Has("z"));
                           }),
            absl::OkStatus());
  EXPECT_EQ(ProgressOf(*follower, "0127").parked, 4);
  std::vector<std::pair<uint64_t, std::string>> parked;
  for (const auto& one : log_.parked()) parked.emplace_back(one.entry.seq, one.reason);
  EXPECT_THAT(parked,
              ElementsAre(std::pair(2, "checksum does not match"), std::pair(3, "not decodable"),
                          std::pair(4, "severity 9"), std::pair(5, "a fact of municipality 0180")));
}

TEST_F(FollowerTest, ParksALiveFactAndGoesOn) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  Append("0127", "refused", 9);
  ExpectFollows(*follower, "0127");
  EXPECT_EQ(ProgressOf(*follower, "0127").parked, 1);
  EXPECT_EQ(ProgressOf(*follower, "0127").gaps, 0);
}

TEST_F(FollowerTest, GoesOnWhenAFactCannotBePutAside) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  log_.FailReads(true);
  Append("0127", "refused", 9);
  EXPECT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").parked == 1; }));
  log_.FailReads(false);
  EXPECT_TRUE(log_.parked().empty());
  ExpectFollows(*follower, "0127");
}

TEST_F(FollowerTest, StopsFollowingALogThatLosesItsTailAndThatOneAlone) {
  Append("0127", "a");
  Append("0127", "b");
  Append("0180", "a");
  std::unique_ptr<Follower> follower = Started();
  log_.LoseTail("0127", Stream::kFacts, 1);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").lost; }));
  EXPECT_EQ(follower->Read("0127", 0, clock_.Now(), [](const Fold&, uint64_t) {}).code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(follower->StateHash("0127").status().code(), absl::StatusCode::kDataLoss);
  ExpectFollows(*follower, "0180");
  follower->Stop();
  EXPECT_FALSE(log_.LoadSnapshot("0127", "toy")->has_value());
}

TEST_F(FollowerTest, EndsOneMunicipalityWhoseLogLostItsTailAndWentOn) {
  Append("0127", "a");
  Append("0127", "b");
  std::unique_ptr<Follower> follower = Started();
  log_.LoseTail("0127", Stream::kFacts, 1);
  AppendUnheard("0127", "c");  // at b's number
  AppendUnheard("0127", "d");
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").lost; }));
  const absl::Status status = follower->Read("0127", 0, clock_.Now(), [](const Fold&, uint64_t) {});
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("another fact at 2"));
}

TEST_F(FollowerTest, HearsFromTheBusThatItsLogLostItsTailAndWentOn) {
  Append("0127", "a");
  Append("0127", "b");
  std::unique_ptr<Follower> follower = Started();
  log_.LoseTail("0127", Stream::kFacts, 1);
  Append("0127", "c");
  EXPECT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").lost; }));
}

TEST_F(FollowerTest, KnowsHowOldItsStateIs) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  EXPECT_EQ(follower->AgeOf("0180"), absl::InfiniteDuration());
  log_.FailReads(true);
  clock_.Advance(absl::Minutes(1));
  EXPECT_GE(follower->AgeOf("0127"), absl::Minutes(1));
  log_.FailReads(false);
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Eventually([&] { return follower->AgeOf("0127") < absl::Seconds(1); }));
}

TEST_F(FollowerTest, AnswersFromMemoryWhileTheLogIsAwayAndCatchesUpAfterwards) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  const std::string state = StateAt(*follower, "0127", 1);
  const absl::Time checked = ProgressOf(*follower, "0127").checked;
  log_.FailReads(true);
  AppendUnheard("0127", "b");
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(StateAt(*follower, "0127", 0), state);
  EXPECT_EQ(ProgressOf(*follower, "0127").checked, checked);
  log_.FailReads(false);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").position == 2; }));
  EXPECT_GT(ProgressOf(*follower, "0127").checked, checked);
}

// A look that finds the log where the fold stands is all that is asked.
TEST_F(FollowerTest, ReadsNothingWhereNothingIsNew) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  ExpectFollows(*follower, "0127");
  const int before = log_.reads();
  for (int look = 0; look < 3; ++look) {
    const absl::Time checked = ProgressOf(*follower, "0127").checked;
    // Again and again: a moment that comes while the follower looks is passed over.
    ASSERT_TRUE(Eventually([&] {
      clock_.Advance(absl::Seconds(1));
      return ProgressOf(*follower, "0127").checked > checked;
    }));
  }
  EXPECT_EQ(log_.reads(), before);
}

TEST_F(FollowerTest, AClockThatIsSetBackDoesNotHoldUpTheLook) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  for (const absl::Duration step : {-absl::Hours(1), absl::Hours(2)}) {
    clock_.Step(step);
    const uint64_t lost = AppendUnheard("0127", absl::StrCat("lost", absl::FormatDuration(step)));
    clock_.Advance(absl::Seconds(1));
    ASSERT_TRUE(Eventually([&] { return ProgressOf(*follower, "0127").position == lost; })) << step;
    const absl::Duration age = clock_.Steady() - ProgressOf(*follower, "0127").checked;
    EXPECT_LE(age, absl::Seconds(1)) << step;
  }
}

// While nobody needs it, nothing wakes it before the next look; a reader, a stranger and the end
// do.
TEST_F(FollowerTest, SleepsUntilSomebodyNeedsIt) {
  Append("0127", "a");
  std::atomic<int64_t> wait = 0;  // seconds
  Follower follower(
      {.name = "toy", .look = absl::Hours(1)},
      [](const std::string&) { return std::make_unique<ToyFold>(); }, log_,
      std::make_unique<ListenedTo>(bus_.Subscribe(), wait), clock_);
  ASSERT_EQ(follower.Start(), absl::OkStatus());
  const auto sleeps = [&] { return wait > 1800; };
  EXPECT_TRUE(Eventually(sleeps));
  const uint64_t lost = AppendUnheard("0127", "b");
  EXPECT_EQ(StateAt(follower, "0127", lost), Refolded("0127"));
  EXPECT_TRUE(Eventually(sleeps));
  AppendUnheard("0180", "c");
  EXPECT_EQ(StateAt(follower, "0180", 1), Refolded("0180"));
  EXPECT_TRUE(Eventually(sleeps));
  follower.Stop();
}

TEST_F(FollowerTest, AMunicipalityHeardOfWhileTheLogIsAwayIsReadLater) {
  std::unique_ptr<Follower> follower = Started();
  log_.FailReads(true);
  Append("0180", "a");
  ASSERT_TRUE(Eventually([&] { return follower->Municipalities().size() == 1; }));
  EXPECT_EQ(ProgressOf(*follower, "0180").position, 0);
  log_.FailReads(false);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(StateAt(*follower, "0180", 1), Refolded("0180"));
}

TEST_F(FollowerTest, WhenAnswersOnceTheNumberIsReached) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  std::atomic<uint64_t> reached = 0;
  follower->When("0127", 2, absl::InfiniteFuture(),
                 [&](const absl::Status&, const Fold*, uint64_t position) { reached = position; });
  EXPECT_EQ(reached, 0);
  Append("0127", "b");
  EXPECT_TRUE(Eventually([&] { return reached == 2; }));
}

TEST_F(FollowerTest, WhenGivesUpAtItsDeadline) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  std::atomic<bool> answered = false;
  absl::Status answer;
  follower->When("0127", 2, clock_.Now() + absl::Seconds(5),
                 [&](const absl::Status& status, const Fold* fold, uint64_t) {
                   EXPECT_EQ(fold, nullptr);
                   answer = status;
                   answered = true;
                 });
  clock_.Advance(absl::Seconds(4));
  EXPECT_FALSE(answered);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Eventually([&] { return answered.load(); }));
  EXPECT_EQ(answer.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(FollowerTest, StopAnswersThoseWhoWait) {
  Append("0127", "a");
  std::unique_ptr<Follower> follower = Started();
  absl::Status answer;
  follower->When("0127", 2, absl::InfiniteFuture(),
                 [&](const absl::Status& status, const Fold*, uint64_t) { answer = status; });
  follower->Stop();
  EXPECT_EQ(answer.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(StateAt(*follower, "0127", 1), Refolded("0127"));
  EXPECT_EQ(StateAt(*follower, "0127", 2), absl::UnavailableError("stopping").ToString());
}

TEST_F(FollowerTest, TwoFollowersHaveTheSameHash) {
  std::unique_ptr<Follower> live = Started();
  live->Adopt("0127");
  for (int i = 0; i < 5; ++i) Append("0127", absl::StrCat(i));
  StateAt(*live, "0127", 5);
  std::unique_ptr<Follower> late = Started();
  const auto hash = live->StateHash("0127");
  ASSERT_TRUE(hash.ok());
  EXPECT_EQ(hash->first, 5);
  EXPECT_EQ(hash->second.size(), 64);
  EXPECT_EQ(*hash, late->StateHash("0127").value());
  EXPECT_EQ(live->StateHash("9999").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace vaka::fold
