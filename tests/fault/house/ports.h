#pragma once

#include <cstdint>

namespace vaka::fault {

// A free loopback TCP port outside the range from which the kernel takes ports for outgoing
// connections, so that a server that is killed finds its own port free again. Another program may
// take it before it is used: rare, for they are drawn at random.
uint16_t UnusedPort();

}  // namespace vaka::fault
