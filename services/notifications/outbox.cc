#include "services/notifications/outbox.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/base/time.h"
#include "libs/log/append_call.h"
#include "libs/log/keys.h"
#include "services/notifications/outbox_keys.h"
#include "services/notifications/outbox_library.h"

namespace vaka::notifications {
namespace {

using redis::Argv;
using redis::Reply;
using registry::v1::Channel;
using v1::Parcel;

constexpr absl::Duration kTimeout = absl::Seconds(5);

// The envelope of a fact that no command led to.
std::string Envelope(const std::string& kommun, event::v1::Event fact, absl::Time now) {
  fact.set_kommun(kommun);
  fact.clear_seq();
  fact.set_id(RandomId("f"));
  *fact.mutable_recorded_at() = ToProto(now);
  if (!fact.has_occurred_at()) *fact.mutable_occurred_at() = ToProto(now);
  fact.mutable_actor()->set_role(options::v1::ROLE_SYSTEM);
  return fact.SerializeAsString();
}

// Entries as XREADGROUP and XCLAIM list them; one that was deleted meanwhile has no fields.
std::vector<Taken> ParseEntries(const Reply& list) {
  std::vector<Taken> entries;
  for (const Reply& entry : list.elements) {
    if (entry.elements.size() != 2) continue;
    Taken taken;
    taken.id = entry.elements[0].text;
    const std::vector<Reply>& fields = entry.elements[1].elements;
    bool whole = false;
    for (size_t i = 0; i + 1 < fields.size(); i += 2) {
      if (fields[i].text == "p") whole = taken.parcel.ParseFromString(fields[i + 1].text);
      if (fields[i].text == "n" && !absl::SimpleAtoi(fields[i + 1].text, &taken.deliveries)) {
        whole = false;
      }
    }
    if (whole) entries.push_back(std::move(taken));
  }
  return entries;
}

}  // namespace

Outbox::Outbox(redis::Client& client, log::OnCommitted publish, Clock& clock)
    : client_(client), publish_(std::move(publish)), clock_(clock) {}

absl::Status Outbox::Load() {
  return client_.UseLibrary(OutboxLibrary(), clock_.Steady() + kTimeout);
}

absl::StatusOr<Reply> Outbox::Call(const std::string& key, Argv argv) {
  return client_.Command(key, std::move(argv), clock_.Steady() + kTimeout);
}

std::vector<std::string> Outbox::Ask(
    const std::vector<std::string>& kommuns,
    const std::function<redis::Request(const std::string& kommun)>& request) {
  std::vector<redis::Request> requests;
  requests.reserve(kommuns.size());
  for (const std::string& kommun : kommuns) requests.push_back(request(kommun));
  const std::vector<absl::StatusOr<Reply>> replies =
      client_.Batch(requests, {.patient = false}, clock_.Steady() + kTimeout);
  std::vector<std::string> with;
  for (size_t i = 0; i < kommuns.size(); ++i) {
    const bool none = replies[i].ok() && !replies[i]->is_error() && replies[i]->integer == 0;
    if (!none) with.push_back(kommuns[i]);
  }
  return with;
}

absl::StatusOr<PlannerPosition> Outbox::Position(const std::string& kommun) {
  const std::string key = PlannerKey(kommun);
  VAKA_ASSIGN(const Reply reply, Call(key, {"HMGET", key, "seq", "after", "deliveries"}));
  PlannerPosition position;
  if (reply.elements.size() != 3) return absl::InternalError("outbox: a malformed position");
  const auto number = [](const Reply& part, uint64_t& out) {
    return part.text.empty() || absl::SimpleAtoi(part.text, &out);
  };
  if (!number(reply.elements[0], position.seq) || !number(reply.elements[2], position.deliveries)) {
    return absl::DataLossError("outbox: the planner's position is not a number");
  }
  position.after = reply.elements[1].text;
  return position;
}

absl::StatusOr<bool> Outbox::Plan(const std::string& kommun, const PlannerPosition& expected,
                                  const PlannerPosition& next, const Effects& effects,
                                  uint64_t* last) {
  Step step = StepOf(kommun,
                     {{PlannerKey(kommun)},
                      {"position", "2", absl::StrCat(expected.seq), expected.after,
                       absl::StrCat(next.seq), next.after}},
                     effects);
  VAKA_ASSIGN(const Reply reply, Call(step.key, std::move(step.argv)));
  const bool planned = Settle(kommun, step, reply);
  if (planned && last != nullptr && reply.elements.size() == 3) {
    *last = static_cast<uint64_t>(reply.elements[2].integer);
  }
  return planned;
}

absl::StatusOr<std::vector<bool>> Outbox::Release(const std::string& kommun,
                                                  const std::vector<Letting>& lettings) {
  if (lettings.empty()) return std::vector<bool>();
  std::vector<Step> steps;
  std::vector<Argv> calls;
  for (const Letting& letting : lettings) {
    steps.push_back(StepOf(kommun,
                           {{HeldKey(kommun)}, {"held", "2", letting.parcel.SerializeAsString()}},
                           letting.effects));
    calls.push_back(std::move(steps.back().argv));
  }
  const auto replies = client_.Pipeline(steps[0].key, calls, clock_.Steady() + kTimeout);
  std::vector<bool> released;
  absl::Status first = absl::OkStatus();
  for (size_t i = 0; i < replies.size(); ++i) {
    first.Update(replies[i].status());
    // What was carried out is published, whatever became of the others.
    released.push_back(replies[i].ok() && Settle(kommun, steps[i], *replies[i]));
  }
  if (!first.ok()) return first;
  return released;
}

absl::StatusOr<bool> Outbox::Finish(const std::string& kommun, const Taken& taken,
                                    const Effects& effects) {
  return Commit(
      kommun,
      {{OutboxKey(kommun, taken.parcel.channel())}, {"taken", "2", kSendersGroup, taken.id}},
      effects);
}

absl::StatusOr<bool> Outbox::Once(const std::string& kommun, const std::string& name,
                                  const Effects& effects) {
  return Commit(kommun,
                {{OnceKey(kommun, name)},
                 {"once", "2", absl::StrCat(absl::ToInt64Seconds(absl::Hours(7 * 24)))}},
                effects);
}

Outbox::Step Outbox::StepOf(const std::string& kommun, const Condition& condition,
                            const Effects& effects) const {
  Step step;
  std::vector<std::string> keys = {log::LogKey(kommun, log::Stream::kDeliveries)};
  keys.insert(keys.end(), condition.keys.begin(), condition.keys.end());
  const auto place = [&keys](const std::string& key) {
    size_t at = 0;
    while (at < keys.size() && keys[at] != key) ++at;
    if (at == keys.size()) keys.push_back(key);
    return absl::StrCat(at + 1);
  };
  std::vector<std::string> args = condition.args;
  const absl::Time now = clock_.Now();
  for (const event::v1::Event& fact : effects.facts) {
    step.facts.push_back(Envelope(kommun, fact, now));
    args.insert(args.end(), {"fact", step.facts.back(), log::Checksum(step.facts.back())});
  }
  std::map<Channel, std::string> outboxes;  // their places
  args.reserve(args.size() + 3 * effects.send.size() + 4 * effects.hold.size());
  for (const Parcel& parcel : effects.send) {
    std::string& outbox = outboxes[parcel.channel()];
    if (outbox.empty()) outbox = place(OutboxKey(kommun, parcel.channel()));
    args.emplace_back("send");
    args.push_back(outbox);
    args.push_back(parcel.SerializeAsString());
  }
  for (const auto& [due, parcel] : effects.hold) {
    args.insert(args.end(), {"hold", place(HeldKey(kommun)), absl::StrCat(absl::ToUnixMillis(due)),
                             parcel.SerializeAsString()});
  }
  step.key = keys[0];
  step.argv = {"FCALL", "vaka_outbox_commit_1", absl::StrCat(keys.size())};
  step.argv.insert(step.argv.end(), keys.begin(), keys.end());
  std::move(args.begin(), args.end(), std::back_inserter(step.argv));
  return step;
}

bool Outbox::Settle(const std::string& kommun, const Step& step, const Reply& reply) const {
  if (reply.elements.empty() || reply.elements[0].integer == 0) return false;
  if (publish_ && !step.facts.empty() && reply.elements.size() == 3) {
    publish_(kommun, log::Stream::kDeliveries, static_cast<uint64_t>(reply.elements[1].integer),
             step.facts);
  }
  return true;
}

absl::StatusOr<bool> Outbox::Commit(const std::string& kommun, const Condition& condition,
                                    const Effects& effects) {
  Step step = StepOf(kommun, condition, effects);
  VAKA_ASSIGN(const Reply reply, Call(step.key, std::move(step.argv)));
  return Settle(kommun, step, reply);
}

absl::StatusOr<std::vector<Parcel>> Outbox::HeldUntil(const std::string& kommun, absl::Time now,
                                                      size_t limit) {
  const std::string key = HeldKey(kommun);
  VAKA_ASSIGN(const Reply reply,
              Call(key, {"ZRANGEBYSCORE", key, "-inf", absl::StrCat(absl::ToUnixMillis(now)),
                         "LIMIT", "0", absl::StrCat(limit)}));
  std::vector<Parcel> parcels;
  for (const Reply& member : reply.elements) {
    Parcel parcel;
    if (parcel.ParseFromString(member.text)) parcels.push_back(std::move(parcel));
  }
  return parcels;
}

std::vector<std::string> Outbox::WithDue(const std::vector<std::string>& kommuns, absl::Time now) {
  return Ask(kommuns, [now](const std::string& kommun) {
    std::string key = HeldKey(kommun);
    Argv argv = {"ZCOUNT", key, "-inf", absl::StrCat(absl::ToUnixMillis(now))};
    return redis::Request{std::move(key), std::move(argv)};
  });
}

std::vector<std::string> Outbox::WithEntries(const std::vector<std::string>& kommuns,
                                             Channel channel) {
  return Ask(kommuns, [channel](const std::string& kommun) {
    std::string key = OutboxKey(kommun, channel);
    Argv argv = {"XLEN", key};
    return redis::Request{std::move(key), std::move(argv)};
  });
}

absl::StatusOr<absl::Time> Outbox::NextDue(const std::string& kommun) {
  const std::string key = HeldKey(kommun);
  VAKA_ASSIGN(const Reply reply, Call(key, {"ZRANGE", key, "0", "0", "WITHSCORES"}));
  double millis = 0;
  if (reply.elements.size() != 2 || !absl::SimpleAtod(reply.elements[1].text, &millis)) {
    return absl::InfiniteFuture();
  }
  return absl::FromUnixMillis(static_cast<int64_t>(millis));
}

absl::Status Outbox::MakeGroup(const std::string& key) {
  const absl::Status made =
      Call(key, {"XGROUP", "CREATE", key, kSendersGroup, "0", "MKSTREAM"}).status();
  if (made.ok() || absl::StrContains(made.message(), "BUSYGROUP")) return absl::OkStatus();
  return made;
}

absl::StatusOr<std::vector<Taken>> Outbox::Take(const std::string& kommun, Channel channel,
                                                const std::string& consumer, size_t limit) {
  const std::string key = OutboxKey(kommun, channel);
  const Argv argv = {"XREADGROUP",        "GROUP",   kSendersGroup, consumer, "COUNT",
                     absl::StrCat(limit), "STREAMS", key,           ">"};
  absl::StatusOr<Reply> reply = Call(key, argv);
  if (!reply.ok() && absl::StrContains(reply.status().message(), "NOGROUP")) {
    VAKA_RETURN_IF_ERROR(MakeGroup(key));
    reply = Call(key, argv);
  }
  VAKA_RETURN_IF_ERROR(reply.status());
  if (reply->elements.empty() || reply->elements[0].elements.size() != 2) {
    return std::vector<Taken>();
  }
  return ParseEntries(reply->elements[0].elements[1]);
}

absl::StatusOr<std::vector<InHands>> Outbox::Pending(const std::string& kommun, Channel channel,
                                                     size_t limit) {
  const std::string key = OutboxKey(kommun, channel);
  const absl::StatusOr<Reply> reply =
      Call(key, {"XPENDING", key, kSendersGroup, "-", "+", absl::StrCat(limit)});
  std::vector<InHands> pending;
  if (!reply.ok() && absl::StrContains(reply.status().message(), "NOGROUP")) return pending;
  VAKA_RETURN_IF_ERROR(reply.status());
  for (const Reply& entry : reply->elements) {  // id, consumer, idle by Redis's clock, taken
    if (entry.elements.size() != 4) return absl::InternalError("outbox: a malformed XPENDING");
    pending.push_back({entry.elements[0].text, entry.elements[1].text, entry.elements[3].integer});
  }
  return pending;
}

absl::StatusOr<std::optional<Taken>> Outbox::TakeOver(const std::string& kommun, Channel channel,
                                                      const InHands& from,
                                                      const std::string& consumer) {
  const std::string key = OutboxKey(kommun, channel);
  VAKA_ASSIGN(const Reply reply,
              Call(key, {"FCALL", "vaka_outbox_take_over_1", "1", key, kSendersGroup, from.id,
                         from.consumer, absl::StrCat(from.taken), consumer}));
  std::vector<Taken> entries = ParseEntries(reply);
  if (entries.empty()) return std::nullopt;
  entries.front().claimed = true;
  return std::move(entries.front());
}

absl::StatusOr<QueueDepth> Outbox::Depth(const std::string& kommun, Channel channel) {
  const std::string key = OutboxKey(kommun, channel);
  const std::vector<absl::StatusOr<Reply>> replies = client_.Pipeline(
      key,
      {{"XLEN", key}, {"XPENDING", key, kSendersGroup}, {"XRANGE", key, "-", "+", "COUNT", "1"}},
      clock_.Steady() + kTimeout);
  VAKA_RETURN_IF_ERROR(replies[0].status());
  QueueDepth depth;
  const auto all = static_cast<uint64_t>(replies[0]->integer);
  if (replies[1].ok() && !replies[1]->elements.empty()) {  // an error: no group, nobody took any
    depth.in_flight = static_cast<uint64_t>(replies[1]->elements[0].integer);
  }
  depth.waiting = all - std::min(all, depth.in_flight);
  if (replies[2].ok() && !replies[2]->elements.empty()) {
    const std::string& id = replies[2]->elements[0].elements[0].text;
    int64_t millis = 0;
    if (absl::SimpleAtoi(id.substr(0, id.find('-')), &millis)) {
      depth.oldest = clock_.Now() - absl::FromUnixMillis(millis);
    }
  }
  return depth;
}

absl::StatusOr<uint64_t> Outbox::HeldCount(const std::string& kommun) {
  const std::string key = HeldKey(kommun);
  VAKA_ASSIGN(const Reply reply, Call(key, {"ZCARD", key}));
  return static_cast<uint64_t>(reply.integer);
}

}  // namespace vaka::notifications
