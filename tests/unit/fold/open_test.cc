#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/fold/follower_fixture.h"

namespace vaka::fold {
namespace {

constexpr char kKommun[] = "0127";
constexpr int kLong = 7000;  // several pages

using testing::AllOf;
using testing::Each;
using testing::Eq;
using testing::SizeIs;

// Followers of one process, which are opened together.
class OpenTest : public FollowerFixture {
 protected:
  void AppendMany(int facts) {
    for (int i = 0; i < facts; ++i) Append(kKommun, absl::StrCat("i", ++incidents_));
  }

  Follower& Add(const std::string& name) {
    FollowerOptions options;
    options.name = name;
    options.snapshot_every = 1'000'000;
    followers_.push_back(New(options));
    return *followers_.back();
  }

  absl::Status Open() {
    std::vector<Follower*> all;
    for (const auto& follower : followers_) all.push_back(follower.get());
    return Follower::Open(all);
  }

  // Their states, once all have started.
  std::vector<std::string> States() {
    std::vector<std::string> states;
    for (const auto& follower : followers_) {
      EXPECT_EQ(follower->Start(), absl::OkStatus());
      states.push_back(StateAt(*follower, kKommun, 0));
    }
    return states;
  }

  std::vector<std::unique_ptr<Follower>> followers_;
  int incidents_ = 0;
};

TEST_F(OpenTest, ALongLogIsReadOnceForAll) {
  AppendMany(kLong);
  for (const char* name : {"a", "b", "c"}) Add(name);
  const int before = log_.reads();
  ASSERT_EQ(Open(), absl::OkStatus());
  // Four pages, the last of them not full.
  EXPECT_EQ(log_.reads() - before, 4);
  const std::string state = Refolded(kKommun);
  EXPECT_THAT(States(), AllOf(SizeIs(3), Each(Eq(state))));
}

TEST_F(OpenTest, EachGoesOnFromItsSnapshot) {
  AppendMany(2500);
  ASSERT_EQ(Add("early").Start(), absl::OkStatus());
  followers_.clear();  // saves
  AppendMany(kLong);
  ASSERT_EQ(Add("later").Start(), absl::OkStatus());
  followers_.clear();
  AppendMany(kLong);
  for (const char* name : {"early", "never", "later"}) Add(name);
  ASSERT_EQ(Open(), absl::OkStatus());
  const std::string state = Refolded(kKommun);
  EXPECT_THAT(States(), AllOf(SizeIs(3), Each(Eq(state))));
  for (const auto& follower : followers_) EXPECT_EQ(ProgressOf(*follower, kKommun).parked, 0U);
}

TEST_F(OpenTest, DamagedAndForeignFactsAreParkedByEach) {
  AppendMany(3000);
  AppendBytes(kKommun, "no fact");
  const uint64_t damaged = Append(kKommun, "damaged");
  log_.Damage(kKommun, log::Stream::kFacts, damaged);
  AppendMany(3000);
  for (const char* name : {"a", "b"}) Add(name);
  ASSERT_EQ(Open(), absl::OkStatus());
  EXPECT_THAT(States(), Each(Eq(Refolded(kKommun))));
  for (const auto& follower : followers_) EXPECT_EQ(ProgressOf(*follower, kKommun).parked, 2U);
}

TEST_F(OpenTest, ALogThatLostItsTailIsRefused) {
  AppendMany(3000);
  ASSERT_EQ(Add("a").Start(), absl::OkStatus());
  followers_.clear();
  log_.LoseTail(kKommun, log::Stream::kFacts, 2900);
  for (const char* name : {"a", "b"}) Add(name);
  EXPECT_TRUE(absl::IsDataLoss(Open()));
}

TEST_F(OpenTest, ALogThatCannotBeReadIsAnError) {
  AppendMany(kLong);
  for (const char* name : {"a", "b"}) Add(name);
  log_.FailReads(true);
  EXPECT_TRUE(absl::IsUnavailable(Open()));
}

}  // namespace
}  // namespace vaka::fold
