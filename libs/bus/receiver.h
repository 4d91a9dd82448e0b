#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "libs/bus/bus.h"
#include "libs/bus/subscriber.h"

namespace vaka::bus {

// The process's one subscription, shared by its followers: a thread takes what comes as fast as it
// comes, decodes each fact once, and gives it to every source's bounded queue. A source that is too
// slow loses what does not fit; its follower reads that from the log. Thread-safe.
//
// Taking everything at once is also what keeps the process alive: ZeroMQ up to 4.3.5 aborts when a
// connection that it had stopped reading, because a queue was full, is replaced by a new one.
class Receiver final {
 public:
  // Errors as Subscriber::Connect. `context` and `counters` outlive it.
  static absl::StatusOr<std::unique_ptr<Receiver>> Start(Context& context,
                                                         Subscriber::Options options,
                                                         Counters& counters);
  ~Receiver();  // stops

  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // A source of everything that comes from now on. May outlive the receiver: then nothing comes.
  std::unique_ptr<Source> Listen();

  // After it nothing comes. Does nothing the second time.
  void Stop();

 private:
  class Queue;
  class QueueSource;

  Receiver(std::unique_ptr<Subscriber> subscriber, size_t queue, Counters& counters);
  void Run(std::stop_token stop);
  void Give(const std::vector<std::shared_ptr<const Message>>& messages) ABSL_LOCKS_EXCLUDED(mu_);

  // Constant after construction.
  const std::unique_ptr<Subscriber> subscriber_;  // the thread's alone
  const size_t queue_;
  Counters& counters_;

  absl::Mutex mu_;
  std::vector<std::weak_ptr<Queue>> queues_ ABSL_GUARDED_BY(mu_);  // a source may end first

  std::jthread thread_;
};

}  // namespace vaka::bus
