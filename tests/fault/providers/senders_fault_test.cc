// Two planners and ten senders on one municipality, where senders are lost at every step: each
// message is handed over once, and once more for each sender that was lost with it handed over.
#include <gmock/gmock.h>

#include <cstdio>
#include <random>

#include "absl/strings/str_cat.h"
#include "services/notifications/outbox_keys.h"
#include "services/notifications/sender.h"
#include "tests/fault/judge/report.h"
#include "tests/fault/judge/seed.h"
#include "tests/fault/providers/providers_fixture.h"

namespace vaka::fault {
namespace {

using notifications::Deliveries;
using notifications::Handover;
using notifications::Sender;

constexpr int kPeople = 40;
constexpr int kSenders = 10;

class LostSendersTest : public ProvidersTest {
 protected:
  enum class Step { kNone, kBeforeSending, kAfterSending };

  // What became of the messages, and where their senders are lost.
  struct Ledger {
    absl::Mutex mu;
    std::mt19937_64 random ABSL_GUARDED_BY(mu){Seed()};
    double lost ABSL_GUARDED_BY(mu) = 0;  // share of sendings that end with their sender
    std::map<std::string, int> handed ABSL_GUARDED_BY(mu);
    std::map<std::string, int> lost_after ABSL_GUARDED_BY(mu);  // sending, before recording
    int lost_before ABSL_GUARDED_BY(mu) = 0;                    // sending

    Step Take(const std::string& message) {
      absl::MutexLock lock(&mu);
      const bool ends = std::uniform_real_distribution<>()(random) < lost;
      if (ends && random() % 2 == 0) {
        ++lost_before;
        return Step::kBeforeSending;
      }
      ++handed[message];
      if (!ends) return Step::kNone;
      ++lost_after[message];
      return Step::kAfterSending;
    }
  };

  // A sender that is lost leaves its entry exactly as a dead one: taken, and never finished.
  class LosingChannel final : public notifications::Channel {
   public:
    explicit LosingChannel(Ledger& ledger) : ledger_(ledger) {}
    Handover Send(const notifications::Outgoing& outgoing, std::stop_token) override {
      Handover handover;
      const bool lost = ledger_.Take(outgoing.message) != Step::kNone;
      handover.result = lost ? Handover::Result::kStopped : Handover::Result::kSent;
      return handover;
    }

   private:
    Ledger& ledger_;
  };

  LostSendersTest() : links_(std::string(32, 'l')), sender_metrics_(sender_registry_) {}

  // A planner alone: a service whose senders have no threads.
  std::unique_ptr<notifications::App> Planner(runtime::Host& host) {
    notifications::Options options = FastOptions();
    options.workers = 0;
    auto planner = std::make_unique<notifications::App>(host, options);
    EXPECT_TRUE(planner->Start().ok());
    return planner;
  }

  std::unique_ptr<Sender> NewSender(notifications::App& folds, notifications::Outbox& outbox) {
    return std::make_unique<Sender>(
        notifications::SenderOptions{.channel = registry::v1::CHANNEL_EMAIL,
                                     .workers = 1,
                                     .retry = FastOptions().retry,
                                     .claim_after = claim_after_},
        Sender::Deps{.facts = folds.follower(),
                     .deliveries = folds.deliveries(),
                     .outbox = outbox,
                     .vault = vault_,
                     .links = links_,
                     .metrics = sender_metrics_,
                     .clock = clock_,
                     .public_url = "http://127.0.0.1:1",
                     .make_channel = [this] { return std::make_unique<LosingChannel>(ledger_); },
                     .sendable = [](const std::string&) {}});
  }

  // Reports, plans by two, sends by ten, until all are told; `meanwhile` runs while they do.
  void Run(int incidents, const std::function<void()>& meanwhile) {
    for (int i = 0; i < kPeople; ++i) Settle({.id = std::to_string(i)});
    const auto one = Planner(host_);
    const auto two = Planner(other_host_);
    notifications::Outbox outbox(*client_, bus_.publisher(), clock_);
    ASSERT_TRUE(outbox.Load().ok());
    std::vector<std::unique_ptr<Sender>> senders;
    for (int i = 0; i < kSenders; ++i) {
      senders.push_back(NewSender(i % 2 == 0 ? *one : *two, outbox));
      senders.back()->Start();
    }
    for (int i = 0; i < incidents; ++i) {
      intake::v1::Incident critical = testing::TownIncident(absl::StrCat("i", i), clock_.Now());
      critical.set_severity(5);
      Record({testing::Reported(critical)});
    }
    meanwhile();
    const size_t messages = static_cast<size_t>(incidents) * kPeople;
    EXPECT_TRUE(redis::Eventually([&] { return SentIn(*one) == messages; }, absl::Minutes(3)));
    for (const auto& sender : senders) sender->BeginStop();
    for (const auto& sender : senders) sender->Stop();
    two->Stop();
    one->Stop();
    CheckLedger(messages);
  }

