#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// Reports over gRPC as many people send them: each without waiting for those of others. Every one
// is in the house's history. Belongs to one thread.
class OpenLoop final {
 public:
  // What became of the reports that were sent in one span of time.
  struct Window {
    uint64_t offered = 0;
    uint64_t withheld = 0;  // not sent: this client could not send, or hold, more
    uint64_t accepted = 0;
    uint64_t refused = 0;              // RESOURCE_EXHAUSTED
    uint64_t hinted = 0;               // of them, with google.rpc.RetryInfo
    uint64_t failed = 0;               // anything else
    std::string failure = {};          // one of them
    std::vector<absl::Duration> took;  // of the accepted, from sending to answer
  };

  // `name` is unique in the house's history. The house outlives it.
  OpenLoop(House& house, std::string name);
  ~OpenLoop();

  // Keeps so many reports under way; answers per second.
  double Sustained(int under_way, absl::Duration for_long);
  // Sends `per_second` for `windows` of a second, whatever comes back; then waits for the answers.
  std::vector<Window> Offer(double per_second, int windows);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vaka::fault
