// The whole system under its load, with a mail server and an SMS gateway that do everything wrong
// in turn and at random.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/fault/house/load.h"
#include "tests/fault/house/verdict.h"
#include "tests/fault/judge/history.h"
#include "tests/fault/judge/seed.h"

namespace vaka::fault {
namespace {

using sink::SmsVerdict;
using sink::SmtpAction;
using sink::SmtpStage;

// Answers at random, as often as `share` says, with one of what goes wrong. Thread-safe.
class Moods final {
 public:
  explicit Moods(uint64_t seed) : random_(seed) {}

  SmtpAction Mail(SmtpStage stage) {
    const uint64_t draw = Draw();
    switch (stage) {
      case SmtpStage::kGreeting:
        return draw < 5 ? SmtpAction{SmtpAction::kReply, "421 too busy"} : SmtpAction{};
      case SmtpStage::kRecipient:
        return draw < 10 ? SmtpAction{SmtpAction::kReply, "450 try later"} : SmtpAction{};
      case SmtpStage::kMessage:
        if (draw < 4) return {SmtpAction::kDrop, ""};
        return draw < 8 ? SmtpAction{SmtpAction::kReply, "452 full"} : SmtpAction{};
      default:
        return {};
    }
  }

  SmsVerdict Sms() {
    const uint64_t draw = Draw();
    if (draw < 4) return {.cut = true};
    if (draw < 8) return {.status = 500};
    if (draw < 12) return {.status = 429, .retry_after_seconds = 1};
    if (draw < 30) return {.receipts = {"delivered", "failed", "delivered"}};
    if (draw < 40) return {.receipts = {"failed", "failed"}};
    return {};
  }

 private:
  uint64_t Draw() {
    absl::MutexLock lock(&mu_);
    return random_() % 100;
  }

  absl::Mutex mu_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mu_);
};

TEST(HouseProvidersFaultTest, MisbehavingProvidersLoseNothingAndDoubleOnlyWhatNobodyKnows) {
  SystemClock clock;
  History history(clock);
  House house({.processes = OnePerTarget()}, history);
  ASSERT_TRUE(house.Start().ok());
  Load load(house, {.reporters = 2,
                    .patrols = 0,
                    .pause = absl::Milliseconds(100),
                    .alerting = 0.6,
                    .corrected = 0.2,
                    .withdrawn = 0.1,
                    .seed = Seed()});
  load.Start();
  ASSERT_TRUE(load.AwaitAcknowledged(30));

  Moods moods(Seed());
  const size_t mood = history.FaultBegins("moods", "providers");
  house.providers().SetMail(
      [&moods](SmtpStage stage, const std::string&) { return moods.Mail(stage); });
  house.providers().SetSms([&moods](const std::string&) { return moods.Sms(); });
  EXPECT_TRUE(load.AwaitAcknowledged(150));

  const size_t away = history.FaultBegins("away", "providers");
  house.providers().StopMail();
  house.providers().StopSms();
  EXPECT_TRUE(load.AwaitAcknowledged(60)) << "reports are taken while nobody can be told";
  ASSERT_TRUE(house.providers().StartMail().ok());
  ASSERT_TRUE(house.providers().StartSms().ok());
  history.FaultEnds(away);
  EXPECT_TRUE(load.AwaitAcknowledged(100));

  house.providers().SetMail({});
  house.providers().SetSms({});
  history.FaultEnds(mood);
  load.Stop();
  const LoadCounts counts = load.counts();
  EXPECT_EQ(counts.unknown, 0U);
  const absl::Status settled = Settle(house, absl::Minutes(10));  // a repeat waits two minutes
  EXPECT_TRUE(settled.ok()) << settled;
  const Verdict verdict = CloseAndJudge(house, Seed());
  std::cout << counts.acknowledged << " acknowledged, " << verdict.counts.handed_over
            << " handed over, " << verdict.counts.repeated_with_excuse
            << " twice because nobody knew, " << verdict.counts.not_sent_with_reason
            << " not sent, with a reason\n";
  EXPECT_GT(verdict.counts.handed_over, 50U);
}

}  // namespace
}  // namespace vaka::fault
