#pragma once

#include <cstddef>
#include <vector>

#include "absl/time/time.h"

namespace vaka::bench {

// What one load did: of reports, entries, messages or rows.
struct Load {
  double per_second = 0;
  std::vector<double> milliseconds = {};  // each; empty where they have no answers of their own
};

// About what a reported fact takes in the log, with its envelope and checksum: every peer is given
// bodies of this size.
constexpr size_t kEntryBytes = 400;
constexpr absl::Duration kLoadLimit = absl::Seconds(30);  // for one answer

}  // namespace vaka::bench
