#pragma once

#include <vector>

#include "tests/fault/judge/evidence.h"

namespace vaka::fault {

// The municipality's log folded anew by every fold there is: hashes at its head and at each
// position of it that `wanted` names. Damaged facts, and facts that a fold refuses, are passed
// over, as a follower does. Pure.
std::vector<StateHash> Refold(const Municipality& town, const std::vector<StateHash>& wanted);

}  // namespace vaka::fault
