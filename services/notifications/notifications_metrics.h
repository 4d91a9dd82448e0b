#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vaka/notifications/v1/types.pb.h"
#include "vaka/registry/v1/types.pb.h"

namespace prometheus {
class Registry;
}

namespace vaka::notifications {

// The service's metrics; see README.md. Thread-safe.
class Metrics final {
 public:
  explicit Metrics(prometheus::Registry& registry);
  ~Metrics();

  // Incidents, by what was decided about them.
  void Heard(absl::string_view standing, uint64_t count);
  void Planned(v1::Reason reason, int count);
  void Sent(registry::v1::Channel channel, absl::Duration accept_to_sent);
  void Failed(registry::v1::Channel channel, bool final);
  // Contact or text whose seal does not open.
  void Unreadable();
  void Receipt(absl::string_view outcome);  // delivered, failed, progress, unknown
  void Trouble(absl::string_view where);    // raise, plan, release, send
  void Queue(registry::v1::Channel channel, uint64_t waiting, absl::Duration oldest);
  void Held(uint64_t count);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::notifications
