#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/bus/bus.h"
#include "libs/log/log.h"

namespace vaka::bus {

// The bus in memory, for tests: whatever is published reaches every source that exists, at once and
// whole. Thread-safe; its sources may outlive it.
class MemoryBus final {
 public:
  MemoryBus();
  ~MemoryBus();

  // A source of everything published from now on.
  std::unique_ptr<Source> Subscribe();

  // Fits log::OnCommitted.
  void Publish(const std::string& kommun, log::Stream stream, uint64_t first_seq,
               const std::vector<std::string>& facts);

  // For a log's constructor; the bus outlives the log.
  log::OnCommitted publisher();

  // While set, everything published is lost.
  void LoseAll(bool lose);

 private:
  class Queue;
  class QueueSource;

  absl::Mutex mu_;
  std::vector<std::weak_ptr<Queue>> queues_ ABSL_GUARDED_BY(mu_);  // a source may end first
  bool lose_all_ ABSL_GUARDED_BY(mu_) = false;
};

// A pseudo-random sequence that is the same on every machine (splitmix64). Not thread-safe.
class SplitMix final {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // 0 … n - 1; REQUIRES: n > 0.
  uint64_t Below(uint64_t n) { return Next() % n; }
  bool Chance(double probability);

 private:
  uint64_t state_;
};

// A source that treats messages as the bus may: loses, repeats and reorders them. Belongs to one
// thread.
class LossySource final : public Source {
 public:
  struct Faults {
    double lose = 0.2;
    double repeat = 0.2;  // now, and again later
    double delay = 0.2;   // behind some that come after it
  };

  LossySource(std::unique_ptr<Source> source, uint64_t seed, Faults faults);

  std::shared_ptr<const Message> Receive(absl::Duration wait) override;
  void Wake() override { source_->Wake(); }

 private:
  const std::unique_ptr<Source> source_;
  SplitMix random_;
  const Faults faults_;
  std::vector<std::shared_ptr<const Message>> held_;  // to come later
};

}  // namespace vaka::bus
