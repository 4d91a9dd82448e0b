// Facts that cannot be taken in, and snapshots that cannot be used: put aside, counted, said, and
// nothing else stops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "libs/log/append_call.h"
#include "libs/log/keys.h"
#include "libs/log/redis_log.h"
#include "libs/redis/client.h"
#include "services/vaka/folds.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/collect.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/support/vaka_process/vaka_process.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::fault {
namespace {

using testing::HasSubstr;

// Appends as nobody should: no command, any bytes, any checksum.
constexpr char kPlant[] = R"lua(
  local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
  local head = tonumber(string.match(top[1][1], '^(%d+)'))
  redis.call('XADD', KEYS[1], string.format('%d-0', head + 1), 'f', ARGV[1], 'c', ARGV[2])
  return head + 1)lua";

class FactsFaultTest : public testing::Test {
 protected:
  void Begin() {
    house_ = std::make_unique<House>(HouseOptions{}, history_);
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
    load_ = std::make_unique<Load>(*house_, LoadOptions{.seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(20));
  }

  HouseProcess& process() { return *house_->processes().front(); }

  uint64_t Plant(const std::string& bytes, const std::string& checksum) {
    const std::string seq = house_->redis().Do(
        {"EVAL", kPlant, "1", log::LogKey(House::kKommun, log::Stream::kFacts), bytes, checksum});
    return std::stoull(seq);
  }

  double Of(const std::string& metric, const std::string& fold) {
    return process().Metric(absl::StrCat(metric, "{fold=\"", fold, "\"}"));
  }

  // Every fold of facts has put so many aside.
  void ExpectParked(double count) {
    for (const FoldKind& kind : AllFolds()) {
      if (kind.stream != log::Stream::kFacts) continue;
      EXPECT_TRUE(redis::Eventually([&] {
        return Of("vaka_fold_parked_total", kind.name) >= count;
      })) << kind.name
          << " has put aside " << Of("vaka_fold_parked_total", kind.name);
    }
  }

  std::string CheckText(int* code) {
    std::string output;
    *code =
        RunVaka({"check", "--data=" + house_->data(), "--redis=" + house_->redis_url()}, &output);
    return output;
  }

  // What the judge says of the house at rest.
  Verdict Close() {
    load_->Stop(absl::Minutes(1));
    EXPECT_EQ(load_->counts().unknown, 0u);
    EXPECT_EQ(load_->counts().stale, 0u);
    const absl::Status settled = Settle(*house_);
    EXPECT_TRUE(settled.ok()) << settled;
    const std::vector<StateHash> states = StatesOf(*house_).value();
    house_->Stop();
    const auto client = house_->redis().NewClient();
    const auto log = log::RedisLog::Open(*client, {}, clock_).value();
    return Judge(
        Collect(*log, *client, clock_, history_, {.baseline = {}, .states = states}).value());
  }

  SystemClock clock_;
  History history_{clock_};
  std::unique_ptr<House> house_;
  std::unique_ptr<Load> load_;
};

TEST_F(FactsFaultTest, AFactThatCannotBeTakenInIsPutAsideAndTheRestGoesOn) {
  Begin();
  const std::string garbage = "\xff\xff no fact";
  event::v1::Event nameless;  // decodes, and no fold of incidents can take it in
  nameless.set_kommun(House::kKommun);
  nameless.set_id("f-nameless");
  nameless.mutable_incident_reported()->mutable_incident()->set_category("graffiti");
  event::v1::Event foreign;
  foreign.set_kommun("0180");
  foreign.set_id("f-foreign");
  foreign.mutable_incident_withdrawn()->set_incident("inc-1");
  const std::string refused = nameless.SerializeAsString();
  const std::string elsewhere = foreign.SerializeAsString();

  const uint64_t one = Plant(garbage, log::Checksum(garbage));
  ASSERT_TRUE(load_->AwaitAcknowledged(10));
  const uint64_t two = Plant(refused, log::Checksum(refused));
  const uint64_t three = Plant(elsewhere, log::Checksum(elsewhere));
  const uint64_t four = Plant(refused, "oops");
  ASSERT_TRUE(load_->AwaitAcknowledged(20)) << "the load goes on";

  // Garbage, another's fact and the damaged one are nobody's; the nameless incident is refused by
  // those who keep incidents.
  ExpectParked(3);
  EXPECT_TRUE(redis::Eventually([&] { return Of("vaka_fold_parked_total", "intake") == 4; }));
  EXPECT_GE(std::stoull(house_->redis().Do({"XLEN", log::ParkedKey(House::kKommun)})), 3u * 6 + 1);
  int code = 0;
  const std::string found = CheckText(&code);
  EXPECT_NE(code, 0);
  EXPECT_THAT(found, HasSubstr(absl::StrCat(one, " does not decode")));
  EXPECT_THAT(found, HasSubstr(absl::StrCat(two, " is not taken in by intake")));
  EXPECT_THAT(found, HasSubstr(absl::StrCat(three, " is a fact of municipality 0180")));
  EXPECT_THAT(found, HasSubstr(absl::StrCat(four, " is damaged")));

  // Also a process that reads the log anew goes on behind them.
  process().Terminate();
  ASSERT_TRUE(process().Start().ok());
  ASSERT_TRUE(load_->AwaitAcknowledged(20));

  const Verdict verdict = Close();
  EXPECT_EQ(verdict.Of(Charge::kDamaged), 2u) << verdict;
  EXPECT_EQ(verdict.Of(Charge::kForeign), 2u) << verdict;
  EXPECT_EQ(verdict.findings.size(), 4u) << verdict;
  ReportCounts({{"planted", 4}, {"acknowledged", verdict.counts.acknowledged}}, Seed());
}

TEST_F(FactsFaultTest, ASnapshotOfAnUnknownVersionIsNotUsed) {
  Begin();
  load_->Pause();
  process().Terminate();
  const auto client = house_->redis().NewClient();
  const auto log = log::RedisLog::Open(*client, {}, clock_).value();
  for (const FoldKind& kind : AllFolds()) {
    const uint64_t head = log->Head(House::kKommun, kind.stream).value();
    const log::Snapshot later{.schema = kind.schema + 999, .position = head, .bytes = "of later"};
    ASSERT_TRUE(log->SaveSnapshot(House::kKommun, kind.name, later).ok());
  }
  ASSERT_TRUE(process().Start().ok());
  for (const FoldKind& kind : AllFolds()) {
    EXPECT_EQ(Of("vaka_fold_snapshots_ignored_total", kind.name), 1) << kind.name;
  }
  int code = 0;
  const std::string found = CheckText(&code);
  EXPECT_EQ(code, 0) << found;  // nothing is lost: the log is whole
  EXPECT_THAT(found, HasSubstr("intake: its snapshot has schema"));
  load_->Resume();
  ASSERT_TRUE(load_->AwaitAcknowledged(20));
  const Verdict verdict = Close();
  EXPECT_TRUE(verdict.ok()) << verdict;
  ReportCounts({{"snapshots", AllFolds().size()}, {"acknowledged", verdict.counts.acknowledged}},
               Seed());
}

}  // namespace
}  // namespace vaka::fault
