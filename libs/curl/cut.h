#pragma once

#include <optional>

#include "absl/time/time.h"

namespace vaka::curl {

// When a call ends because its process stops. One that has gone out whole and awaits its answer
// gets a moment more: cut, it would be sent once more by whoever takes it over. Belongs to one
// call.
class Cut final {
 public:
  static constexpr absl::Duration kMoment = absl::Milliseconds(800);

  // `all_out`: only the answer is missing; `elapsed`: since the call began.
  bool Due(bool stopping, bool all_out, absl::Duration elapsed) {
    if (!stopping) return false;
    if (!all_out) return true;
    if (!seen_) seen_ = elapsed;
    return elapsed - *seen_ >= kMoment;
  }

 private:
  std::optional<absl::Duration> seen_;  // when the stop was first met with all out
};

}  // namespace vaka::curl
