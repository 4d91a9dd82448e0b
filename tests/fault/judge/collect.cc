#include "tests/fault/judge/collect.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/redis/reply.h"
#include "services/notifications/audience.h"
#include "services/notifications/effects.h"
#include "services/notifications/raise.h"
#include "services/notifications/state.h"
#include "services/vaka/folds.h"
#include "tests/fault/judge/refold.h"

namespace vaka::fault {
namespace {

using notifications::v1::Parcel;
using redis::Argv;
using redis::Reply;

constexpr size_t kBatch = 1000;
constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr registry::v1::Channel kChannels[] = {
    registry::v1::CHANNEL_SMS, registry::v1::CHANNEL_EMAIL, registry::v1::CHANNEL_WEBHOOK,
    registry::v1::CHANNEL_INBOX};

absl::StatusOr<std::vector<StoredFact>> ReadAll(log::Log& log, const std::string& kommun,
                                                log::Stream stream) {
  std::vector<StoredFact> facts;
  for (uint64_t after = 0;;) {
    VAKA_ASSIGN(std::vector<log::Entry> entries, log.Read(kommun, stream, after, kBatch));
    if (entries.empty()) return facts;
    for (log::Entry& entry : entries) {
      StoredFact& fact = facts.emplace_back();
      fact.seq = after = entry.seq;
      fact.intact = entry.intact && fact.event.ParseFromString(entry.bytes) &&
                    fact.event.fact_case() != event::v1::Event::FACT_NOT_SET;
      if (!fact.intact) fact.event.Clear();
      fact.event.set_seq(entry.seq);
      fact.bytes = std::move(entry.bytes);
    }
  }
}

// The service's own keys; see services/notifications/outbox.cc.
class Keys {
 public:
  Keys(redis::Client& redis, Clock& clock, std::string kommun)
      : redis_(redis), clock_(clock), kommun_(std::move(kommun)) {}

  absl::StatusOr<uint64_t> PlannerAt() {
    VAKA_ASSIGN(const Reply reply, Do("planner", {"HGET", Key("planner"), "seq"}));
    uint64_t seq = 0;
    if (!reply.text.empty() && !absl::SimpleAtoi(reply.text, &seq)) {
      return absl::InternalError("the planner's position is no number");
    }
    return seq;
  }

  absl::StatusOr<std::vector<Parcel>> Outbox() {
    std::vector<Parcel> parcels;
    for (const registry::v1::Channel channel : kChannels) {
      const std::string name = absl::StrCat("outbox:", notifications::NameOf(channel));
      VAKA_ASSIGN(const Reply reply, Do(name, {"XRANGE", Key(name), "-", "+"}));
      for (const Reply& entry : reply.elements) {
        const std::vector<Reply>& fields = entry.elements.at(1).elements;
        for (size_t i = 0; i + 1 < fields.size(); i += 2) {
          if (fields[i].text == "p") Add(fields[i + 1].text, parcels);
        }
      }
    }
    return parcels;
  }

  absl::StatusOr<std::vector<Parcel>> Held() {
    VAKA_ASSIGN(const Reply reply, Do("held", {"ZRANGE", Key("held"), "0", "-1"}));
    std::vector<Parcel> parcels;
    for (const Reply& member : reply.elements) Add(member.text, parcels);
    return parcels;
  }

  // When the first held parcel is due.
  absl::StatusOr<absl::Time> NextDue() {
    VAKA_ASSIGN(const Reply reply, Do("held", {"ZRANGE", Key("held"), "0", "0", "WITHSCORES"}));
    if (reply.elements.size() < 2) return absl::InfiniteFuture();
    double millis = 0;
    if (!absl::SimpleAtod(reply.elements[1].text, &millis)) {
      return absl::InternalError("a due time is no number");
    }
    return absl::FromUnixMillis(static_cast<int64_t>(millis));
  }

 private:
  std::string Key(const std::string& name) const { return absl::StrCat("{", kommun_, "}:", name); }
  absl::StatusOr<Reply> Do(const std::string& name, const Argv& argv) {
    return redis_.Command(Key(name), argv, clock_.Steady() + kTimeout);
  }
  static void Add(const std::string& bytes, std::vector<Parcel>& parcels) {
    if (!parcels.emplace_back().ParseFromString(bytes)) parcels.back().set_message("(unreadable)");
  }

