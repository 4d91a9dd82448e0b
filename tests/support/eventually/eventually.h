#pragma once

#include <chrono>
#include <thread>

#include "tests/support/eventually/patience.h"

namespace vaka {

// Waits until `condition` holds, asking again and again; false when it does not within ten seconds
// (times the patience).
template <typename Condition>
bool Eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience * std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace vaka
