#include "services/notifications/engine.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "services/notifications/deliveries.h"
#include "services/notifications/plan.h"
#include "services/notifications/state.h"

namespace vaka::notifications {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr absl::Duration kRetryWait = absl::Seconds(2);

const State& StateOf(const fold::Fold& fold) { return static_cast<const State&>(fold); }
const Deliveries& DeliveriesOf(const fold::Fold& fold) {
  return static_cast<const Deliveries&>(fold);
}

}  // namespace

Engine::Engine(Deps deps) : deps_(std::move(deps)) {}

Engine::~Engine() { Stop(); }

absl::Status Engine::Counted(absl::Status status, absl::string_view where) {
  if (!status.ok()) deps_.metrics.Trouble(where);
  return status;
}

absl::Status Engine::RunOnce(const std::string& kommun) {
  for (;;) {
    VAKA_ASSIGN(const bool more, Turn(kommun, /*release=*/true));
    if (!more) return absl::OkStatus();
  }
}

absl::StatusOr<bool> Engine::Turn(const std::string& kommun, bool release) {
  VAKA_RETURN_IF_ERROR(Counted(Raise(kommun), "raise"));
  VAKA_ASSIGN(const bool has_step, HasStep(kommun));
  if (!has_step && !release) return false;
  deps_.deliveries.Adopt(kommun);  // the first delivery is still to come
  const absl::StatusOr<bool> planned = has_step ? PlanNext(kommun) : false;
  VAKA_RETURN_IF_ERROR(Counted(planned.status(), "plan"));
  if (!release) return *planned;
  const absl::StatusOr<bool> released = ReleaseDue(kommun);
  VAKA_RETURN_IF_ERROR(Counted(released.status(), "release"));
  return *planned || *released;
}

absl::StatusOr<bool> Engine::HasStep(const std::string& kommun) {
  uint64_t planned = 0;
  {
    absl::MutexLock lock(&mu_);
    planned = planned_[kommun];
  }
  bool has = false;
  VAKA_RETURN_IF_ERROR(deps_.facts.Read(kommun, 0, deps_.clock.Steady() + kPatience,
                                        [&](const fold::Fold& fold, uint64_t) {
                                          has = StateOf(fold).NextStep(planned).has_value();
                                        }));
  return has;
}

absl::Status Engine::Raise(const std::string& kommun) {
  const absl::Time now = deps_.clock.Now();
  Chores chores;
  VAKA_RETURN_IF_ERROR(deps_.facts.Read(
      kommun, 0, deps_.clock.Steady() + kPatience,
      [&](const fold::Fold& fold, uint64_t) { chores = ChoresAt(StateOf(fold), now); }));
  uint64_t raised = 0;
  for (const Chore& chore : chores.due) {
    fold::Command command;
    command.kommun = kommun;
    command.key = chore.key;
    command.actor.set_role(options::v1::ROLE_SYSTEM);
    command.deadline = deps_.clock.Steady() + kPatience;
    const absl::StatusOr<fold::Outcome> outcome = deps_.commands.ExecuteAndWait(
        std::move(command), [&](const fold::Fold& fold, absl::Time moment) {
          return DecideChore(StateOf(fold), kommun, chore, moment);
        });
    VAKA_RETURN_IF_ERROR(outcome.status());
    raised = std::max(raised, outcome->seq);
  }
  if (raised == 0) return absl::OkStatus();
  // Planning reads the state: it must hold what was raised.
  return deps_.facts.Read(kommun, raised, deps_.clock.Steady() + kPatience,
                          [](const fold::Fold&, uint64_t) {});
}

// Plans one part of the next step; false: there is none. A part that is not the step's last is
// still being written when this returns: the municipality's next turn plans what comes after it
// meanwhile.
absl::StatusOr<bool> Engine::PlanNext(const std::string& kommun) {
  PlannerPosition at;
  const bool ahead = writing_ != nullptr && writing_->kommun == kommun;
  if (ahead) {
    at = writing_->next;
  } else {
    VAKA_ASSIGN(at, deps_.outbox.Position(kommun));
    absl::MutexLock lock(&mu_);
    planned_[kommun] = at.seq;
  }
  VAKA_ASSIGN(std::optional<PlannedPart> part, NextPart(kommun, at));
  const absl::StatusOr<std::optional<uint64_t>> written = AwaitWritten();
  if (ahead) {
    VAKA_RETURN_IF_ERROR(written.status());
    if (!written->has_value()) return true;  // another process was first; go on from where it is
    at.deliveries = **written;
  } else if (!written.ok()) {  // the other municipality's next turn goes on from where it is
    LogWarning("notifications", "a part not planned: ", written.status().ToString());
  }
  if (!part) return false;
  if (part->next.after.empty()) {
    VAKA_RETURN_IF_ERROR(Write(kommun, at, *part).status());
    return true;
  }
  writing_ = std::make_unique<Writing>();
  writing_->kommun = kommun;
  writing_->next = part->next;
  writing_->next.deliveries = at.deliveries;
  writing_->done = std::async(std::launch::async, [this, kommun, at, part = *std::move(part)] {
    return Write(kommun, at, part);
  });
  return true;
}

