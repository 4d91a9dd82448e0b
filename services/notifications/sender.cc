#include "services/notifications/sender.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/base/time.h"

namespace vaka::notifications {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr absl::Duration kLook = absl::Seconds(1);
constexpr absl::Duration kMostBetweenLooks = absl::Seconds(10);  // at what others have in hand
constexpr size_t kMostPending = 1000;
constexpr absl::Duration kWait = absl::Seconds(2);

event::v1::Event SentFact(const Parcel& parcel, const std::string& provider_id) {
  event::v1::Event event;
  DeliverySent& sent = *event.mutable_delivery_sent();
  sent.set_message(parcel.message());
  sent.set_alert(parcel.alert());
  sent.set_person(parcel.person());
  sent.set_channel(parcel.channel());
  sent.set_provider_id(provider_id);
  return event;
}

Reception ReceptionOf(const Handover& handover) {
  if (!handover.everybody) return {};
  const bool asked = handover.retry_after > absl::ZeroDuration();
  return {asked ? Reception::Kind::kAsked : Reception::Kind::kAway, handover.retry_after,
          handover.error};
}

}  // namespace

// An entry in this process's hands, which must not take it over from itself.
class Sender::InHand final {
 public:
  InHand(Sender& sender, const std::string& kommun, const std::string& entry)
      : sender_(sender), name_(absl::StrCat(kommun, "/", entry)) {
    absl::MutexLock lock(&sender_.mu_);
    mine_ = sender_.in_hand_.insert(name_).second;
  }
  ~InHand() {
    absl::MutexLock lock(&sender_.mu_);
    if (mine_) sender_.in_hand_.erase(name_);
  }
  InHand(const InHand&) = delete;
  InHand& operator=(const InHand&) = delete;

  bool mine() const { return mine_; }

 private:
  Sender& sender_;
  const std::string name_;
  bool mine_ = false;
};

Sender::Sender(SenderOptions options, Deps deps)
    : options_(std::move(options)),
      deps_(std::move(deps)),
      consumer_(RandomId("sender")),
      pace_(options_.per_second, deps_.clock) {}

Sender::~Sender() { Stop(); }

absl::StatusOr<int> Sender::RunOnce(const std::string& kommun, Channel& channel,
                                    std::stop_token stop) {
  int finished = 0;
  for (;;) {
    // One at a time and only when it is its turn, so that an entry is never idle in a hand for
    // longer than one sending lasts.
    Pace::Turn turn = pace_.Await(stop);
    if (turn.kind() == Pace::Turn::Kind::kStopped) return finished;
    VAKA_ASSIGN(std::vector<Taken> taken,
                deps_.outbox.Take(kommun, options_.channel, consumer_, 1));
    if (taken.empty()) return finished;
    VAKA_RETURN_IF_ERROR(Handle(kommun, std::move(taken.front()), std::move(turn), channel, stop));
    ++finished;
  }
}

absl::StatusOr<int> Sender::ClaimOnce(const std::string& kommun, Channel& channel,
                                      std::stop_token stop) {
  VAKA_ASSIGN(const std::vector<InHands> pending,
              deps_.outbox.Pending(kommun, options_.channel, kMostPending));
  int finished = 0;
  for (const InHands& hands : LeftBehind(kommun, pending)) {
    Pace::Turn turn = pace_.Await(stop);
    if (turn.kind() == Pace::Turn::Kind::kStopped) return finished;
    VAKA_ASSIGN(std::optional<Taken> taken,
                deps_.outbox.TakeOver(kommun, options_.channel, hands, consumer_));
    if (!taken.has_value()) continue;
    VAKA_RETURN_IF_ERROR(Handle(kommun, *std::move(taken), std::move(turn), channel, stop));
    ++finished;
  }
  return finished;
}

