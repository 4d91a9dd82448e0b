#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/fold/follower.h"
#include "libs/vault/vault.h"
#include "services/notifications/channel.h"
#include "services/notifications/notifications_metrics.h"
#include "services/notifications/outbox.h"
#include "services/notifications/plan.h"
#include "services/notifications/rate_limit.h"
#include "services/notifications/short_link.h"
#include "services/notifications/story.h"

namespace vaka::notifications {

struct SenderOptions {
  registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
  int workers = 4;                                 // connections to the provider at once
  double per_second = 0;                           // 0: no limit
  uint32_t attempts = 6;                           // then the person's next channel
  absl::Duration first_retry = absl::Seconds(5);   // doubled with every attempt, at most an hour
  absl::Duration claim_after = absl::Seconds(60);  // longer than any one sending lasts
};

// Sends what lies in the outboxes of one channel: takes an entry, looks at the folds whether it
// still should go, opens contact and text in the vault, hands the message to the provider, and
// records what came of it together with the entry's end. A process that dies between sending and
// recording leaves the entry to another, who sends it again with the same message id: at most one
// repeat, never a loss. One recipient's failure holds up nobody else: a retry waits in `held`.
//
// Start and Stop by one thread, Wake by any; RunOnce for tests.
class Sender final {
 public:
  struct Deps {
    fold::Follower& facts;
    fold::Follower& deliveries;
    Outbox& outbox;
    const vault::Vault& vault;
    const ShortLinks& links;
    Metrics& metrics;
    Clock& clock;
    std::string public_url;
    std::function<std::unique_ptr<Channel>()> make_channel;  // one a worker
  };

  Sender(SenderOptions options, Deps deps);
  ~Sender();

  // Sends what waits in the municipality over `channel`; the number of entries finished. An error
  // leaves the entry to be claimed.
  absl::StatusOr<int> RunOnce(const std::string& kommun, Channel& channel, std::stop_token stop);
  // Takes over what a dead consumer left, and sends it.
  absl::StatusOr<int> ClaimOnce(const std::string& kommun, Channel& channel);

  void Start();
  void Stop();
  // There may be something in the municipality's outbox.
  void Wake(const std::string& kommun);

 private:
  struct Opened {
    Outgoing outgoing;
    Recheck recheck;
    bool lost = false;  // contact or text erased, or the alert gone
  };

  absl::Status Handle(const std::string& kommun, const Taken& taken, Channel& channel);
  absl::StatusOr<Opened> Open(const std::string& kommun, const Taken& taken);
  absl::Status Finish(const std::string& kommun, const Taken& taken, const Handover& handover);
  absl::StatusOr<Effects> AfterFailure(const std::string& kommun, const Parcel& parcel,
                                       const Handover& handover);
  absl::Duration RetryAfter(const Parcel& parcel, const Handover& handover) const;
  void Work(int worker, std::stop_token stop);

  const SenderOptions options_;
  const Deps deps_;
  const std::string consumer_;
  RateLimit rate_;

  absl::Mutex mu_;
  uint64_t wakes_ ABSL_GUARDED_BY(mu_) = 0;
  std::set<std::string> woken_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::jthread> threads_;
};

}  // namespace vaka::notifications
