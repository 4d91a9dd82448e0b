#include "libs/base/bell.h"

#include <chrono>

namespace vaka {

void Bell::Ring() {
  {
    std::lock_guard lock(mu_);
    ++rings_;
  }
  rung_.notify_all();
}

uint64_t Bell::Await(uint64_t heard, absl::Duration at_most) {
  std::unique_lock lock(mu_);
  const auto until = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(at_most);
  rung_.wait_until(lock, until, [&] { return rings_ != heard; });
  return rings_;
}

}  // namespace vaka
