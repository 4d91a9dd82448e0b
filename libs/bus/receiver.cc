#include "libs/bus/receiver.h"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <optional>
#include <utility>

#include "google/protobuf/arena.h"
#include "libs/base/bell.h"
#include "libs/base/status.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {
namespace {

// How long the thread waits before it looks whether it is to stop.
constexpr absl::Duration kWait = absl::Milliseconds(100);
// What has come is given on together, so that whoever listens wakes once and locks once: about so
// many facts.
constexpr size_t kBurst = 256;

using Shared = std::shared_ptr<const Message>;

// A decoded fact in one block with what it holds: freed on another thread than it was made on, the
// many small pieces would cost more than decoding.
class Decoded final {
 public:
  // Null: not decodable.
  static std::shared_ptr<const event::v1::Event> Of(const Message& message) {
    auto decoded = std::make_shared<Decoded>();
    if (!decoded->event_->ParseFromString(message.bytes)) return nullptr;
    decoded->event_->set_seq(message.seq);
    const event::v1::Event* event = decoded->event_;
    return {std::move(decoded), event};
  }

 private:
  alignas(8) std::array<char, 1536> block_;
  google::protobuf::Arena arena_{block_.data(), block_.size()};
  event::v1::Event* const event_ =
      google::protobuf::Arena::CreateMessage<event::v1::Event>(&arena_);
};

}  // namespace

// Messages that one source has not taken yet. Thread-safe.
class Receiver::Queue final {
 public:
  explicit Queue(size_t most) : most_(most) {}

  // How many did not fit, and are lost.
  size_t Push(const std::vector<Shared>& messages) {
    size_t lost = 0;
    {
      absl::MutexLock lock(&mu_);
      const size_t before = messages_.size();
      for (const Shared& message : messages) {
        if (only_.has_value() && message->stream != *only_) continue;
        if (messages_.size() < most_) {
          messages_.push_back(message);
        } else {
          ++lost;
        }
      }
      if (messages_.size() == before) return lost;
    }
    filled_.Ring();
    return lost;
  }

  void Only(log::Stream stream) {
    absl::MutexLock lock(&mu_);
    only_ = stream;
  }

  void Wake() { filled_.Ring(); }

  // For one thread.
  Shared Pop(absl::Duration wait) {
    Shared message = TryPop();
    if (message != nullptr || wait <= absl::ZeroDuration()) return message;
    heard_ = filled_.Await(heard_, wait);
    return TryPop();
  }

 private:
  Shared TryPop() {
    if (at_hand_.empty()) {
      absl::MutexLock lock(&mu_);
      const size_t taken = std::min(messages_.size(), kBurst);
      const auto end = messages_.begin() + static_cast<ptrdiff_t>(taken);
      at_hand_.assign(std::make_move_iterator(messages_.begin()), std::make_move_iterator(end));
      messages_.erase(messages_.begin(), end);
    }
    if (at_hand_.empty()) return nullptr;
    Shared message = std::move(at_hand_.front());
    at_hand_.pop_front();
    return message;
  }

  const size_t most_;
  Bell filled_;
  uint64_t heard_ = 0;          // of filled_, by the one who pops
  std::deque<Shared> at_hand_;  // that one's alone
  absl::Mutex mu_;
  std::deque<Shared> messages_ ABSL_GUARDED_BY(mu_);
  std::optional<log::Stream> only_ ABSL_GUARDED_BY(mu_);
};

class Receiver::QueueSource final : public Source {
 public:
  explicit QueueSource(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  std::shared_ptr<const Message> Receive(absl::Duration wait) override { return queue_->Pop(wait); }
  void Wake() override { queue_->Wake(); }
  void Only(log::Stream stream) override { queue_->Only(stream); }

 private:
  const std::shared_ptr<Queue> queue_;  // the receiver looks whether it is still there
};

absl::StatusOr<std::unique_ptr<Receiver>> Receiver::Start(Context& context,
                                                          Subscriber::Options options,
                                                          Counters& counters) {
  const auto queue = static_cast<size_t>(options.queue);
  VAKA_ASSIGN(std::unique_ptr<Subscriber> subscriber,
              Subscriber::Connect(context, std::move(options), counters));
  // Not make_unique: the constructor is private.
  return std::unique_ptr<Receiver>(new Receiver(std::move(subscriber), queue, counters));
}

Receiver::Receiver(std::unique_ptr<Subscriber> subscriber, size_t queue, Counters& counters)
    : subscriber_(std::move(subscriber)),
      queue_(queue),
      counters_(counters),
      thread_([this](std::stop_token stop) { Run(std::move(stop)); }) {}

Receiver::~Receiver() { Stop(); }

std::unique_ptr<Source> Receiver::Listen() {
  auto queue = std::make_shared<Queue>(queue_);
  absl::MutexLock lock(&mu_);
  queues_.push_back(queue);
  return std::make_unique<QueueSource>(std::move(queue));
}

void Receiver::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Receiver::Run(std::stop_token stop) {
  std::vector<Shared> burst;
  while (!stop.stop_requested()) {
    std::vector<Message> messages = subscriber_->Receive(kWait);
    while (!messages.empty()) {
      for (Message& message : messages) {
        message.event = Decoded::Of(message);
        burst.push_back(std::make_shared<const Message>(std::move(message)));
      }
      if (burst.size() >= kBurst) break;
      messages = subscriber_->Receive(absl::ZeroDuration());
    }
    if (!burst.empty()) Give(burst);
    burst.clear();
  }
}

void Receiver::Give(const std::vector<Shared>& messages) {
  absl::MutexLock lock(&mu_);
  std::erase_if(queues_, [](const std::weak_ptr<Queue>& queue) { return queue.expired(); });
  for (const std::weak_ptr<Queue>& weak : queues_) {
    const std::shared_ptr<Queue> queue = weak.lock();
    if (queue != nullptr) counters_.overrun += queue->Push(messages);
  }
}

}  // namespace vaka::bus
