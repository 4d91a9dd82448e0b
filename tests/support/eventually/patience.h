#pragma once

namespace vaka {

// How many times longer than elsewhere a test waits before it gives up: a sanitizer's build is that
// much slower.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kPatience = 5;
#else
inline constexpr int kPatience = 1;
#endif

}  // namespace vaka
