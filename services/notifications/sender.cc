#include "services/notifications/sender.h"

#include <algorithm>
#include <optional>
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
constexpr absl::Duration kClaimEvery = absl::Seconds(10);
constexpr absl::Duration kLongestRetry = absl::Hours(1);
constexpr absl::Duration kWait = absl::Seconds(2);

const State& StateOf(const fold::Fold& fold) { return static_cast<const State&>(fold); }
const Deliveries& DeliveriesOf(const fold::Fold& fold) {
  return static_cast<const Deliveries&>(fold);
}

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

event::v1::Event FailedFact(const Parcel& parcel, const std::string& error) {
  event::v1::Event event;
  DeliveryFailed& failed = *event.mutable_delivery_failed();
  failed.set_message(parcel.message());
  failed.set_alert(parcel.alert());
  failed.set_person(parcel.person());
  failed.set_channel(parcel.channel());
  failed.set_error(error);
  failed.set_attempt(parcel.attempt() + 1);
  return event;
}

}  // namespace

Sender::Sender(SenderOptions options, Deps deps)
    : options_(std::move(options)),
      deps_(std::move(deps)),
      consumer_(RandomId("sender")),
      rate_(options_.per_second, deps_.clock) {}

Sender::~Sender() { Stop(); }

absl::StatusOr<int> Sender::RunOnce(const std::string& kommun, Channel& channel,
                                    std::stop_token stop) {
  int finished = 0;
  while (!stop.stop_requested()) {
    // One at a time, so that an entry is never idle for longer than one sending lasts.
    VAKA_ASSIGN(const std::vector<Taken> taken,
                deps_.outbox.Take(kommun, options_.channel, consumer_, 1));
    if (taken.empty()) break;
    if (!rate_.Await(stop)) break;  // stopping: another will claim it
    VAKA_RETURN_IF_ERROR(Handle(kommun, taken.front(), channel));
    ++finished;
  }
  return finished;
}

absl::StatusOr<int> Sender::ClaimOnce(const std::string& kommun, Channel& channel) {
  VAKA_ASSIGN(const std::vector<Taken> claimed,
              deps_.outbox.Claim(kommun, options_.channel, consumer_, options_.claim_after, 1));
  for (const Taken& taken : claimed) VAKA_RETURN_IF_ERROR(Handle(kommun, taken, channel));
  return static_cast<int>(claimed.size());
}

absl::Status Sender::Handle(const std::string& kommun, const Taken& taken, Channel& channel) {
  VAKA_ASSIGN(const Opened opened, Open(kommun, taken));
  const Parcel& parcel = taken.parcel;
  if (opened.recheck.verdict != Recheck::Verdict::kSend) {
    return deps_.outbox
        .Finish(kommun, taken, ReleaseEffects(opened.recheck, parcel, deps_.clock.Now() + kWait))
        .status();
  }
  if (opened.lost) {
    Effects effects;
    effects.facts.push_back(SuppressedFact(parcel, REASON_SUPPRESS_ERASED));
    return deps_.outbox.Finish(kommun, taken, effects).status();
  }
  return Finish(kommun, taken, channel.Send(opened.outgoing));
}

// Looks whether the parcel still should go, and makes the message. The vault is asked outside the
// folds' locks.
absl::StatusOr<Sender::Opened> Sender::Open(const std::string& kommun, const Taken& taken) {
  const Parcel& parcel = taken.parcel;
  const absl::Time now = deps_.clock.Now();
  Opened opened;
  absl::StatusOr<Draft> draft = absl::UnknownError("not read");
  VAKA_RETURN_IF_ERROR(deps_.deliveries.Read(kommun, taken.deliveries, now + kPatience,
                                             [](const fold::Fold&, uint64_t) {}));
  absl::Status reached = absl::OkStatus();
  VAKA_RETURN_IF_ERROR(deps_.facts.Read(
      kommun, parcel.alert_seq(), now + kPatience, [&](const fold::Fold& facts, uint64_t) {
        reached = deps_.deliveries.Read(
            kommun, 0, now + kPatience, [&](const fold::Fold& deliveries, uint64_t) {
              opened.recheck = RecheckOf(StateOf(facts), DeliveriesOf(deliveries), parcel);
            });
        draft = DraftOf(StateOf(facts), parcel.alert(), parcel.version(), parcel.person(),
                        parcel.area(), now);
      }));
  VAKA_RETURN_IF_ERROR(reached);
  if (opened.recheck.verdict != Recheck::Verdict::kSend) return opened;
  VAKA_RETURN_IF_ERROR(draft.status());
  const bool has_words = !draft->words.box().empty();
  std::vector<registry::v1::Sealed> sealed = {draft->contact};
  if (has_words) sealed.push_back(draft->words);
  VAKA_ASSIGN(const std::vector<absl::StatusOr<std::string>> plain,
              deps_.vault.OpenMany(kommun, sealed));
  Outgoing& out = opened.outgoing;
  if (!plain[0].ok() || !out.contact.ParseFromString(*plain[0]) || (has_words && !plain[1].ok())) {
    opened.lost = true;
    return opened;
  }
  if (has_words) draft->story.words = *plain[1];
  out.kommun = kommun;
  out.message = parcel.message();
  out.alert = parcel.alert();
  out.version = parcel.version();
  out.sender_name = draft->sender_name;
  out.link = absl::StrCat(deps_.public_url, "/l/", deps_.links.Make(kommun, parcel.message()));
  out.story = std::move(draft->story);
  out.texts = Write(out.story, out.link, out.message);
  out.now = now;
  return opened;
}

