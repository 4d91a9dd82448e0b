#pragma once

#include <functional>
#include <map>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/bell.h"
#include "libs/base/clock.h"
#include "libs/fold/commands.h"
#include "libs/fold/follower.h"
#include "services/notifications/notifications_metrics.h"
#include "services/notifications/outbox.h"
#include "services/notifications/raise.h"

namespace vaka::notifications {

inline constexpr size_t kPlanLimit = 500;     // recipients in one call
inline constexpr size_t kReleaseLimit = 200;  // held parcels in one call
// How often a round looks for what no fact announces: time, other processes.
inline constexpr absl::Duration kEngineLook = absl::Seconds(1);

// Everything of a municipality from an incident to the outbox: raises what is due as alerts, plans
// each alert's recipients, releases what was held. It decides on the folds and on the planner's
// position in Redis alone, so any number of engines may run for a municipality, and one that was
// killed is followed by another without loss.
//
// The municipalities take turns, so that an alert to very many in one does not hold up the others.
// Start and Stop by one thread, Wake by any.
class Engine final {
 public:
  struct Deps {
    fold::Follower& facts;
    fold::Follower& deliveries;
    fold::Commands& commands;
    Outbox& outbox;
    Metrics& metrics;
    Clock& clock;
    std::function<void(const std::string& kommun)> sendable;  // there may be something to send
  };

  explicit Engine(Deps deps);
  ~Engine();

  // A municipality's turns, until nothing is left to do now. UNAVAILABLE and the like: what is done
  // is done, the rest is found again.
  absl::Status RunOnce(const std::string& kommun);

  void Start();
  void Stop();
  // Something happened in the municipality; a round soon.
  void Wake(const std::string& kommun);

 private:
  absl::Status Counted(absl::Status status, absl::string_view where);
  // What one call each carries out of raising, planning and releasing. Without `look` only what
  // facts may have made necessary: most make nothing so, and then the store is not asked. True:
  // there may be more.
  absl::StatusOr<bool> Turn(const std::string& kommun, bool look);
  absl::Status Raise(const std::string& kommun);
  absl::StatusOr<bool> PlanNext(const std::string& kommun);
  absl::StatusOr<bool> ReleaseDue(const std::string& kommun);
  absl::StatusOr<bool> HasStep(const std::string& kommun);
  void RunFor(const std::string& kommun, bool look);
  void Run(std::stop_token stop);

  const Deps deps_;

  Bell bell_;  // something was woken, or the end

  absl::Mutex mu_;
  std::map<std::string, bool> woken_ ABSL_GUARDED_BY(mu_);  // true: with a look
  // Where the planner was last seen, by municipality; it only goes on.
  std::map<std::string, uint64_t> planned_ ABSL_GUARDED_BY(mu_);
  std::jthread thread_;
};

}  // namespace vaka::notifications
