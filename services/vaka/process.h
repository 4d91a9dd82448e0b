#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/runtime/lifecycle.h"
#include "services/vaka/options.h"

namespace vaka {

// One process of the system: the targets of its options, wired together by hand. Start and Stop by
// one thread.
class Process final {
 public:
  explicit Process(RunOptions options);
  ~Process();

  // Starts everything, from the store upwards. An error says which setting is wrong; what was
  // started is stopped again.
  absl::Status Start();

  // Stops in the reverse order; bounded.
  absl::Status Stop();

  // Addresses as they were bound; empty where not served. For tests and for the line that is
  // printed when ready.
  std::string http_address() const;
  std::string grpc_address() const;
  std::string metrics_address() const;

  // What a person should know once it runs: one line, in the demo with how to sign in.
  std::string ReadyText() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka
