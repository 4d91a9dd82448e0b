#include "tests/support/memory_bus/memory_bus.h"

#include <utility>

namespace vaka::bus {

// Messages that one source has not taken yet. Thread-safe.
class MemoryBus::Queue final {
 public:
  void Push(std::shared_ptr<const Message> message) {
    absl::MutexLock lock(&mu_);
    messages_.push_back(std::move(message));
  }

  void Wake() {
    absl::MutexLock lock(&mu_);
    woken_ = true;
  }

  std::shared_ptr<const Message> Pop(absl::Duration wait) {
    absl::MutexLock lock(&mu_);
    const auto filled = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
      return woken_ || !messages_.empty();
    };
    mu_.AwaitWithTimeout(absl::Condition(&filled), wait);
    woken_ = false;
    if (messages_.empty()) return nullptr;
    std::shared_ptr<const Message> message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }

 private:
  absl::Mutex mu_;
  std::deque<std::shared_ptr<const Message>> messages_ ABSL_GUARDED_BY(mu_);
  bool woken_ ABSL_GUARDED_BY(mu_) = false;
};

class MemoryBus::QueueSource final : public Source {
 public:
  explicit QueueSource(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  std::shared_ptr<const Message> Receive(absl::Duration wait) override { return queue_->Pop(wait); }
  void Wake() override { queue_->Wake(); }

 private:
  const std::shared_ptr<Queue> queue_;  // the bus looks whether it is still there
};

MemoryBus::MemoryBus() = default;
MemoryBus::~MemoryBus() = default;

std::unique_ptr<Source> MemoryBus::Subscribe() {
  auto queue = std::make_shared<Queue>();
  absl::MutexLock lock(&mu_);
  queues_.push_back(queue);
  return std::make_unique<QueueSource>(std::move(queue));
}

void MemoryBus::Publish(const std::string& kommun, log::Stream stream, uint64_t first_seq,
                        const std::vector<std::string>& facts) {
  absl::MutexLock lock(&mu_);
  if (lose_all_) return;
  std::erase_if(queues_, [](const std::weak_ptr<Queue>& queue) { return queue.expired(); });
  for (size_t i = 0; i < facts.size(); ++i) {
    const auto message =
        std::make_shared<const Message>(Message{kommun, stream, first_seq + i, facts[i]});
    for (const std::weak_ptr<Queue>& weak : queues_) {
      if (const auto queue = weak.lock()) queue->Push(message);
    }
  }
}

log::OnCommitted MemoryBus::publisher() {
  return
      [this](const std::string& kommun, log::Stream stream, uint64_t first_seq,
             const std::vector<std::string>& facts) { Publish(kommun, stream, first_seq, facts); };
}

void MemoryBus::LoseAll(bool lose) {
  absl::MutexLock lock(&mu_);
  lose_all_ = lose;
}

uint64_t SplitMix::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

bool SplitMix::Chance(double probability) {
  return static_cast<double>(Next() >> 11) < probability * 9007199254740992.0;  // 2^53
}

LossySource::LossySource(std::unique_ptr<Source> source, uint64_t seed, Faults faults)
    : source_(std::move(source)), random_(seed), faults_(faults) {}

std::shared_ptr<const Message> LossySource::Receive(absl::Duration wait) {
  std::shared_ptr<const Message> message = source_->Receive(wait);
  const bool late = !held_.empty() && (message == nullptr || random_.Chance(0.3));
  if (late) {
    const auto which = held_.begin() + static_cast<ptrdiff_t>(random_.Below(held_.size()));
    std::shared_ptr<const Message> old = std::move(*which);
    held_.erase(which);
    if (message != nullptr) held_.push_back(std::move(message));
    return old;
  }
  if (message == nullptr || random_.Chance(faults_.lose)) return nullptr;
  if (random_.Chance(faults_.repeat)) held_.push_back(message);
  if (random_.Chance(faults_.delay)) {
    held_.push_back(std::move(message));
    return nullptr;
  }
  return message;
}

}  // namespace vaka::bus
