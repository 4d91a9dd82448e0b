#pragma once

#include <memory>
#include <thread>

#include "libs/bus/bus.h"
#include "services/gateway/live_hub.h"

namespace vaka::gateway {

// Hands what the bus says of deliveries to the live streams. Live only: what the bus loses is not
// read again, the services' own views have it. A thread of its own between Start and Stop.
class DeliveryListener final {
 public:
  DeliveryListener(std::unique_ptr<bus::Source> source, LiveHub& hub);
  ~DeliveryListener();  // stops

  void Start();
  void Stop();

  // Takes the next message, waiting a little for one. False: none came.
  bool RunOnce();

 private:
  const std::unique_ptr<bus::Source> source_;  // the thread's alone
  LiveHub& hub_;
  std::jthread thread_;
};

}  // namespace vaka::gateway
