#pragma once

#include <vector>

#include "absl/time/time.h"
#include "tests/fault/gateway/open_loop.h"
#include "tests/fault/house/house.h"

namespace vaka::fault {

// A house for Overload: its clients are on the same machine, so the process gets its processors
// first, as if they were on theirs.
HouseOptions WithProcessorsOfItsOwn();

// Measures what the house sustains, offers ten times that for so many seconds, and checks in the
// same run: refused early and with a hint, memory bounded, those let in answered within five times
// the calm p99 (Probe), calm again within five seconds. A p99 is the median of those of single
// seconds, so that one in which the machine did something else decides nothing. Where this machine
// cannot send as much beside serving it, what it could not is counted as withheld.
void Overload(House& house, int seconds);

}  // namespace vaka::fault
