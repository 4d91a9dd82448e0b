#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/bell.h"
#include "libs/base/clock.h"
#include "libs/fold/follower.h"
#include "libs/vault/vault.h"
#include "services/notifications/channel.h"
#include "services/notifications/notifications_metrics.h"
#include "services/notifications/outbox.h"
#include "services/notifications/pace.h"
#include "services/notifications/plan.h"
#include "services/notifications/retry.h"
#include "services/notifications/short_link.h"
#include "services/notifications/story.h"

namespace vaka::notifications {

struct SenderOptions {
  registry::v1::Channel channel = registry::v1::CHANNEL_UNSPECIFIED;
  int workers = 4;           // connections to the provider at once
  double per_second = 0;     // 0: no limit
  bool one_provider = true;  // one serves all; its trouble with one message slows the others down
  RetryOptions retry = {};
  absl::Duration claim_after = absl::Seconds(60);  // longer than any one sending lasts
};

// Sends what lies in the outboxes of one channel: takes an entry, looks at the folds whether it
// still should go, opens contact and text in the vault, hands the message to the provider, and
// records what came of it together with the entry's end; while the store is away it keeps what came
// of it and goes on trying to record. A process that dies between sending and recording leaves the
// entry to another, who sends it again with the same message id: at most one repeat, never a loss.
// One recipient's failure holds up nobody else: a retry waits in `held`. While a provider is left
// alone (see Pace), what is taken counts as an attempt that failed, so that whoever has another
// channel is told on that.
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
    std::function<std::unique_ptr<Channel>()> make_channel;   // one a worker
    std::function<void(const std::string& kommun)> sendable;  // another channel has something now
  };

  Sender(SenderOptions options, Deps deps);
  ~Sender();

  // Sends what waits in the municipality over `channel`; the number of entries finished. An error
  // leaves the entry to be claimed.
  absl::StatusOr<int> RunOnce(const std::string& kommun, Channel& channel, std::stop_token stop);
  // Takes over what this sender has seen in one and the same other hand for `claim_after`, and
  // sends it.
  absl::StatusOr<int> ClaimOnce(const std::string& kommun, Channel& channel, std::stop_token stop);

  void Start();
  // Ends what is under way, within about a second; Stop then waits for that. What was not finished
  // is left to be taken over.
  void BeginStop();
  void Stop();
  registry::v1::Channel channel() const { return options_.channel; }
  // There may be something in the municipality's outbox.
  void Wake(const std::string& kommun);

 private:
  // What the vault said of contact and text.
  enum class Seal { kOpened, kErased, kUnreadable };
  struct Opened {
    Outgoing outgoing;
    Recheck recheck;
    Seal seal = Seal::kOpened;
  };
  class InHand;
  // An entry as it lies in another's hands, since when by the hand of the clock that nobody sets.
  struct Seen {
    InHands hands;
    absl::Time since;
  };

  std::vector<InHands> LeftBehind(const std::string& kommun, const std::vector<InHands>& pending);
  absl::Status Handle(const std::string& kommun, Taken taken, Pace::Turn turn, Channel& channel,
                      std::stop_token stop);
  absl::StatusOr<Opened> Open(const std::string& kommun, const Taken& taken);
  absl::Status OpenSeals(const std::string& kommun, const Draft& draft, Opened& opened);
  Handover HandOver(const Opened& opened, Pace::Turn turn, Channel& channel, std::stop_token stop);
  absl::Status Settle(const std::string& kommun, const Taken& taken, const Opened& opened);
  absl::Status Finish(const std::string& kommun, const Taken& taken, const Handover& handover,
                      std::stop_token stop);
  absl::Status Record(const std::string& kommun, const Taken& taken, const Handover& handover);
  absl::Status ReadBoth(const std::string& kommun, uint64_t at_least,
                        const std::function<void(const State&, const Deliveries&)>& reader);

  void Work(int worker, std::stop_token stop);
  absl::Status WorkOn(const std::string& kommun, bool look, bool claim, Channel& channel,
                      std::stop_token stop);
  std::set<std::string> WokenSince(uint64_t& seen);

  const SenderOptions options_;
  const Deps deps_;
  const std::string consumer_;
  Pace pace_;

  Bell bell_;  // something was woken, or the end

  absl::Mutex mu_;
  uint64_t wakes_ ABSL_GUARDED_BY(mu_) = 0;
  std::map<std::string, uint64_t> woken_ ABSL_GUARDED_BY(mu_);  // municipality to its last wake
  std::set<std::string> in_hand_ ABSL_GUARDED_BY(mu_);          // entries
  std::map<std::string, Seen> seen_ ABSL_GUARDED_BY(mu_);       // likewise
  std::vector<std::jthread> threads_;
};

}  // namespace vaka::notifications
