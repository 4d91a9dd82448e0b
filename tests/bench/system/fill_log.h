#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace vaka::bench {

// Makes a municipality's log that many facts long, as three years of reports would: copies of its
// last report with ids, areas, categories and moments of their own, appended to the store in `data`
// without the services. REQUIRES: no process runs on `data`, and there is a report in the log.
absl::Status FillLog(const std::string& data, const std::string& kommun, uint64_t facts,
                     Clock& clock);

}  // namespace vaka::bench