// Of what is in somebody's hands, that which has not moved for `claim_after`.
std::vector<InHands> Sender::LeftBehind(const std::string& kommun,
                                        const std::vector<InHands>& pending) {
  const absl::Time now = deps_.clock.Steady();
  const std::string prefix = kommun + "/";
  std::vector<InHands> left;
  absl::MutexLock lock(&mu_);
  std::map<std::string, Seen> seen;
  for (const InHands& hands : pending) {
    const std::string name = prefix + hands.id;
    if (in_hand_.contains(name)) continue;
    const auto before = seen_.find(name);
    const bool same = before != seen_.end() && before->second.hands == hands;
    const absl::Time since = same ? before->second.since : now;
    if (now - since >= options_.claim_after) left.push_back(hands);
    seen[name] = {hands, since};
  }
  seen_.erase(seen_.lower_bound(prefix), seen_.lower_bound(kommun + "0"));  // '0' follows '/'
  seen_.merge(seen);
  return left;
}

absl::Status Sender::Handle(const std::string& kommun, Taken taken, Pace::Turn turn,
                            Channel& channel, std::stop_token stop) {
  const InHand hand(*this, kommun, taken.id);
  if (!hand.mine()) return absl::OkStatus();
  if (taken.claimed) taken.parcel = TakenOver(taken.parcel);
  const absl::StatusOr<Opened> opened = Open(kommun, taken);
  if (!opened.ok()) {
    // It was not handed over: back into the queue, for whoever is better off.
    Effects back;
    back.send.push_back(taken.parcel);
    (void)deps_.outbox.Finish(kommun, taken, back);  // on failure it is taken over later
    return opened.status();
  }
  if (opened->recheck.verdict != Recheck::Verdict::kSend || opened->seal == Seal::kErased) {
    return Settle(kommun, taken, *opened);
  }
  const Handover handover = HandOver(*opened, std::move(turn), channel, stop);
  if (handover.result == Handover::Result::kStopped) return absl::CancelledError("stopped");
  return Finish(kommun, taken, handover, std::move(stop));
}

Handover Sender::HandOver(const Opened& opened, Pace::Turn turn, Channel& channel,
                          std::stop_token stop) {
  Handover handover;
  if (opened.seal == Seal::kUnreadable) {
    handover.result = Handover::Result::kSealed;
    handover.error = "vault: a seal does not open";
    return handover;
  }
  if (turn.kind() == Pace::Turn::Kind::kClosed) {
    handover.result = Handover::Result::kLater;
    handover.error = absl::StrCat(turn.error(), "; left alone");
    handover.retry_after = turn.wait();
    return handover;
  }
  handover = channel.Send(opened.outgoing, std::move(stop));
  if (handover.result == Handover::Result::kStopped) return handover;
  turn.Took(options_.one_provider ? ReceptionOf(handover) : Reception{});
  return handover;
}

absl::Status Sender::ReadBoth(const std::string& kommun, uint64_t at_least,
                              const std::function<void(const State&, const Deliveries&)>& reader) {
  const absl::Time deadline = deps_.clock.Steady() + kPatience;
  absl::Status reached = absl::OkStatus();
  VAKA_RETURN_IF_ERROR(
      deps_.facts.Read(kommun, at_least, deadline, [&](const fold::Fold& facts, uint64_t) {
        reached =
            deps_.deliveries.Read(kommun, 0, deadline, [&](const fold::Fold& deliveries, uint64_t) {
              reader(static_cast<const State&>(facts), static_cast<const Deliveries&>(deliveries));
            });
      }));
  return reached;
}

