#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/rpc/method_table.h"

namespace prometheus {
class Registry;
}

namespace vaka::rpc {

// Counts and times calls by method and code. A method's series appear with its first call, so that
// a scrape does not carry a thousand zeros. Thread-safe.
class Metrics {
 public:
  // `table` and `registry` outlive it.
  Metrics(const MethodTable& table, prometheus::Registry& registry);
  ~Metrics();

  void Started();
  void Finished(const Method& method, absl::StatusCode code, absl::Duration took);
  // A call that was not admitted, so neither started nor timed.
  void Refused(const Method& method, absl::StatusCode code);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::rpc