absl::StatusOr<std::optional<PlannedPart>> Engine::NextPart(const std::string& kommun,
                                                            const PlannerPosition& at) {
  const absl::Time now = deps_.clock.Now();
  std::optional<PlannedPart> part;
  absl::Status reached = absl::OkStatus();
  // Both folds at once, always in this order. The deliveries must hold what was planned before, by
  // whatever process.
  VAKA_RETURN_IF_ERROR(deps_.deliveries.Read(
      kommun, at.deliveries, deps_.clock.Steady() + kPatience, [](const fold::Fold&, uint64_t) {}));
  VAKA_RETURN_IF_ERROR(deps_.facts.Read(
      kommun, 0, deps_.clock.Steady() + kPatience, [&](const fold::Fold& facts, uint64_t) {
        const State& state = StateOf(facts);
        const std::optional<State::Step> step = state.NextStep(at.seq);
        if (!step) return;
        reached = deps_.deliveries.Read(kommun, 0, deps_.clock.Steady() + kPatience,
                                        [&](const fold::Fold& deliveries, uint64_t) {
                                          part = PlanPart(state, DeliveriesOf(deliveries), kommun,
                                                          *step, at, kPlanLimit, now);
                                        });
      }));
  VAKA_RETURN_IF_ERROR(reached);
  return part;
}

absl::StatusOr<std::optional<uint64_t>> Engine::Write(const std::string& kommun,
                                                      const PlannerPosition& at,
                                                      const PlannedPart& part) {
  uint64_t last = at.deliveries;
  VAKA_ASSIGN(const bool planned, deps_.outbox.Plan(kommun, at, part.next, part.effects, &last));
  if (!planned) return std::nullopt;
  for (const auto& [reason, count] : part.reasons) deps_.metrics.Planned(reason, count);
  if (!part.effects.send.empty() && deps_.sendable) deps_.sendable(kommun);
  return last;
}

absl::StatusOr<std::optional<uint64_t>> Engine::AwaitWritten() {
  if (writing_ == nullptr) return std::nullopt;
  return std::exchange(writing_, nullptr)->done.get();
}

// Releases the first that are due; false: those were all.
absl::StatusOr<bool> Engine::ReleaseDue(const std::string& kommun) {
  const absl::Time now = deps_.clock.Now();
  VAKA_ASSIGN(const std::vector<Parcel> due, deps_.outbox.HeldUntil(kommun, now, kReleaseLimit));
  if (due.empty()) return false;
  uint64_t newest = 0;
  for (const Parcel& parcel : due) newest = std::max(newest, parcel.alert_seq());
  std::vector<Recheck> rechecks;
  std::vector<Outbox::Letting> lettings;
  absl::Status reached = absl::OkStatus();
  VAKA_RETURN_IF_ERROR(deps_.facts.Read(
      kommun, newest, deps_.clock.Steady() + kPatience, [&](const fold::Fold& facts, uint64_t) {
        reached = deps_.deliveries.Read(
            kommun, 0, deps_.clock.Steady() + kPatience,
            [&](const fold::Fold& deliveries, uint64_t) {
              for (const Parcel& parcel : due) {
                rechecks.push_back(
                    RecheckOf(StateOf(facts), DeliveriesOf(deliveries), parcel, now));
                lettings.push_back(
                    {parcel, ReleaseEffects(rechecks.back(), parcel, now + kRetryWait)});
              }
            });
      }));
  VAKA_RETURN_IF_ERROR(reached);
  VAKA_ASSIGN(const std::vector<bool> released, deps_.outbox.Release(kommun, lettings));
  bool sendable = false;
  for (size_t i = 0; i < released.size(); ++i) {
    if (!released[i]) continue;
    sendable = sendable || rechecks[i].verdict == Recheck::Verdict::kSend;
    if (rechecks[i].verdict == Recheck::Verdict::kSuppress)
      deps_.metrics.Planned(rechecks[i].reason, 1);
  }
  if (sendable && deps_.sendable) deps_.sendable(kommun);
  return due.size() == kReleaseLimit;
}

void Engine::Start() {
  thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
}

void Engine::Stop() {
  if (thread_.joinable()) {
    thread_.request_stop();
    bell_.Ring();
    thread_.join();
  }
  writing_.reset();  // waits for it
}

void Engine::Wake(const std::string& kommun) {
  {
    absl::MutexLock lock(&mu_);
    woken_.try_emplace(kommun, false);
  }
  bell_.Ring();
}

void Engine::Run(std::stop_token stop) {
  absl::Time looked = absl::InfinitePast();
  uint64_t heard = 0;
  while (!stop.stop_requested()) {
    heard = bell_.Await(heard, kEngineLook);
    std::map<std::string, bool> todo;
    {
      absl::MutexLock lock(&mu_);
      todo.swap(woken_);
    }
    if (const absl::Time now = deps_.clock.Steady(); now - looked >= kEngineLook) {
      looked = now;
      const std::vector<std::string> all = deps_.facts.Municipalities();
      for (const std::string& kommun : all) todo.try_emplace(kommun, false);
      for (const std::string& kommun : deps_.outbox.WithDue(all, deps_.clock.Now())) {
        todo[kommun] = true;
      }
    }
    for (const auto& [kommun, release] : todo) {
      if (stop.stop_requested()) return;
      RunFor(kommun, release);
    }
  }
}

void Engine::RunFor(const std::string& kommun, bool release) {
  const absl::StatusOr<bool> more = Turn(kommun, release);
  if (!more.ok()) {
    LogWarning("notifications", kommun, ": turn not finished: ", more.status().ToString());
  } else if (*more) {
    {
      absl::MutexLock lock(&mu_);
      woken_[kommun] |= release;
    }
    bell_.Ring();
  }
}

}  // namespace vaka::notifications
