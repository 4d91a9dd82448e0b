#pragma once

#include <array>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace vaka::gateway {

// What a request was for.
enum class RequestKind { kRpc = 0, kStream, kStatic, kHook, kHealth, kBroken };
// Why a request, connection or stream was refused or cut.
enum class Refusal {
  kRate = 0,
  kConnections,
  kBusy,
  kStreams,
  kSlowReader,
  kSignIn,
  kSlow,
  kTooLong,
  kMalformed,
  kToken,
  kBodies
};
constexpr size_t kRefusals = 11;

// The gateway's own metrics. Thread-safe.
class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry);

  void Answered(RequestKind kind, int http_status, absl::Duration took);
  void Refused(Refusal why);
  void ConnectionOpened();
  void ConnectionClosed();
  void StreamOpened();
  void StreamClosed();
  void LiveFact();             // taken into the rings
  void LiveFrames(size_t n);   // handed to streams
  void LiveHistory(size_t n);  // facts read from the log for a stream that resumed

 private:
  // By kind and by the first digit of the status.
  std::array<std::array<prometheus::Counter*, 6>, 6> requests_;
  std::array<prometheus::Histogram*, 6> seconds_;
  std::array<prometheus::Counter*, kRefusals> refused_;
  prometheus::Gauge& connections_;
  prometheus::Gauge& streams_;
  prometheus::Counter& facts_;
  prometheus::Counter& frames_;
  prometheus::Counter& history_;
};

}  // namespace vaka::gateway
