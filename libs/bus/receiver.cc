#include "libs/bus/receiver.h"

#include <deque>
#include <utility>

#include "libs/base/bell.h"
#include "libs/base/status.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::bus {
namespace {

// How long the thread waits before it looks whether it is to stop.
constexpr absl::Duration kWait = absl::Milliseconds(100);

}  // namespace

// Messages that one source has not taken yet. Thread-safe.
class Receiver::Queue final {
 public:
  explicit Queue(size_t most) : most_(most) {}

  // False: full, and the message is lost.
  bool Push(const std::shared_ptr<const Message>& message) {
    {
      absl::MutexLock lock(&mu_);
      if (messages_.size() >= most_) return false;
      messages_.push_back(message);
    }
    filled_.Ring();
    return true;
  }

  void Wake() { filled_.Ring(); }

  // For one thread.
  std::shared_ptr<const Message> Pop(absl::Duration wait) {
    std::shared_ptr<const Message> message = TryPop();
    if (message != nullptr || wait <= absl::ZeroDuration()) return message;
    heard_ = filled_.Await(heard_, wait);
    return TryPop();
  }

 private:
  std::shared_ptr<const Message> TryPop() {
    absl::MutexLock lock(&mu_);
    if (messages_.empty()) return nullptr;
    std::shared_ptr<const Message> message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }

  const size_t most_;
  Bell filled_;
  uint64_t heard_ = 0;  // of filled_, by the one who pops
  absl::Mutex mu_;
  std::deque<std::shared_ptr<const Message>> messages_ ABSL_GUARDED_BY(mu_);
};

class Receiver::QueueSource final : public Source {
 public:
  explicit QueueSource(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  std::shared_ptr<const Message> Receive(absl::Duration wait) override { return queue_->Pop(wait); }
  void Wake() override { queue_->Wake(); }

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
  while (!stop.stop_requested()) {
    std::optional<Message> message = subscriber_->Receive(kWait);
    if (message.has_value()) Give(*std::move(message));
  }
}

void Receiver::Give(Message message) {
  auto event = std::make_shared<event::v1::Event>();
  if (event->ParseFromString(message.bytes)) {
    event->set_seq(message.seq);
    message.event = std::move(event);
  }
  const auto shared = std::make_shared<const Message>(std::move(message));
  absl::MutexLock lock(&mu_);
  std::erase_if(queues_, [](const std::weak_ptr<Queue>& queue) { return queue.expired(); });
  for (const std::weak_ptr<Queue>& weak : queues_) {
    const std::shared_ptr<Queue> queue = weak.lock();
    if (queue != nullptr && !queue->Push(shared)) ++counters_.overrun;
  }
}

}  // namespace vaka::bus
