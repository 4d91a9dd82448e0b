#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "libs/config/municipality.h"
#include "services/demo/history.h"
#include "services/demo/people.h"
#include "services/demo/random.h"
#include "services/demo/town.h"

namespace vaka::demo {
namespace {

constexpr uint64_t kSeed = 20121106;

TEST(RandomTest, IsSplitmix64) {
  Random random(1234567);
  EXPECT_EQ(random.Next(), 6457827717110365317u);
  EXPECT_EQ(random.Next(), 3203168211198807973u);
  EXPECT_EQ(random.Next(), 9817491932198370423u);
  Random uniform(20121106);
  EXPECT_DOUBLE_EQ(uniform.Uniform(), 0.7851969478824847);
  EXPECT_DOUBLE_EQ(uniform.Uniform(), 0.8691725733350933);
}

TEST(RandomTest, CountsHaveTheirMeanAndDispersion) {
  Random random(7);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 40000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = random.Overdispersed(4.0, 2.5);
    sum += x;
    squares += x * x;
  }
  const double mean = sum / kDraws;
  EXPECT_NEAR(mean, 4.0, 0.1);
  EXPECT_NEAR((squares / kDraws - mean * mean) / mean, 2.5, 0.15);
}

TEST(RandomTest, GammaKeepsItsMeanBelowAndAboveShapeOne) {
  for (const double shape : {0.3, 0.8, 1.0, 3.0}) {
    Random random(11);
    double sum = 0;
    for (int i = 0; i < 40000; ++i) sum += random.Gamma(shape, 2.0);
    EXPECT_NEAR(sum / 40000, 2.0, 0.1) << "shape " << shape;
  }
}

class DemoTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    config_ = new registry::v1::MunicipalityConfig(
        config::LoadMunicipality(VAKA_SOURCE_DIR "/deploy/config/botkyrka.yaml").value());
    parameters_ = new Parameters(LoadParameters().value());
    town_ = new Town(MakeTown(*config_, kSeed));
    absl::TimeZone zone;
    ASSERT_TRUE(absl::LoadTimeZone("Europe/Stockholm", &zone));
    options_ = new HistoryOptions{.seed = kSeed,
                                  .until = absl::FromCivil(absl::CivilHour(2026, 11, 20, 12), zone),
                                  .zone = zone};
    history_ = new History(MakeHistory(*town_, *parameters_, *options_));
  }

  static int Count(const std::string& district, const std::string& category, IsoWeek week) {
    int count = 0;
    for (const DemoReport& report : history_->reports) {
      count += report.district == district && report.category == category &&
               WeekOf(report.observed_to, options_->zone) == week;
    }
    return count;
  }

  inline static registry::v1::MunicipalityConfig* config_;
  inline static Parameters* parameters_;
  inline static Town* town_;
  inline static HistoryOptions* options_;
  inline static History* history_;
};

TEST_F(DemoTest, TownHasTheDocumentedSize) {
  EXPECT_EQ(town_->areas.size(), 255u);
  uint32_t households = 0;
  std::set<std::string> ids;
  std::set<std::string> names;
  for (const DemoArea& area : town_->areas) {
    households += area.households;
    ids.insert(area.area.id());
    names.insert(area.area.name());
  }
  EXPECT_NEAR(households, 19700, 400);
  EXPECT_EQ(ids.size(), 255u);
  EXPECT_EQ(names.size(), 255u);
}

TEST_F(DemoTest, PeopleHaveDistinctIdsAndPhonesSetAsideForFiction) {
  const std::vector<DemoPerson> people = MakePeople(*town_, kSeed);
  int contacts = 0;
  int patrollers = 0;
  std::set<std::string> ids;
  for (const DemoPerson& person : people) {
    ids.insert(person.id);
    patrollers += person.role == options::v1::ROLE_PATROLLER;
    contacts += !person.area.empty();
    EXPECT_THAT(person.contact.phone(),
                testing::MatchesRegex("\\+46(70174|84650|31390|40628|98031).*"));
  }
  EXPECT_EQ(ids.size(), people.size());
  EXPECT_EQ(patrollers, 30);
  EXPECT_NEAR(contacts, 300, 45);
}