absl::Status Sender::Finish(const std::string& kommun, const Taken& taken,
                            const Handover& handover) {
  const Parcel& parcel = taken.parcel;
  if (handover.result == Handover::Result::kSent) {
    Effects effects;
    effects.facts.push_back(SentFact(parcel, handover.provider_id));
    VAKA_ASSIGN(const bool finished, deps_.outbox.Finish(kommun, taken, effects));
    if (finished) {
      deps_.metrics.Sent(parcel.channel(), deps_.clock.Now() - FromProto(parcel.accepted_at()));
    }
    return absl::OkStatus();
  }
  VAKA_ASSIGN(const Effects effects, AfterFailure(kommun, parcel, handover));
  VAKA_ASSIGN(const bool finished, deps_.outbox.Finish(kommun, taken, effects));
  if (finished) deps_.metrics.Failed(parcel.channel(), effects.hold.empty());
  return absl::OkStatus();
}

absl::StatusOr<Effects> Sender::AfterFailure(const std::string& kommun, const Parcel& parcel,
                                             const Handover& handover) {
  const absl::Time now = deps_.clock.Now();
  if (handover.result == Handover::Result::kLater && parcel.attempt() + 1 < options_.attempts) {
    Effects effects;
    effects.facts.push_back(FailedFact(parcel, handover.error));
    Parcel again = parcel;
    again.set_attempt(parcel.attempt() + 1);
    effects.hold.emplace_back(now + RetryAfter(parcel, handover), std::move(again));
    return effects;
  }
  Effects effects;
  absl::Status reached = absl::OkStatus();
  VAKA_RETURN_IF_ERROR(deps_.facts.Read(
      kommun, parcel.alert_seq(), now + kPatience, [&](const fold::Fold& facts, uint64_t) {
        reached = deps_.deliveries.Read(
            kommun, 0, now + kPatience, [&](const fold::Fold& deliveries, uint64_t) {
              effects = GiveUpEffects(StateOf(facts), DeliveriesOf(deliveries), kommun, parcel,
                                      handover.error);
            });
      }));
  VAKA_RETURN_IF_ERROR(reached);
  return effects;
}

// Doubled each time, and up to a quarter longer by the message's own share, so that a provider that
// comes back is not met by everybody at once.
absl::Duration Sender::RetryAfter(const Parcel& parcel, const Handover& handover) const {
  absl::Duration wait = options_.first_retry;
  for (uint32_t i = 0; i < parcel.attempt() && wait < kLongestRetry; ++i) wait *= 2;
  wait = std::min(wait, kLongestRetry);
  const uint32_t share = Crc32c(absl::StrCat(parcel.message(), parcel.attempt())) % 256;
  return std::max(wait + wait * share / 1024, handover.retry_after);
}

void Sender::Start() {
  for (int worker = 0; worker < options_.workers; ++worker) {
    threads_.emplace_back([this, worker](std::stop_token stop) { Work(worker, stop); });
  }
}

void Sender::Stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  threads_.clear();  // joins
}

void Sender::Wake(const std::string& kommun) {
  absl::MutexLock lock(&mu_);
  woken_.insert(kommun);
  ++wakes_;
}

// Every worker goes through every municipality that was woken; the first also looks at all of them
// once a second, for what another process put there, and takes over what was left.
void Sender::Work(int worker, std::stop_token stop) {
  const std::unique_ptr<Channel> channel = deps_.make_channel();
  absl::Time claimed = deps_.clock.Now();
  uint64_t seen = 0;
  while (!stop.stop_requested()) {
    std::set<std::string> todo;
    {
      absl::MutexLock lock(&mu_);
      const auto something = [this, seen]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ || wakes_ != seen;
      };
      const bool woken = mu_.AwaitWithTimeout(absl::Condition(&something), kLook);
      if (stopping_) return;
      if (woken) todo = woken_;
      seen = wakes_;
      if (!woken && worker == 0) woken_.clear();  // everybody had a second to see it
    }
    const bool look = todo.empty() && worker == 0;
    if (look) {
      for (std::string& kommun : deps_.facts.Municipalities()) todo.insert(std::move(kommun));
    }
    const bool claim = worker == 0 && deps_.clock.Now() - claimed >= kClaimEvery;
    if (claim) claimed = deps_.clock.Now();
    for (const std::string& kommun : todo) {
      absl::StatusOr<int> sent = RunOnce(kommun, *channel, stop);
      if (sent.ok() && claim) sent = ClaimOnce(kommun, *channel);
      if (sent.ok()) {
        if (look && *sent > 0) Wake(kommun);
        continue;
      }
      deps_.metrics.Trouble("send");
      LogWarning("notifications", kommun, ": ", NameOf(options_.channel),
                 " not finished: ", sent.status().ToString());
      if (!deps_.clock.SleepFor(kLook, stop)) return;
    }
  }
}

}  // namespace vaka::notifications
