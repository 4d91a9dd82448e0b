// Whatever the bus does and whenever a process ends, all folds of a log are equal byte for byte.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/fold/follower.h"
#include "tests/support/memory_bus/memory_bus.h"
#include "tests/support/memory_log/memory_log.h"
#include "tests/support/toy_fold/toy_fold.h"

namespace vaka::fold {
namespace {

constexpr int kRounds = 20;
constexpr int kSteps = 120;
constexpr int kReplicas = 3;
const char* const kKommuns[] = {"0127", "0180", "1480"};

uint64_t Seed() {
  uint64_t seed = 0;
  const char* given = std::getenv("VAKA_SEED");
  if (given == nullptr || !absl::SimpleAtoi(given, &seed)) {
    seed = static_cast<uint64_t>(absl::ToUnixNanos(absl::Now()));
  }
  return seed;
}

// A log, a bus that loses, repeats and reorders, and replicas that stop and start.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed), log_(bus_.publisher()) {
    for (int i = 0; i < kReplicas; ++i) replicas_.push_back(StartReplica(i));
  }

  void Step() {
    switch (random_.Below(8)) {
      case 0:
        clock_.Advance(absl::Milliseconds(static_cast<int64_t>(random_.Below(1500))));
        break;
      case 1:
        Restart(random_.Below(kReplicas));
        break;
      case 2:
        bus_.LoseAll(random_.Chance(0.5));
        break;
      default:
        Append();
    }
  }

  // Hash and position of every replica, and of a fold that reads the log once from its start.
  void ExpectEqual() {
    bus_.LoseAll(false);
    std::unique_ptr<Follower> fresh = New("fresh", 1'000'000);
    ASSERT_EQ(fresh->Start(), absl::OkStatus());
    for (const std::string& kommun : fresh->Municipalities()) {
      const uint64_t head = log_.Head(kommun, log::Stream::kFacts).value();
      const auto expected = fresh->StateHash(kommun);
      ASSERT_TRUE(expected.ok());
      ASSERT_EQ(expected->first, head);
      for (const auto& replica : replicas_) {
        // A replica that never heard of the municipality finds it at the next look.
        while (!replica->Read(kommun, head, absl::InfiniteFuture(), [](const Fold&, uint64_t) {})
                    .ok()) {
          clock_.Advance(absl::Seconds(1));
        }
        EXPECT_EQ(replica->StateHash(kommun).value(), *expected) << kommun;
      }
    }
  }

  uint64_t gaps() const {
    uint64_t gaps = ended_gaps_;
    for (const auto& replica : replicas_) gaps += GapsOf(*replica);
    return gaps;
  }

 private:
  std::unique_ptr<Follower> New(const std::string& name, uint64_t snapshot_every) {
    FollowerOptions options;
    options.name = name;
    options.snapshot_every = snapshot_every;
    auto source = std::make_unique<bus::LossySource>(bus_.Subscribe(), random_.Next(),
                                                     bus::LossySource::Faults{});
    return std::make_unique<Follower>(
        options, [](const std::string&) { return std::make_unique<ToyFold>(); }, log_,
        std::move(source), clock_);
  }

  // Two of the three share their snapshots, as replicas of one service do.
  std::unique_ptr<Follower> StartReplica(int i) {
    auto replica = New(i == 0 ? "alone" : "shared", 1 + random_.Below(20));
    EXPECT_EQ(replica->Start(), absl::OkStatus());
    return replica;
  }

  void Restart(uint64_t i) {
    replicas_[i]->Stop();
    ended_gaps_ += GapsOf(*replicas_[i]);
    replicas_[i] = StartReplica(static_cast<int>(i));
  }

  static uint64_t GapsOf(const Follower& follower) {
    uint64_t gaps = 0;
    for (const Progress& progress : follower.ProgressOfAll()) gaps += progress.gaps;
    return gaps;
  }

  void Append() {
    std::vector<std::string> facts;
    for (uint64_t n = 1 + random_.Below(4); n > 0; --n) {
      const std::string id = absl::StrCat("i", random_.Below(30));
      const auto severity = static_cast<uint32_t>(1 + random_.Below(9));  // 9 is refused: parked
      facts.push_back(random_.Chance(0.03) ? "\xff" : Reported(id, severity).SerializeAsString());
    }
    const absl::StatusOr<log::Appended> appended =
        log_.AppendNow({.kommun = kKommuns[random_.Below(std::size(kKommuns))],
                        .idempotency_key = absl::StrCat("k", ++keys_),
                        .facts = facts});
    ASSERT_TRUE(appended.ok()) << appended.status();
  }

  bus::SplitMix random_;
  FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  bus::MemoryBus bus_;
  log::MemoryLog log_;
  std::vector<std::unique_ptr<Follower>> replicas_;
  uint64_t ended_gaps_ = 0;
  int keys_ = 0;
};

TEST(FoldPropertyTest, AllFoldsOfALogAreEqualWhateverTheBusDoes) {
  const uint64_t seed = Seed();
  std::cout << "VAKA_SEED=" << seed << std::endl;
  uint64_t gaps = 0;
  for (uint64_t round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(absl::StrCat("VAKA_SEED=", seed, ", round ", round));
    World world(seed + round);
    for (int step = 0; step < kSteps; ++step) world.Step();
    world.ExpectEqual();
    gaps += world.gaps();
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(gaps, 0u) << "the bus lost nothing, so nothing was shown";
}

}  // namespace
}  // namespace vaka::fold