  void CheckLedger(size_t messages) {
    absl::MutexLock lock(&ledger_.mu);
    EXPECT_EQ(ledger_.handed.size(), messages);
    int after = 0;
    for (const auto& [message, times] : ledger_.handed) {
      const auto lost = ledger_.lost_after.find(message);
      const int deaths = lost == ledger_.lost_after.end() ? 0 : lost->second;
      EXPECT_EQ(times, 1 + deaths) << message;
      after += deaths;
    }
    ReportCounts({{"messages", messages},
                  {"handed_over", messages + static_cast<size_t>(after)},
                  {"senders_lost_before", static_cast<size_t>(ledger_.lost_before)},
                  {"senders_lost_after", static_cast<size_t>(after)}},
                 Seed());
    std::printf("%zu messages, senders lost: %d before sending, %d after\n", messages,
                ledger_.lost_before, after);
  }

  static size_t SentIn(notifications::App& app) {
    size_t sent = 0;
    (void)app.deliveries().Read("0127", 0, SystemClock().Steady() + absl::Seconds(5),
                                [&](const fold::Fold& fold, uint64_t) {
                                  const auto& all = static_cast<const Deliveries&>(fold);
                                  for (const auto& [alert, people] : all.Alerts()) {
                                    for (const auto& recipient : people) {
                                      if (recipient.Told()) ++sent;
                                    }
                                  }
                                });
    return sent;
  }

  size_t Progressed() {
    absl::MutexLock lock(&ledger_.mu);
    return ledger_.handed.size();
  }

  void Lose(double share) {
    absl::MutexLock lock(&ledger_.mu);
    ledger_.lost = share;
  }

  // Longer than a living sender needs on a busy machine, with its store away.
  absl::Duration claim_after_ = absl::Seconds(8);
  notifications::ShortLinks links_;
  prometheus::Registry sender_registry_;
  notifications::Metrics sender_metrics_;
  Ledger ledger_;
};

TEST_F(LostSendersTest, EachMessageIsHandedOverOnceAndAgainOnlyForASenderLostWithIt) {
  Lose(0.15);
  claim_after_ = absl::Seconds(3);
  Run(3, [] {});
  absl::MutexLock lock(&ledger_.mu);
  EXPECT_GT(ledger_.lost_before, 0);
  EXPECT_FALSE(ledger_.lost_after.empty());
}

// Redis dies while they record: its answers are lost, whether it had carried them out or not. What
// was handed over is not handed over again.
TEST_F(LostSendersTest, AStoreThatDiesWhileTheyRecordDoublesNothing) {
  Run(3, [this] {
    for (int i = 0; i < 2; ++i) {
      const size_t before = Progressed();
      redis_.KillAndWaitUntilBack();
      EXPECT_TRUE(redis::Eventually([&] { return Progressed() > before; }, absl::Minutes(1)));
    }
  });
}

// Set an hour forward, Redis's clock says that what was taken just now was taken an hour ago.
TEST_F(LostSendersTest, WhatALivingSenderHasInHandStaysItsOwnHoweverRedissClockIsSet) {
  Settle({.id = "0"});
  const auto planner = Planner(host_);
  notifications::Outbox outbox(*client_, bus_.publisher(), clock_);
  ASSERT_TRUE(outbox.Load().ok());
  intake::v1::Incident critical = testing::TownIncident("i", clock_.Now());
  critical.set_severity(5);
  Record({testing::Reported(critical)});
  std::vector<notifications::Taken> taken;
  ASSERT_TRUE(redis::Eventually([&] {
    taken = outbox.Take("0127", registry::v1::CHANNEL_EMAIL, "living", 1).value();
    return !taken.empty();
  }));
  const std::string key = notifications::OutboxKey("0127", registry::v1::CHANNEL_EMAIL);
  ASSERT_TRUE(client_
                  ->Command(key,
                            {"XCLAIM", key, notifications::kSendersGroup, "living", "0",
                             taken.front().id, "IDLE", "3600000", "JUSTID"},
                            clock_.Steady() + absl::Seconds(5))
                  .ok());
  const auto sender = NewSender(*planner, outbox);
  LosingChannel channel(ledger_);
  EXPECT_EQ(sender->ClaimOnce("0127", channel, {}).value(), 0);  // sees it
  EXPECT_EQ(sender->ClaimOnce("0127", channel, {}).value(), 0);
  EXPECT_TRUE(outbox.Finish("0127", taken.front(), {}).value());
  planner->Stop();
}

}  // namespace
}  // namespace vaka::fault
