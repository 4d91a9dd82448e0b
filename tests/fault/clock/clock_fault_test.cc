// Somebody sets the machine's clock an hour forward and back, under steady work. Nothing is lost or
// done twice, nothing waits for an hour, and nothing runs wild.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "libs/base/time.h"
#include "libs/log/redis_log.h"
#include "libs/redis/client.h"
#include "services/vaka/folds.h"
#include "tests/fault/clock/machine_clock.h"
#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

// Generous; a wait that had become an hour would show all the same.
constexpr absl::Duration kSoon = absl::Minutes(1);

class ClockFaultTest : public testing::Test {
 protected:
  void Begin(HouseOptions options) {
    options.environment = machine_.environment();
    house_ = std::make_unique<House>(std::move(options), history_);
    // The town is of old: a role that began within the hour has not begun yet where the clock is an
    // hour behind.
    machine_.Set(-absl::Hours(2));
    const absl::Status started = house_->Start();
    ASSERT_TRUE(started.ok()) << started;
    machine_.Set(absl::ZeroDuration());
    redis_ = redis::Client::Make({.urls = house_->redis_url()}, clock_).value();
    log_ = log::RedisLog::Open(*redis_, {}, clock_).value();
    load_ = std::make_unique<Load>(*house_, LoadOptions{.seed = Seed()});
    load_->Start();
    ASSERT_TRUE(load_->AwaitAcknowledged(20));
  }

  // Work goes on and people are told, soon; every fold is at its log's head.
  void ExpectGoesOn(const std::string& when) {
    SCOPED_TRACE(when);
    const size_t told = history_.accepted_messages();
    EXPECT_TRUE(load_->AwaitAcknowledged(30, kSoon));
    EXPECT_TRUE(redis::Eventually([&] { return history_.accepted_messages() > told + 5; }, kSoon))
        << "nobody is told";
    for (const auto& process : house_->processes()) {
      for (const FoldKind& kind : AllFolds()) {
        const std::string age = absl::StrCat("vaka_fold_age_seconds{fold=\"", kind.name, "\"}");
        EXPECT_TRUE(redis::Eventually([&] { return process->Metric(age) < 2; }))
            << process->name() << ": " << kind.name;
      }
    }
  }

  void Set(absl::Duration ahead) {
    history_.FaultEnds(history_.FaultBegins("clock set", absl::FormatDuration(ahead)));
    machine_.Set(ahead);
    // abseil asks the machine for its time of day every two seconds and counts cycles in between.
    EXPECT_TRUE(redis::Eventually([&] { return RecordedAhead(ahead); }, kSoon))
        << "the clock was never set";
    ExpectGoesOn(absl::StrCat("the clock is ", absl::FormatDuration(ahead), " ahead"));
  }

  // Seconds of processor that all processes have used.
  double Used() const {
    double used = 0;
    for (const auto& process : house_->processes()) {
      std::ifstream stat(absl::StrCat("/proc/", process->pid(), "/stat"));
      std::string word;
      for (int field = 1; field <= 15 && stat >> word; ++field) {
        if (field >= 14) used += std::stod(word) / static_cast<double>(sysconf(_SC_CLK_TCK));
      }
    }
    return used;
  }

  // Facts keep the time of day that they were recorded at; their order is their numbers' alone.
  bool RecordedAhead(absl::Duration ahead) {
    const auto head = log_->Head(House::kKommun, log::Stream::kFacts);
    if (!head.ok() || *head == 0) return false;
    const auto last = log_->Read(House::kKommun, log::Stream::kFacts, *head - 1, 1);
    event::v1::Event event;
    if (!last.ok() || last->empty() || !event.ParseFromString(last->front().bytes)) return false;
    return absl::AbsDuration(FromProto(event.recorded_at()) - clock_.Now() - ahead) <
           absl::Minutes(5);
  }

  Verdict End() {
    load_->Stop(absl::Minutes(1));
    EXPECT_EQ(load_->counts().unknown, 0u);
    EXPECT_EQ(load_->counts().stale, 0u);
    return CloseAndJudge(*house_, Seed());
  }

  SystemClock clock_;
  History history_{clock_};
  MachineClock machine_;
  std::unique_ptr<House> house_;
  std::unique_ptr<redis::Client> redis_;
  std::unique_ptr<log::RedisLog> log_;
  std::unique_ptr<Load> load_;
};

TEST_F(ClockFaultTest, AnHourForwardAndBackLosesAndDoublesNothing) {
  Begin({.own_redis = true});  // its clock is set as well
  Set(absl::Hours(1));
  Set(absl::ZeroDuration());
  Set(-absl::Hours(1));

  // At rest it does not spin: every wait still waits.
  load_->Pause();
  const double before = Used();
  clock_.SleepFor(absl::Seconds(3), {});
  EXPECT_LT(Used() - before, 1.5) << "of three seconds at rest";
  load_->Resume();

  Set(absl::ZeroDuration());
  End();
}

}  // namespace
}  // namespace vaka::fault
