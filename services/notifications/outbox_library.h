#pragma once

#include <string>

namespace vaka::notifications {

// The library of Redis Functions (Lua) that every move of an outbox goes through; for
// redis::Client::UseLibrary.
std::string OutboxLibrary();

}  // namespace vaka::notifications
