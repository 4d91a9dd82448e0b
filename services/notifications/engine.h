#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
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
#include "services/notifications/plan.h"
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
  // What one call each carries out of raising, planning and, with `release`, releasing. Most facts
  // make nothing of it necessary, and then the store is not asked. True: there may be more.
  absl::StatusOr<bool> Turn(const std::string& kommun, bool release);
  absl::Status Raise(const std::string& kommun);
  absl::StatusOr<bool> PlanNext(const std::string& kommun);
  // What comes after `at` of the next step; nothing: there is no next step.
  absl::StatusOr<std::optional<PlannedPart>> NextPart(const std::string& kommun,
                                                      const PlannerPosition& at);
  // The last delivery fact then; nothing: the planner stood elsewhere. Any thread.
  absl::StatusOr<std::optional<uint64_t>> Write(const std::string& kommun,
                                                const PlannerPosition& at, const PlannedPart& part);
  // What Write says of the part that is being written; nothing: there is none.
  absl::StatusOr<std::optional<uint64_t>> AwaitWritten();
  absl::StatusOr<bool> ReleaseDue(const std::string& kommun);
  absl::StatusOr<bool> HasStep(const std::string& kommun);
  void RunFor(const std::string& kommun, bool release);
  void Run(std::stop_token stop);

  // A part that is being written while the next one of its step is planned, which is about people
  // that come after its own, and so rests on nothing that it changes.
  struct Writing {
    std::string kommun;
    PlannerPosition next;  // `deliveries`: of what was written before it
    std::future<absl::StatusOr<std::optional<uint64_t>>> done;
  };

  const Deps deps_;

  // Of the thread that runs turns.
  std::unique_ptr<Writing> writing_;

  Bell bell_;  // something was woken, or the end

  absl::Mutex mu_;
  std::map<std::string, bool> woken_ ABSL_GUARDED_BY(mu_);  // true: to release, too
  // Where the planner was last seen, by municipality; it only goes on.
  std::map<std::string, uint64_t> planned_ ABSL_GUARDED_BY(mu_);
  std::jthread thread_;
};

}  // namespace vaka::notifications
