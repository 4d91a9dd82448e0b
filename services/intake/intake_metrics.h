#pragma once

#include "absl/status/status.h"
#include "vaka/intake/v1/intake_service.pb.h"

namespace prometheus {
class Counter;
class Registry;
}  // namespace prometheus

namespace vaka::intake {

// What intake counts; see README.md. Handles are built once. Thread-safe.
class Metrics {
 public:
  explicit Metrics(prometheus::Registry& registry);

  void Taken(v1::Outcome outcome);
  void Refused(const absl::Status& status);
  void TextsOpened(size_t count);
  void TextsLeftOut(size_t count);

 private:
  prometheus::Counter& reported_;
  prometheus::Counter& corrected_;
  prometheus::Counter& unchanged_;
  prometheus::Counter& refused_personal_;
  prometheus::Counter& refused_place_;
  prometheus::Counter& refused_time_;
  prometheus::Counter& refused_invalid_;
  prometheus::Counter& refused_denied_;
  prometheus::Counter& refused_overload_;
  prometheus::Counter& refused_other_;
  prometheus::Counter& texts_opened_;
  prometheus::Counter& texts_left_out_;
};

}  // namespace vaka::intake
