#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/fold/follower.h"

namespace vaka::fold {

// Who asks for what, until when.
struct Command {
  std::string kommun;
  std::string key;  // idempotency key, already made unique to caller and method (see rpc::Call)
  event::v1::Actor actor;
  std::string trace;
  absl::Time deadline;  // Clock::Steady
};

struct Outcome {
  uint64_t seq = 0;       // of the last fact; 0: nothing changed
  bool repeated = false;  // the command had been carried out before
};

// Turns decisions into facts: decide on the state, append what was decided, decide anew when
// another's fact came between. A repeated key answers the first result, also where deciding again
// would fail; a refusal is answered only by a state that holds every fact that was there when it
// was asked for. Thread-safe; has one thread for questions to the log, which may block.
class Commands {
 public:
  // Pure. Runs with the fold locked for reading. May run more than once.
  using Decide = std::function<absl::StatusOr<Decision>(const Fold& state, absl::Time now)>;
  using Done = std::function<void(absl::StatusOr<Outcome>)>;

  // All outlive this object.
  Commands(Follower& follower, log::Log& log, Clock& clock);

  // Waits for the commands under way. REQUIRES: the follower runs or has been stopped.
  ~Commands();

  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  // `done` runs once, on some thread; it must not block. Errors: Decide's; those of
  // log::Log::Append, of which ABORTED means that others kept coming between; NOT_FOUND for an
  // unknown municipality; DEADLINE_EXCEEDED; UNAVAILABLE while stopping.
  void Execute(Command command, Decide decide, Done done);

  // Execute, waiting; for loops of one's own and tests, never on a gRPC thread.
  absl::StatusOr<Outcome> ExecuteAndWait(Command command, Decide decide);

 private:
  struct Attempt;
  using AttemptPtr = std::shared_ptr<Attempt>;  // shared by the callbacks of its stages

  void Try(AttemptPtr attempt);
  void Decided(AttemptPtr attempt);
  void Append(AttemptPtr attempt);
  void AskWhetherRepeated(const AttemptPtr& attempt);
  void TryAgainAtHead(const AttemptPtr& attempt);
  void Finish(const AttemptPtr& attempt, absl::StatusOr<Outcome> outcome);

  void Later(std::function<void()> question);
  void AskLoop();

  // Constant after construction.
  Follower& follower_;
  log::Log& log_;
  Clock& clock_;

  absl::Mutex mu_;
  std::deque<std::function<void()>> questions_ ABSL_GUARDED_BY(mu_);
  int under_way_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;

  std::jthread asker_;
};

}  // namespace vaka::fold
