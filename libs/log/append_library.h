#pragma once

#include <string>

namespace vaka::log {

// The library of Redis Functions (Lua) that every append goes through; for
// redis::Client::UseLibrary. Its name carries a version, so that old and new processes can run side
// by side.
std::string AppendLibrary();

}  // namespace vaka::log
