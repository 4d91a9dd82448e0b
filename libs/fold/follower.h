#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/base/clock.h"
#include "libs/bus/bus.h"
#include "libs/fold/fold.h"
#include "libs/log/log.h"

namespace vaka::fold {

struct FollowerOptions {
  std::string name;  // the service's; snapshots and parked facts are filed under it
  uint32_t schema =
      1;  // of Serialize's bytes; a snapshot of another schema is ignored and the log refolded
  log::Stream stream = log::Stream::kFacts;
  uint64_t snapshot_every = 50000;  // facts, or half of them all; twice that without a pause
  absl::Duration look =
      absl::Seconds(1);  // how often the log's head is compared, so that a lost last fact is found
};

// Position of one municipality's fold.
struct Progress {
  std::string kommun;
  uint64_t position = 0;
  uint64_t head = 0;   // last known
  absl::Time checked;  // when, by Clock::Steady, position was last known to be the head
  uint64_t parked = 0;
  uint64_t gaps = 0;               // holes read from the log
  uint64_t duplicates = 0;         // dropped
  uint64_t ignored_snapshots = 0;  // of another schema or damaged; the log was read instead
  bool lost = false;  // the log lost its tail while it was followed; reads answer DATA_LOSS
};

// Keeps one fold a municipality at the head of its log: newest snapshot, then the log, then the
// bus; a hole is read from the log, a repeat dropped, and once a `look` the head is compared. One
// thread of its own between Start and Stop. Thread-safe.
//
// Failure: a fact that is damaged, not decodable or refused by the fold is parked, counted and
// logged, and the fold goes on. While the log cannot be reached, reads are answered from memory
// (Progress::checked tells how old that is). A log that loses its tail while it is followed ends
// the following of that municipality alone: its reads answer DATA_LOSS.
class Follower {
 public:
  using Make = std::function<std::unique_ptr<Fold>(const std::string& kommun)>;
  // Runs with the fold locked for reading; must not block and must not call the follower.
  using Reader = std::function<void(absl::Status status, const Fold* fold, uint64_t position)>;
  // Runs on the follower's thread after each applied live or replayed fact, without a lock; must
  // not block for long.
  using Applied = std::function<void(const event::v1::Event& event)>;

  // `log` and `clock` outlive this object; `source` is used by the follower's thread.
  Follower(FollowerOptions options, Make make, log::Log& log, std::unique_ptr<bus::Source> source,
           Clock& clock);
  ~Follower();

  // REQUIRES: before Start. Several are called in their order.
  void OnApplied(Applied applied);

  // What Start does before it follows, for all the followers of a process: their snapshots beside
  // each other, and what is far behind in a log read and decoded once for all of them. Answers
  // nobody yet; Start does, with the little that is left to read. Errors as Start.
  // REQUIRES: none has started; they share one log.
  static absl::Status Open(absl::Span<Follower* const> followers);

  // Reads every municipality to its head, then follows. DATA_LOSS when a log's head lies below a
  // snapshot's position: the log has lost its tail, and nothing may go on from it.
  absl::Status Start();

  // Stops following and saves a snapshot of what is new. Who still waits gets UNAVAILABLE; reads of
  // what is there are answered afterwards too.
  void Stop();

  // Calls `reader` at once when the fold holds `at_least`, else when it does, on the follower's
  // thread. `deadline` is of Clock::Steady. With any error `fold` is null: NOT_FOUND, no such
  // municipality, also in the log's store (UNAVAILABLE when that cannot be asked);
  // DEADLINE_EXCEEDED, not reached in time; UNAVAILABLE, stopping; DATA_LOSS, see above.
  void When(const std::string& kommun, uint64_t at_least, absl::Time deadline, Reader reader);

  // When, waiting. For tests, loops of one's own and startup; never on a gRPC thread.
  absl::Status Read(const std::string& kommun, uint64_t at_least, absl::Time deadline,
                    const std::function<void(const Fold&, uint64_t position)>& reader);

  // Starts an empty fold for a municipality that has no log yet; nothing when it is followed.
  void Adopt(const std::string& kommun);

  std::vector<std::string> Municipalities() const;
  std::vector<Progress> ProgressOfAll() const;

  // Time since the municipality's fold was last known to be at the log's head: how old what is read
  // from it may be. Infinite when it never was.
  absl::Duration AgeOf(const std::string& kommun) const;

  const std::string& name() const;
  log::Stream stream() const;
  uint32_t schema() const;

  // Position and hexadecimal hash of Serialize there, for `vaka check`. NOT_FOUND, DATA_LOSS.
  absl::StatusOr<std::pair<uint64_t, std::string>> StateHash(const std::string& kommun) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::fold