// Looks whether the parcel still should go, and makes the message. The vault is asked outside the
// folds' locks.
absl::StatusOr<Sender::Opened> Sender::Open(const std::string& kommun, const Taken& taken) {
  const Parcel& parcel = taken.parcel;
  const absl::Time now = deps_.clock.Now();
  Opened opened;
  absl::StatusOr<Draft> draft = absl::UnknownError("not read");
  VAKA_RETURN_IF_ERROR(deps_.deliveries.Read(kommun, taken.deliveries,
                                             deps_.clock.Steady() + kPatience,
                                             [](const fold::Fold&, uint64_t) {}));
  VAKA_RETURN_IF_ERROR(
      ReadBoth(kommun, parcel.alert_seq(), [&](const State& state, const Deliveries& deliveries) {
        opened.recheck = RecheckOf(state, deliveries, parcel, now);
        draft =
            DraftOf(state, parcel.alert(), parcel.version(), parcel.person(), parcel.area(), now);
      }));
  if (opened.recheck.verdict != Recheck::Verdict::kSend) return opened;
  VAKA_RETURN_IF_ERROR(draft.status());
  VAKA_RETURN_IF_ERROR(OpenSeals(kommun, *draft, opened));
  if (opened.seal != Seal::kOpened) return opened;
  Outgoing& out = opened.outgoing;
  out.kommun = kommun;
  out.message = parcel.message();
  out.alert = parcel.alert();
  out.version = parcel.version();
  out.sender_name = draft->sender_name;
  out.link = absl::StrCat(deps_.public_url, "/l/", deps_.links.Make(kommun, parcel.message()));
  out.texts = Write(out.story, out.link, out.message);
  out.now = now;
  return opened;
}

// Fills in contact and story. An error: the keys could not be read.
absl::Status Sender::OpenSeals(const std::string& kommun, const Draft& draft, Opened& opened) {
  Outgoing& out = opened.outgoing;
  out.story = draft.story;
  const bool has_words = !draft.words.box().empty();
  std::vector<registry::v1::Sealed> sealed = {draft.contact};
  if (has_words) sealed.push_back(draft.words);
  VAKA_ASSIGN(const std::vector<absl::StatusOr<std::string>> plain,
              deps_.vault.OpenMany(kommun, sealed));
  for (size_t i = 0; i < plain.size(); ++i) {
    if (plain[i].ok()) continue;
    opened.seal = absl::IsNotFound(plain[i].status()) ? Seal::kErased : Seal::kUnreadable;
    if (opened.seal == Seal::kErased) return absl::OkStatus();
    deps_.metrics.Unreadable();
    LogError("notifications", kommun, ": ", sealed[i].subject(),
             ": its seal does not open: damaged, or sealed under another master key");
    return absl::OkStatus();
  }
  if (!out.contact.ParseFromString(*plain[0])) {
    opened.seal = Seal::kUnreadable;
    deps_.metrics.Unreadable();
    return absl::OkStatus();
  }
  if (has_words) out.story.words = *plain[1];
  return absl::OkStatus();
}

// Ends an entry that should not go, or not now.
absl::Status Sender::Settle(const std::string& kommun, const Taken& taken, const Opened& opened) {
  Recheck recheck = opened.recheck;
  if (recheck.verdict == Recheck::Verdict::kSend) {
    recheck = {Recheck::Verdict::kSuppress, REASON_SUPPRESS_ERASED};
  }
  Effects effects = ReleaseEffects(recheck, taken.parcel, deps_.clock.Now() + kWait);
  // Who took it before may have handed it over: a recall must reach the person all the same.
  if (taken.claimed && recheck.verdict == Recheck::Verdict::kSuppress) {
    effects.facts.insert(effects.facts.begin(), TakenOverFact(taken.parcel));
  }
  VAKA_ASSIGN(const bool finished, deps_.outbox.Finish(kommun, taken, effects));
  if (finished && recheck.reason != REASON_UNSPECIFIED) deps_.metrics.Planned(recheck.reason, 1);
  return absl::OkStatus();
}

// What came of it must be recorded, or another would hand it over once more: tried until it is, or
// until the end.
absl::Status Sender::Finish(const std::string& kommun, const Taken& taken, const Handover& handover,
                            std::stop_token stop) {
  for (;;) {
    const absl::Status recorded = Record(kommun, taken, handover);
    if (recorded.ok()) return recorded;
    deps_.metrics.Trouble("record");
    LogWarning("notifications", kommun, ": ", taken.parcel.message(),
               " not recorded: ", recorded.ToString());
    if (!deps_.clock.SleepFor(kLook, stop)) return recorded;
  }
}

