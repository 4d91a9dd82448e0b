#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
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
  absl::Time deadline;
};

struct Outcome {
  uint64_t seq = 0;       // of the last fact; 0: nothing changed
  bool repeated = false;  // the command had been carried out before
};

// Turns decisions into facts: decide on the state, append what was decided, decide anew when
// another's fact came between. A repeated key answers the first result, also where deciding again
// would fail. Thread-safe.
class Commands {
 public:
  // Pure. Runs with the fold locked for reading. May run more than once.
  using Decide = std::function<absl::StatusOr<Decision>(const Fold& state, absl::Time now)>;
  using Done = std::function<void(absl::StatusOr<Outcome>)>;

  Commands(Follower& follower, log::Log& log, Clock& clock);

  // `done` runs once, on some thread; it must not block. Errors: Decide's; those of
  // log::Log::Append; NOT_FOUND for an unknown municipality; DEADLINE_EXCEEDED.
  void Execute(Command command, Decide decide, Done done);

  // Execute, waiting; for loops of one's own and tests, never on a gRPC thread.
  absl::StatusOr<Outcome> ExecuteAndWait(Command command, Decide decide);

 private:
  struct Attempt;
  void Try(std::shared_ptr<Attempt> attempt);

  Follower& follower_;
  log::Log& log_;
  Clock& clock_;
};

}  // namespace vaka::fold
