#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// What processes use over time. Belongs to one thread.
class SoakUsage final {
 public:
  // Looks at every process whose name ends in "-2": those that are never killed. `facts` is the
  // log's length now.
  void Look(House& house, uint64_t facts);

  // A line a process whose use grew where it should be flat; empty: none. The first third of the
  // looks is warming up. Memory may grow by what the facts since then take in a fold, and by a
  // third for the allocator's sake; descriptors and threads by a handful.
  std::string Growth() const;

  // First and last of each, for the report: "est-2 rss KiB, last" ….
  std::map<std::string, uint64_t> Counts() const;

 private:
  struct Sample {
    Usage usage;
    uint64_t facts = 0;
  };

  std::map<std::string, std::vector<Sample>> samples_;  // by process
};

}  // namespace vaka::fault
