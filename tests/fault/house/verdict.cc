#include "tests/fault/house/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "libs/log/redis_log.h"
#include "libs/redis/client.h"
#include "services/notifications/outbox.h"
#include "services/notifications/raise.h"
#include "services/notifications/state.h"
#include "services/vaka/keys.h"
#include "services/vaka/peers.h"
#include "tests/fault/judge/collect.h"
#include "tests/fault/judge/report.h"

namespace vaka::fault {
namespace {

// A look at the store beside the house's own processes, with what should become alerts.
struct Look {
  std::unique_ptr<redis::Client> redis;
  std::unique_ptr<log::RedisLog> log;
  notifications::State state;
  uint64_t position = 0;  // of `state`
  uint64_t alert = 0;     // the last fact of an alert
};

absl::StatusOr<std::unique_ptr<Look>> LookAt(House& house) {
  auto look = std::make_unique<Look>();
  VAKA_ASSIGN(look->redis, redis::Client::Make({.urls = house.redis_url()}, house.clock()));
  VAKA_ASSIGN(look->log, log::RedisLog::Open(*look->redis, {}, house.clock()));
  return look;
}

// What is held for longer is held for a reason of its own, not for another try.
constexpr absl::Duration kSoon = absl::Hours(1);

// Reads the log on to its end.
absl::Status ReadOn(Look& look) {
  for (;;) {
    VAKA_ASSIGN(const std::vector<log::Entry> entries,
                look.log->Read(House::kKommun, log::Stream::kFacts, look.position, 1000));
    if (entries.empty()) return absl::OkStatus();
    for (const log::Entry& entry : entries) {
      event::v1::Event event;
      look.position = entry.seq;
      if (!entry.intact || !event.ParseFromString(entry.bytes)) continue;
      event.set_seq(entry.seq);
      look.state.Apply(event).IgnoreError();  // what it refuses is parked in the house too
      const bool alert =
          event.has_alert_raised() || event.has_alert_updated() || event.has_alert_recalled();
      if (alert) look.alert = entry.seq;
    }
  }
}

absl::Status MessagesRest(House& house, Look& look) {
  VAKA_RETURN_IF_ERROR(ReadOn(look));
  const size_t chores = notifications::ChoresAt(look.state, house.clock().Now()).due.size();
  if (chores > 0) return absl::UnavailableError(absl::StrCat(chores, " alerts are not raised"));
  notifications::Outbox outbox(*look.redis, {}, house.clock());
  VAKA_ASSIGN(const notifications::PlannerPosition planner, outbox.Position(House::kKommun));
  if (planner.seq < look.alert) {
    return absl::UnavailableError(
        absl::StrCat("the planner is at ", planner.seq, " of ", look.alert));
  }
  for (const auto channel : {registry::v1::CHANNEL_SMS, registry::v1::CHANNEL_EMAIL}) {
    VAKA_ASSIGN(const notifications::QueueDepth depth, outbox.Depth(House::kKommun, channel));
    if (depth.waiting + depth.in_flight == 0) continue;
    return absl::UnavailableError(absl::StrCat(registry::v1::Channel_Name(channel), ": ",
                                               depth.waiting, " wait, ", depth.in_flight,
                                               " are in a sender's hands"));
  }
  VAKA_ASSIGN(const absl::Time due, outbox.NextDue(House::kKommun));
  return due > house.clock().Now() + kSoon
             ? absl::OkStatus()
             : absl::UnavailableError("a message is held for another try");
}

// OK when everything rests; else what moves.
absl::Status Resting(House& house, Look& look) {
  VAKA_RETURN_IF_ERROR(MessagesRest(house, look));
  VAKA_ASSIGN(const uint64_t facts, look.log->Head(House::kKommun, log::Stream::kFacts));
  VAKA_ASSIGN(const uint64_t deliveries, look.log->Head(House::kKommun, log::Stream::kDeliveries));
  VAKA_ASSIGN(const std::vector<StateHash> states, StatesOf(house));
  for (const StateHash& state : states) {
    const uint64_t head = state.fold == "deliveries" ? deliveries : facts;
    if (state.position < head) {
      return absl::UnavailableError(
          absl::StrCat(state.who, ": ", state.fold, " is at ", state.position, " of ", head));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<StateHash>> StatesOf(House& house) {
  const std::string keys = house.data() + "/keys";
  VAKA_ASSIGN(const rpc::Tokens tokens, LoadTokens(keys));
  std::vector<StateHash> states;
  for (const auto& process : house.processes()) {
    if (process->plan().targets == std::vector<std::string>{"bus"}) continue;  // holds no state
    VAKA_ASSIGN(const std::vector<PeerState> answered,
                AskStates(process->grpc_address(), House::kKommun, tokens, keys));
    for (const PeerState& state : answered) {
      states.push_back({process->name(), House::kKommun, state.fold, state.position, state.hash});
    }
  }
  return states;
}

absl::Status Settle(House& house, absl::Duration within) {
  absl::Status status;
  std::unique_ptr<Look> look;
  const auto rests = [&] {
    if (look == nullptr) {
      absl::StatusOr<std::unique_ptr<Look>> opened = LookAt(house);
      status = opened.status();
      if (!opened.ok()) return false;
      look = *std::move(opened);
    }
    status = Resting(house, *look);
    return status.ok();
  };
  if (redis::Eventually(rests, within)) return absl::OkStatus();
  return absl::DeadlineExceededError(
      absl::StrCat("the house did not come to rest: ", status.message()));
}

Verdict CloseAndJudge(House& house, uint64_t seed, const std::string& part) {
  for (const auto& process : house.processes()) {
    const absl::Status started = process->Start();
    EXPECT_TRUE(started.ok()) << started;
  }
  const absl::Status settled = Settle(house);
  EXPECT_TRUE(settled.ok()) << settled;
  CollectOptions options;
  const absl::StatusOr<std::vector<StateHash>> states = StatesOf(house);
  EXPECT_TRUE(states.ok()) << states.status();
  if (states.ok()) options.states = *states;
  house.Stop();
  const absl::Status opened = house.OpenStoppedRedis();
  EXPECT_TRUE(opened.ok()) << opened;
  const absl::StatusOr<std::unique_ptr<Look>> look = LookAt(house);
  EXPECT_TRUE(look.ok()) << look.status();
  if (!look.ok()) return {};
  const absl::StatusOr<Evidence> evidence =
      Collect(*(*look)->log, *(*look)->redis, house.clock(), house.history(), options);
  EXPECT_TRUE(evidence.ok()) << evidence.status();
  if (!evidence.ok()) return {};
  return JudgeAndReport(*evidence, seed, part);
}

}  // namespace vaka::fault