absl::Status Sender::Record(const std::string& kommun, const Taken& taken,
                            const Handover& handover) {
  const Parcel& parcel = taken.parcel;
  const absl::Time now = deps_.clock.Now();
  Effects effects;
  if (handover.result == Handover::Result::kSent) {
    effects.facts.push_back(SentFact(parcel, handover.provider_id));
    VAKA_ASSIGN(const bool finished, deps_.outbox.Finish(kommun, taken, effects));
    if (finished) deps_.metrics.Sent(parcel.channel(), now - FromProto(parcel.accepted_at()));
    return absl::OkStatus();
  }
  VAKA_RETURN_IF_ERROR(
      ReadBoth(kommun, parcel.alert_seq(), [&](const State& state, const Deliveries& deliveries) {
        effects = AfterFailure(state, deliveries, kommun, parcel, handover, options_.retry, now);
      }));
  VAKA_ASSIGN(const bool finished, deps_.outbox.Finish(kommun, taken, effects));
  if (finished) deps_.metrics.Failed(parcel.channel(), effects.hold.empty());
  if (finished && !effects.send.empty()) deps_.sendable(kommun);
  return absl::OkStatus();
}

void Sender::Start() {
  for (int worker = 0; worker < options_.workers; ++worker) {
    threads_.emplace_back([this, worker](std::stop_token stop) { Work(worker, stop); });
  }
}

void Sender::BeginStop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  bell_.Ring();
}

void Sender::Stop() {
  BeginStop();
  threads_.clear();  // joins
}

void Sender::Wake(const std::string& kommun) {
  {
    absl::MutexLock lock(&mu_);
    woken_[kommun] = ++wakes_;
  }
  bell_.Ring();
}

std::set<std::string> Sender::WokenSince(uint64_t& seen) {
  absl::MutexLock lock(&mu_);
  std::set<std::string> woken;
  for (const auto& [kommun, wake] : woken_) {
    if (wake > seen) woken.insert(kommun);
  }
  seen = wakes_;
  return woken;
}

// Every worker goes through every municipality that was woken; the first also looks at all of them
// once a second, for what another process put there, and takes over what was left.
void Sender::Work(int worker, std::stop_token stop) {
  const std::unique_ptr<Channel> channel = deps_.make_channel();
  const absl::Duration claim_every = std::min(kMostBetweenLooks, options_.claim_after / 4);
  absl::Time looked = deps_.clock.Steady();
  absl::Time claimed = absl::InfinitePast();
  uint64_t heard = 0;
  uint64_t seen = 0;
  while (!stop.stop_requested()) {
    heard = bell_.Await(heard, kLook);
    std::set<std::string> todo = WokenSince(seen);
    const absl::Time now = deps_.clock.Steady();
    const bool look = worker == 0 && now - looked >= kLook;
    const bool claim = look && now - claimed >= claim_every;
    if (look) {
      looked = now;
      const std::vector<std::string> all = deps_.facts.Municipalities();
      const std::vector<std::string> with = deps_.outbox.WithEntries(all, options_.channel);
      todo.insert(with.begin(), with.end());
      for (const std::string& kommun : all) {
        if (!std::binary_search(with.begin(), with.end(), kommun)) LeftBehind(kommun, {});
      }
    }
    if (claim) claimed = now;
    for (const std::string& kommun : todo) {
      if (stop.stop_requested()) return;
      const absl::Status worked = WorkOn(kommun, look, claim, *channel, stop);
      if (worked.ok() || stop.stop_requested()) continue;
      deps_.metrics.Trouble("send");
      LogWarning("notifications", kommun, ": ", NameOf(options_.channel),
                 " not finished: ", worked.ToString());
      if (!deps_.clock.SleepFor(kLook, stop)) return;
    }
  }
}

absl::Status Sender::WorkOn(const std::string& kommun, bool look, bool claim, Channel& channel,
                            std::stop_token stop) {
  VAKA_ASSIGN(const int sent, RunOnce(kommun, channel, stop));
  if (look && sent > 0) Wake(kommun);
  if (!claim) return absl::OkStatus();
  return ClaimOnce(kommun, channel, stop).status();
}

}  // namespace vaka::notifications
