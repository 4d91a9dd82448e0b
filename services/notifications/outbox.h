#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/log/log.h"
#include "libs/redis/client.h"
#include "services/notifications/effects.h"
#include "vaka/event/v1/event.pb.h"
#include "vaka/notifications/v1/state.pb.h"

namespace vaka::notifications {

// An entry of an outbox, in this consumer's hands until it is finished.
struct Taken {
  std::string id;
  v1::Parcel parcel;
  uint64_t deliveries = 0;  // the fold of deliveries must hold this
  bool claimed = false;     // another took it before, and may have handed it over
};

// An entry that a consumer took and has not finished.
struct InHands {
  std::string id;
  std::string consumer;
  int64_t taken = 0;  // how often it was taken, or taken over

  bool operator==(const InHands&) const = default;
};

struct QueueDepth {
  uint64_t waiting = 0;    // not yet taken by a sender
  uint64_t in_flight = 0;  // taken, not finished
  absl::Duration oldest;   // age of the oldest of both
};

// The municipality's outboxes in Redis: a stream a channel with one consumer group, what is held in
// a sorted set by due time, the planner's position, and the appends to the log of deliveries that
// belong to them, each moved by one Redis Function call under a condition that holds only once. So
// no crash and no second process can lose or double a delivery. Thread-safe.
//
// Errors: UNAVAILABLE, not known whether it was carried out; asking again is safe, because the
// condition then no longer holds (answer false).
class Outbox {
 public:
  // `publish` puts the facts on the bus; may be empty. `client` and `clock` outlive it.
  Outbox(redis::Client& client, log::OnCommitted publish, Clock& clock);

  // Loads the functions. REQUIRES: before any other call.
  absl::Status Load();

  absl::StatusOr<PlannerPosition> Position(const std::string& kommun);

  // Each carries out `effects` if its condition holds; false: it did not, nothing changed.
  // The planner stands at `expected`, and then at `next`. `last`, if not null: the number of the
  // last fact that was written, if any was.
  absl::StatusOr<bool> Plan(const std::string& kommun, const PlannerPosition& expected,
                            const PlannerPosition& next, const Effects& effects,
                            uint64_t* last = nullptr);
  // A parcel that is held; it no longer is.
  struct Letting {
    v1::Parcel parcel;
    Effects effects;
  };
  // Many in one write, so that the disk is waited for once and not for each; each by its own
  // condition. An error is that of the first that has one; the others may be done.
  absl::StatusOr<std::vector<bool>> Release(const std::string& kommun,
                                            const std::vector<Letting>& lettings);
  // The entry is in a sender's hands; it is gone.
  absl::StatusOr<bool> Finish(const std::string& kommun, const Taken& taken,
                              const Effects& effects);
  // Nothing has been done under `name` in the last seven days.
  absl::StatusOr<bool> Once(const std::string& kommun, const std::string& name,
                            const Effects& effects);

  // Held parcels due at `now`, oldest first.
  absl::StatusOr<std::vector<v1::Parcel>> HeldUntil(const std::string& kommun, absl::Time now,
                                                    size_t limit);
  // Those of the municipalities that hold a parcel due at `now`, and those that could not be asked.
  std::vector<std::string> WithDue(const std::vector<std::string>& kommuns, absl::Time now);
  // When the first held parcel is due; InfiniteFuture: none.
  absl::StatusOr<absl::Time> NextDue(const std::string& kommun);

  // New entries, to this consumer.
  absl::StatusOr<std::vector<Taken>> Take(const std::string& kommun, registry::v1::Channel channel,
                                          const std::string& consumer, size_t limit);
  // The first `limit` entries that somebody took and never finished.
  absl::StatusOr<std::vector<InHands>> Pending(const std::string& kommun,
                                               registry::v1::Channel channel, size_t limit);
  // An entry that still is in these hands, to this consumer; empty: it no longer is. When hands are
  // dead is the caller's to know: Redis would go by a clock that can be set.
  absl::StatusOr<std::optional<Taken>> TakeOver(const std::string& kommun,
                                                registry::v1::Channel channel, const InHands& from,
                                                const std::string& consumer);

  // Those of the municipalities with an entry that is not finished, and those that could not be
  // asked.
  std::vector<std::string> WithEntries(const std::vector<std::string>& kommuns,
                                       registry::v1::Channel channel);

  absl::StatusOr<QueueDepth> Depth(const std::string& kommun, registry::v1::Channel channel);
  absl::StatusOr<uint64_t> HeldCount(const std::string& kommun);

 private:
  struct Condition {
    std::vector<std::string> keys;  // its keys, after the log
    std::vector<std::string> args;  // pointing at keys from 2
  };

  // A call that carries out effects under a condition, and the facts it writes.
  struct Step {
    redis::Argv argv;
    std::string key;
    std::vector<std::string> facts;
  };

  Step StepOf(const std::string& kommun, const Condition& condition, const Effects& effects) const;
  // Whether its condition held; then its facts are published.
  bool Settle(const std::string& kommun, const Step& step, const redis::Reply& reply) const;
  absl::StatusOr<bool> Commit(const std::string& kommun, const Condition& condition,
                              const Effects& effects);
  absl::StatusOr<redis::Reply> Call(const std::string& key, redis::Argv argv);
  // Those whose request is answered with another number than 0, or not at all; all in one write.
  std::vector<std::string> Ask(
      const std::vector<std::string>& kommuns,
      const std::function<redis::Request(const std::string& kommun)>& request);
  absl::Status MakeGroup(const std::string& key);

  redis::Client& client_;
  const log::OnCommitted publish_;
  Clock& clock_;
};

}  // namespace vaka::notifications
