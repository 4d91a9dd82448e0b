#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/fold/follower.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fold {

// A log and a bus in memory, and followers with toy folds on them.
class FollowerFixture : public testing::Test {
 protected:
  FollowerFixture() : clock_(absl::FromUnixSeconds(1'800'000'000)), log_(bus_.publisher()) {}

  std::unique_ptr<Follower> New(FollowerOptions options = {}) {
    if (options.name.empty()) options.name = "toy";
    return std::make_unique<Follower>(
        options, [](const std::string&) { return std::make_unique<ToyFold>(); }, log_,
        bus_.Subscribe(), clock_);
  }

  std::unique_ptr<Follower> Started(FollowerOptions options = {}) {
    std::unique_ptr<Follower> follower = New(std::move(options));
    EXPECT_EQ(follower->Start(), absl::OkStatus());
    return follower;
  }

  uint64_t AppendBytes(const std::string& kommun, std::string bytes) {
    const absl::StatusOr<log::Appended> appended = log_.AppendNow(
        {.kommun = kommun, .idempotency_key = absl::StrCat("k", ++keys_), .facts = {bytes}});
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.ok() ? appended->last : 0;
  }

  uint64_t Append(const std::string& kommun, const std::string& id, uint32_t severity = 3) {
    event::v1::Event event = Reported(id, severity);
    event.set_kommun(kommun);
    return AppendBytes(kommun, event.SerializeAsString());
  }

  uint64_t AppendUnheard(const std::string& kommun, const std::string& id) {
    bus_.LoseAll(true);
    const uint64_t seq = Append(kommun, id);
    bus_.LoseAll(false);
    return seq;
  }

  // The state's bytes once it holds `at_least`.
  std::string StateAt(Follower& follower, const std::string& kommun, uint64_t at_least) {
    std::string state;
    const absl::Status status =
        follower.Read(kommun, at_least, absl::InfiniteFuture(),
                      [&](const Fold& fold, uint64_t) { state = fold.Serialize(); });
    return status.ok() ? state : status.ToString();
  }

  // A new fact reaches the follower, and its state is the log's.
  void ExpectFollows(Follower& follower, const std::string& kommun) {
    const uint64_t seq = Append(kommun, "more");
    const std::string state = StateAt(follower, kommun, seq);
    EXPECT_EQ(state, Refolded(kommun));
  }

  static Progress ProgressOf(const Follower& follower, const std::string& kommun) {
    for (const Progress& progress : follower.ProgressOfAll()) {
      if (progress.kommun == kommun) return progress;
    }
    return {};
  }

  // The state that the log gives to a follower that never saw anything else.
  std::string Refolded(const std::string& kommun) {
    FollowerOptions options;
    options.name = absl::StrCat("fresh-", ++keys_);
    std::unique_ptr<Follower> follower = Started(options);
    return StateAt(*follower, kommun, 0);
  }

  FakeClock clock_;
  bus::MemoryBus bus_;
  log::MemoryLog log_;
  int keys_ = 0;
};

}  // namespace vaka::fold
