#pragma once

#include <cstddef>

namespace vaka {

// Lets this process have as many open files as the system allows it: what a shell gives is often
// 1024, and a connection is a file.
void RaiseFileLimit();

// How many connections leave files enough for the store, the bus and gRPC; at least a few.
size_t RoomForConnections();

}  // namespace vaka
