#pragma once

#include <cstdint>

namespace vaka::fault {

// The run's seed: VAKA_FAULT_SEED, else a random one; the same for the whole program. Printed with
// how to repeat it, once a test.
uint64_t Seed();

}  // namespace vaka::fault
