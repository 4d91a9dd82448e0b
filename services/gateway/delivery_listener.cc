#include "services/gateway/delivery_listener.h"

namespace vaka::gateway {
namespace {

constexpr absl::Duration kListen = absl::Seconds(10);  // a message or the end wakes it

}  // namespace

DeliveryListener::DeliveryListener(std::unique_ptr<bus::Source> source, LiveHub& hub)
    : source_(std::move(source)), hub_(hub) {
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
  const std::shared_ptr<const bus::Message> message = source_->Receive(kListen);
  if (message == nullptr) return false;
  if (message->stream != log::Stream::kDeliveries) return true;
  event::v1::Event event;
  if (message->event != nullptr) {
    event = *message->event;
  } else if (!event.ParseFromString(message->bytes)) {
    return true;
  }
  event.set_kommun(message->kommun);
  event.set_seq(message->seq);
  hub_.OnDelivery(event);
  return true;
}

}  // namespace vaka::gateway
