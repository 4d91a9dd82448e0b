#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace vaka::bench {

// Registers that many contact persons of an area, told by e-mail, each with contact details sealed
// under a key of their own: appended to the store in `data` without the services, for importing a
// million takes hours. REQUIRES: no process runs on `data`, and the area exists.
absl::Status FillPeople(const std::string& data, const std::string& kommun, const std::string& area,
                        uint64_t people, Clock& clock);

}  // namespace vaka::bench
