#include "libs/fold/commands.h"

#include <atomic>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "libs/base/ids.h"
#include "libs/base/time.h"

namespace vaka::fold {
namespace {

// How often a decision is made anew when others' facts keep coming between.
constexpr int kMostTries = 5;

// The facts of a decision as the log takes them.
std::vector<std::string> Envelopes(const Command& command, std::vector<event::v1::Event> facts,
                                   absl::Time now) {
  std::vector<std::string> bytes;
  bytes.reserve(facts.size());
  for (size_t i = 0; i < facts.size(); ++i) {
    event::v1::Event& fact = facts[i];
    fact.set_kommun(command.kommun);
    fact.clear_seq();
    fact.set_id(DeriveId("f", command.kommun, command.key, static_cast<int>(i)));
    *fact.mutable_recorded_at() = ToProto(now);
    if (!fact.has_occurred_at()) *fact.mutable_occurred_at() = ToProto(now);
    *fact.mutable_actor() = command.actor;
    fact.set_trace(command.trace);
    bytes.push_back(fact.SerializeAsString());
  }
  return bytes;
}

absl::Status TooLate() {
  return absl::DeadlineExceededError("the deadline passed before it was decided");
}

}  // namespace

// One command on its way. Its stages follow each other, so that only `stage` needs to be atomic.
struct Commands::Attempt {
  enum class Stage { kAsked, kAnswered, kReturned };

  Command command;
  Decide decide;
  Done done;
  int tries = 0;
  uint64_t at_least = 0;  // position to decide on

  std::atomic<Stage> stage = Stage::kAsked;
  absl::Time now;
  uint64_t seen = 0;
  bool reached = false;  // there was a state to decide on
  absl::StatusOr<Decision> decision = absl::UnknownError("not decided");
};

Commands::Commands(Follower& follower, log::Log& log, Clock& clock)
    : follower_(follower), log_(log), clock_(clock), asker_([this] { AskLoop(); }) {}

Commands::~Commands() {
  {
    absl::MutexLock lock(&mu_);
    mu_.Await(absl::Condition(
        +[](int* under_way) { return *under_way == 0; }, &under_way_));
    stopping_ = true;
  }
  asker_.join();
}

void Commands::Execute(Command command, Decide decide, Done done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->command = std::move(command);
  attempt->decide = std::move(decide);
  attempt->done = std::move(done);
  {
    absl::MutexLock lock(&mu_);
    ++under_way_;
  }
  Try(std::move(attempt));
}

absl::StatusOr<Outcome> Commands::ExecuteAndWait(Command command, Decide decide) {
  absl::StatusOr<Outcome> result = absl::UnknownError("not carried out");
  absl::Notification finished;
  Execute(std::move(command), std::move(decide), [&](absl::StatusOr<Outcome> outcome) {
    result = std::move(outcome);
    finished.Notify();
  });
  finished.WaitForNotification();
  return result;
}

// Decides under the fold's lock and goes on outside it: the append may call back at once.
void Commands::Try(AttemptPtr attempt) {
  ++attempt->tries;
  attempt->stage = Attempt::Stage::kAsked;
  const Command& command = attempt->command;
  follower_.When(
      command.kommun, attempt->at_least, command.deadline,
      [this, attempt](absl::Status status, const Fold* fold, uint64_t position) {
        attempt->now = clock_.Now();
        attempt->seen = position;
        attempt->reached = status.ok();
        if (!status.ok()) {
          attempt->decision = std::move(status);
        } else if (clock_.Steady() >= attempt->command.deadline) {
          attempt->reached = false;
          attempt->decision = TooLate();
        } else {
          attempt->decision = attempt->decide(*fold, attempt->now);
        }
        // Answered on this call: Try goes on below. Later, on the follower's thread: the
        // asker goes on, without the lock.
        if (attempt->stage.exchange(Attempt::Stage::kAnswered) == Attempt::Stage::kReturned) {
          Later([this, attempt] { Decided(attempt); });
        }
      });
  if (attempt->stage.exchange(Attempt::Stage::kReturned) == Attempt::Stage::kAnswered) {
    Decided(std::move(attempt));
  }
}

void Commands::Decided(AttemptPtr attempt) {
  if (!attempt->reached) return Finish(attempt, attempt->decision.status());
  if (!attempt->decision.ok() || attempt->decision->facts.empty()) {
    Later([this, attempt] { AskWhetherRepeated(attempt); });
    return;
  }
  Append(std::move(attempt));
}

void Commands::Append(AttemptPtr attempt) {
  Decision decision = *std::move(attempt->decision);
  log::AppendRequest request;
  request.kommun = attempt->command.kommun;
  request.stream = follower_.stream();
  request.idempotency_key = attempt->command.key;
  request.facts = Envelopes(attempt->command, std::move(decision.facts), attempt->now);
  request.rests_on = std::move(decision.rests_on);
  request.seen = attempt->seen;
  request.keys = std::move(decision.keys);
  log_.Append(std::move(request), [this, attempt](absl::StatusOr<log::Appended> appended) {
    if (appended.ok()) return Finish(attempt, Outcome{appended->last, appended->repeated});
    if (!absl::IsAborted(appended.status()) || attempt->tries >= kMostTries) {
      return Finish(attempt, appended.status());
    }
    Later([this, attempt] { TryAgainAtHead(attempt); });
  });
}

// The decision was "no" or "nothing to do". That is the answer unless the command was carried out
// before, or the state was behind the log.
void Commands::AskWhetherRepeated(const AttemptPtr& attempt) {
  const Command& command = attempt->command;
  if (clock_.Steady() >= command.deadline) return Finish(attempt, TooLate());
  const absl::StatusOr<std::optional<log::Appended>> first =
      log_.Seen(command.kommun, follower_.stream(), command.key);
  if (!first.ok()) return Finish(attempt, first.status());
  if (first->has_value()) return Finish(attempt, Outcome{(*first)->last, /*repeated=*/true});
  const absl::StatusOr<uint64_t> head = log_.Head(command.kommun, follower_.stream());
  if (!head.ok()) return Finish(attempt, head.status());
  if (*head > attempt->seen && attempt->tries < kMostTries) {
    attempt->at_least = *head;
    return Try(attempt);
  }
  if (!attempt->decision.ok()) return Finish(attempt, attempt->decision.status());
  Finish(attempt, Outcome{});
}

void Commands::TryAgainAtHead(const AttemptPtr& attempt) {
  if (clock_.Steady() >= attempt->command.deadline) return Finish(attempt, TooLate());
  const absl::StatusOr<uint64_t> head = log_.Head(attempt->command.kommun, follower_.stream());
  if (!head.ok()) return Finish(attempt, head.status());
  attempt->at_least = *head;
  Try(attempt);
}

void Commands::Finish(const AttemptPtr& attempt, absl::StatusOr<Outcome> outcome) {
  attempt->done(std::move(outcome));
  absl::MutexLock lock(&mu_);
  --under_way_;
}

void Commands::Later(std::function<void()> question) {
  absl::MutexLock lock(&mu_);
  questions_.push_back(std::move(question));
}

void Commands::AskLoop() {
  for (;;) {
    std::function<void()> question;
    {
      absl::MutexLock lock(&mu_);
      mu_.Await(absl::Condition(
          +[](Commands* self) ABSL_EXCLUSIVE_LOCKS_REQUIRED(self->mu_) {
            return self->stopping_ || !self->questions_.empty();
          },
          this));
      if (questions_.empty()) return;
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    question();
  }
}

}  // namespace vaka::fold
