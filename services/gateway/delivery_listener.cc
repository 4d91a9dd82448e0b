#include "services/gateway/delivery_listener.h"

#include <algorithm>

namespace vaka::gateway {
namespace {

constexpr absl::Duration kListen = absl::Seconds(10);  // a message or the end wakes it
constexpr absl::Duration kGather = absl::Milliseconds(100);

}  // namespace

DeliveryListener::DeliveryListener(std::unique_ptr<bus::Source> source, LiveHub& hub, Clock& clock)
    : source_(std::move(source)), hub_(hub), clock_(clock) {
  source_->Only(log::Stream::kDeliveries);
}

DeliveryListener::~DeliveryListener() { Stop(); }

void DeliveryListener::Start() {
  thread_ = std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested()) RunOnce();
  });
}

void DeliveryListener::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  source_->Wake();
  thread_.join();
}

bool DeliveryListener::RunOnce() {
  const absl::Duration left = std::max(due_ - clock_.Steady(), absl::ZeroDuration());
  const std::shared_ptr<const bus::Message> message = source_->Receive(std::min(kListen, left));
  if (message != nullptr) Take(*message);
  if (clock_.Steady() >= due_) {
    due_ = absl::InfiniteFuture();
    hub_.ShowDeliveries();
  }
  return message != nullptr;
}

void DeliveryListener::Take(const bus::Message& message) {
  if (message.stream != log::Stream::kDeliveries) return;
  event::v1::Event event;
  if (message.event != nullptr) {
    event = *message.event;
  } else if (!event.ParseFromString(message.bytes)) {
    return;
  }
  event.set_kommun(message.kommun);
  event.set_seq(message.seq);
  hub_.OnDelivery(event);
  due_ = std::min(due_, clock_.Steady() + kGather);
}

}  // namespace vaka::gateway