  redis::Client& redis_;
  Clock& clock_;
  const std::string kommun_;
};

std::set<std::string> AudienceAt(const notifications::State& state,
                                 const notifications::v1::Alert& alert, absl::Time at) {
  std::set<std::string> people;
  for (const auto& recipient : notifications::AudienceOf(alert, state.registry(), at)) {
    people.insert(recipient.person);
  }
  return people;
}

// Whom each alert concerns both when it was raised and at the end: whenever it was planned in
// between, they had to be among its recipients.
std::vector<Expected> ExpectedOf(const Municipality& town) {
  struct Raised {
    notifications::v1::Alert alert;
    std::set<std::string> people;
  };
  notifications::State state;
  std::vector<Raised> raised;
  absl::Time last;
  for (const StoredFact& fact : town.facts) {
    if (!fact.intact) continue;
    (void)state.Apply(fact.event);
    last = std::max(last, FromProto(fact.event.recorded_at()));
    if (fact.seq <= town.baseline || !fact.event.has_alert_raised()) continue;
    const notifications::v1::Alert& alert = fact.event.alert_raised().alert();
    raised.push_back({alert, AudienceAt(state, alert, FromProto(fact.event.recorded_at()))});
  }
  std::vector<Expected> expected;
  for (const Raised& one : raised) {
    for (const std::string& person : AudienceAt(state, one.alert, last)) {
      if (one.people.contains(person)) expected.push_back({one.alert.id(), person});
    }
  }
  return expected;
}

absl::StatusOr<Municipality> CollectTown(log::Log& log, redis::Client& redis, Clock& clock,
                                         const std::string& kommun, uint64_t baseline) {
  Municipality town;
  town.kommun = kommun;
  town.baseline = baseline;
  Keys keys(redis, clock, kommun);
  VAKA_ASSIGN(town.facts_head, log.Head(kommun, log::Stream::kFacts));
  VAKA_ASSIGN(town.facts, ReadAll(log, kommun, log::Stream::kFacts));
  VAKA_ASSIGN(town.deliveries_head, log.Head(kommun, log::Stream::kDeliveries));
  VAKA_ASSIGN(town.deliveries, ReadAll(log, kommun, log::Stream::kDeliveries));
  VAKA_ASSIGN(town.planned_up_to, keys.PlannerAt());
  VAKA_ASSIGN(town.outbox, keys.Outbox());
  VAKA_ASSIGN(town.held, keys.Held());
  town.expected = ExpectedOf(town);
  return town;
}

// One that cannot be read differs from everything.
void AddSnapshots(log::Log& log, const std::string& kommun, std::vector<StateHash>& states) {
  for (const FoldKind& kind : AllFolds()) {
    const auto snapshot = log.LoadSnapshot(kommun, kind.name);
    StateHash state{"snapshot", kommun, kind.name, 0, ""};
    if (!snapshot.ok()) {
      state.hash = snapshot.status().ToString();
    } else if (!snapshot->has_value() || (*snapshot)->schema != kind.schema) {
      continue;
    } else {
      state.position = (*snapshot)->position;
      state.hash = Hex(Hash256((*snapshot)->bytes));
    }
    states.push_back(std::move(state));
  }
}

absl::StatusOr<bool> TownRests(log::Log& log, redis::Client& redis, Clock& clock,
                               const std::string& kommun, absl::Duration soon) {
  const absl::Time now = clock.Now();
  Keys keys(redis, clock, kommun);
  VAKA_ASSIGN(const std::vector<StoredFact> facts, ReadAll(log, kommun, log::Stream::kFacts));
  notifications::State state;
  for (const StoredFact& fact : facts) {
    if (fact.intact) (void)state.Apply(fact.event);
  }
  if (!notifications::ChoresAt(state, now).due.empty()) return false;
  VAKA_ASSIGN(const uint64_t planned_up_to, keys.PlannerAt());
  if (state.NextStep(planned_up_to).has_value()) return false;
  VAKA_ASSIGN(const std::vector<Parcel> outbox, keys.Outbox());
  if (!outbox.empty()) return false;
  VAKA_ASSIGN(const absl::Time due, keys.NextDue());
  return due > now + soon;
}

}  // namespace

absl::StatusOr<bool> AtRest(log::Log& log, redis::Client& redis, Clock& clock,
                            absl::Duration soon) {
  VAKA_ASSIGN(const std::vector<std::string> kommuns, log.Municipalities());
  for (const std::string& kommun : kommuns) {
    VAKA_ASSIGN(const bool rests, TownRests(log, redis, clock, kommun, soon));
    if (!rests) return false;
  }
  return true;
}

absl::StatusOr<Evidence> Collect(log::Log& log, redis::Client& redis, Clock& clock,
                                 const History& history, const CollectOptions& options) {
  Evidence evidence;
  evidence.operations = history.operations();
  evidence.hand_overs = history.hand_overs();
  evidence.faults = history.faults();
  evidence.lines = history.lines();
  evidence.secrets = history.secrets();
  evidence.states = options.states;
  VAKA_ASSIGN(const std::vector<std::string> kommuns, log.Municipalities());
  for (const std::string& kommun : kommuns) {
    const auto baseline = options.baseline.find(kommun);
    VAKA_ASSIGN(Municipality town,
                CollectTown(log, redis, clock, kommun,
                            baseline == options.baseline.end() ? 0 : baseline->second));
    AddSnapshots(log, kommun, evidence.states);
    for (StateHash& state : Refold(town, evidence.states)) {
      evidence.refold.push_back(std::move(state));
    }
    evidence.municipalities.push_back(std::move(town));
  }
  return evidence;
}

}  // namespace vaka::fault