TEST_F(DemoTest, SameSeedSameHistoryAnotherSeedAnother) {
  const History again = MakeHistory(*town_, *parameters_, *options_);
  ASSERT_EQ(again.reports.size(), history_->reports.size());
  for (size_t i = 0; i < again.reports.size(); i += 97) {
    EXPECT_EQ(again.reports[i].key, history_->reports[i].key);
    EXPECT_EQ(again.reports[i].observed_from, history_->reports[i].observed_from);
    EXPECT_EQ(again.reports[i].point.lat(), history_->reports[i].point.lat());
  }
  HistoryOptions other = *options_;
  other.seed = 1;
  EXPECT_NE(MakeHistory(*town_, *parameters_, other).reports.size(), history_->reports.size());
}

TEST_F(DemoTest, LevelIsTheTablesOverTwoYears) {
  // 8 606 a year by the table; less what silent weeks and late reports take, more what near repeats
  // add.
  EXPECT_NEAR(static_cast<double>(history_->reports.size()), 2 * 8606, 2 * 8606 * 0.08);
}

TEST_F(DemoTest, NothingIsReportedBeforeItHappenedOrAfterTheEnd) {
  for (const DemoReport& report : history_->reports) {
    EXPECT_LE(report.observed_from, report.observed_to);
    EXPECT_LE(report.observed_to, report.reported_at);
    EXPECT_LE(report.reported_at, options_->until);
  }
}

TEST_F(DemoTest, KeysAreDistinct) {
  std::set<std::string> keys;
  for (const DemoReport& report : history_->reports)
    EXPECT_TRUE(keys.insert(report.key).second) << report.key;
}

TEST_F(DemoTest, SpikeStandsOutOfItsOwnYear) {
  const Truth::Spike& spike = history_->truth.spike;
  ASSERT_EQ(spike.added, 6);
  const int peak = Count(spike.cell.district, spike.cell.category, spike.week);
  double sum = 0;
  for (int i = 1; i <= 52; ++i)
    sum += Count(spike.cell.district, spike.cell.category, AddWeeks(spike.week, -i));
  EXPECT_GE(peak, 6);
  EXPECT_GT(peak, 4 * sum / 52 + 3);
}

TEST_F(DemoTest, ChainLiesWithinTwoHundredMetresAndFourteenDays) {
  const Truth::Chain& chain = history_->truth.chain;
  ASSERT_EQ(chain.keys.size(), 5u);
  std::vector<const DemoReport*> found;
  for (const DemoReport& report : history_->reports) {
    if (std::find(chain.keys.begin(), chain.keys.end(), report.key) != chain.keys.end())
      found.push_back(&report);
  }
  ASSERT_EQ(found.size(), 5u);
  for (const DemoReport* a : found) {
    for (const DemoReport* b : found) {
      EXPECT_LT(std::hypot((a->point.lat() - b->point.lat()) * 111320,
                           (a->point.lon() - b->point.lon()) * 57000),
                200);
      EXPECT_LE(absl::AbsDuration(a->observed_to - b->observed_to), absl::Hours(24 * 14));
    }
  }
}

TEST_F(DemoTest, MeasureTookAThirdAndMovedAFifthOfIt) {
  const Truth::Measure& measure = history_->truth.measure;
  ASSERT_GT(measure.prevented, 20);
  // Three standard deviations of a share of 0.2 in so few.
  EXPECT_NEAR(static_cast<double>(measure.moved) / measure.prevented, 0.2,
              3 * std::sqrt(0.2 * 0.8 / measure.prevented));
  int after = 0;
  for (const DemoReport& report : history_->reports) {
    after += report.district == measure.treated.district &&
             report.category == measure.treated.category &&
             WeekOf(report.observed_to, options_->zone) >= measure.first;
  }
  EXPECT_NEAR(static_cast<double>(measure.prevented) / (after + measure.prevented), 0.35, 0.12);
}

}  // namespace
}  // namespace vaka::demo
