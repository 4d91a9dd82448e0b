#pragma once

#include <chrono>
#include <thread>

#include "tests/support/eventually/patience.h"

namespace vaka {

// Waits until `condition` holds, asking every millisecond; false when it does not within ten
// seconds (times the patience).
template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience * std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace vaka
