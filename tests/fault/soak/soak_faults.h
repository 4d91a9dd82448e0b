#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "absl/time/time.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// Faults drawn at random, one at a time: each is begun, lasts up to a few seconds, and is over when
// Next returns. All of it is in the history. Belongs to one thread.
class SoakFaults final {
 public:
  // Processes whose name ends in "-2" are left alone, so that what they use can be watched. The
  // house outlives it and has a Redis of its own.
  SoakFaults(House& house, uint64_t seed);

  // An error: what was away did not come back.
  absl::Status Next();

  // How many of each kind so far.
  const std::map<std::string, uint64_t>& counts() const { return counts_; }

 private:
  absl::Status KillOne();
  absl::Status EndOne();
  absl::Status FreezeOne();
  absl::Status KillRedis();
  absl::Status PauseRedis();
  absl::Status RefuseMail();
  absl::Status StopMail();
  absl::Status RefuseSms();

  HouseProcess& AnyProcess();
  void Last(absl::Duration at_most);

  House& house_;
  std::mt19937_64 random_;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace vaka::fault
