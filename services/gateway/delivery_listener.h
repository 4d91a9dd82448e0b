#pragma once

#include <memory>
#include <thread>

#include "libs/bus/bus.h"
#include "services/gateway/live_hub.h"

namespace vaka::gateway {

// Hands what the bus says of deliveries to the live streams, a tenth of a second's together. Live
// only: what the bus loses is not read again, the services' own views have it. A thread of its own
// between Start and Stop.
class DeliveryListener final {
 public:
  DeliveryListener(std::unique_ptr<bus::Source> source, LiveHub& hub, Clock& clock);
  ~DeliveryListener();  // stops

  void Start();
  void Stop();

  // Takes the next message, waiting a little for one, and shows what is due. False: none came.
  bool RunOnce();

 private:
  void Take(const bus::Message& message);

  const std::unique_ptr<bus::Source> source_;  // the thread's alone
  LiveHub& hub_;
  Clock& clock_;
  absl::Time due_ = absl::InfiniteFuture();  // when what came is shown, steady time
  std::jthread thread_;
};

}  // namespace vaka::gateway
