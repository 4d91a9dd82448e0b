#pragma once

namespace vaka::redis {

// A loopback TCP port that is free now. Somebody may take it before it is used: try again then.
int FreePort();

}  // namespace vaka::redis
