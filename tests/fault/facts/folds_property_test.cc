// Any history: a state that was restored from snapshots on its way is byte for byte the state that
// never was, in every fold of every service.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "services/vaka/folds.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fuzz/tape.h"
#include "tests/support/alert_town/alert_town.h"
#include "tests/support/memory_bus/memory_bus.h"

namespace vaka::fault {
namespace {

constexpr int kHistories = 60;
constexpr size_t kFacts = 60;
constexpr size_t kTapeBytes = 24000;
constexpr double kRestart = 0.15;

// A town as it should be, and then whatever may come.
std::vector<event::v1::Event> HistoryFrom(bus::SplitMix& random) {
  std::vector<event::v1::Event> facts = {testing::TownConfigured(),
                                         testing::TownArea("a-1", "Ettan", "alby"),
                                         testing::TownArea("a-2", "Tvåan", "tullinge")};
  for (const char* person : {"p-1", "p-2"}) {
    for (const event::v1::Event& fact : testing::TownPersonFacts({.id = person, .area = "a-1"})) {
      facts.push_back(fact);
    }
  }
  const absl::Time noon = testing::TownNoon();
  intake::v1::Incident incident = testing::TownIncident("i-1", noon);
  facts.push_back(testing::Reported(incident));
  incident.set_source_ref("police:1");
  facts.push_back(testing::Corrected(incident));
  std::string bytes(kTapeBytes, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Next());
  fuzz::Tape tape(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  while (facts.size() < kFacts) facts.push_back(fuzz::FactFrom(tape, 0));
  for (size_t i = 0; i < facts.size(); ++i) facts[i].set_seq(i + 1);
  return facts;
}

TEST(FoldsPropertyTest, ARestoredStateIsTheStateThatNeverWas) {
  bus::SplitMix random(Seed());
  std::map<std::string, uint64_t> taken;
  uint64_t restarts = 0;
  for (int round = 0; round < kHistories; ++round) {
    const std::vector<event::v1::Event> facts = HistoryFrom(random);
    for (const FoldKind& kind : AllFolds()) {
      SCOPED_TRACE(kind.name);
      const auto straight = kind.make();
      auto restarted = kind.make();
      for (const event::v1::Event& fact : facts) {
        const std::string before = straight->Serialize();
        const bool ok = straight->Apply(fact).ok();
        const std::string after = straight->Serialize();
        ASSERT_EQ(restarted->Apply(fact).ok(), ok) << fact.ShortDebugString();
        ASSERT_EQ(restarted->Serialize(), after) << fact.ShortDebugString();
        if (!ok) {
          ASSERT_EQ(after, before) << "refused: " << fact.ShortDebugString();
        }
        if (after != before) ++taken[kind.name];
        if (!random.Chance(kRestart)) continue;
        ++restarts;
        restarted = kind.make();
        ASSERT_TRUE(restarted->Restore(after).ok());
        ASSERT_EQ(restarted->Serialize(), after);
      }
    }
  }
  // Else the histories say nothing of it. Deliveries are the rarest, about one a history; of 400
  // seeds none had fewer than 38.
  for (const FoldKind& kind : AllFolds()) EXPECT_GT(taken[kind.name], 20u) << kind.name;
  taken["restarts"] = restarts;
  ReportCounts(taken, Seed());
}

}  // namespace
}  // namespace vaka::fault
