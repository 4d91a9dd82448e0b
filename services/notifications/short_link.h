#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vaka::notifications {

// One-tap links short enough for an SMS: four digits of the municipality, sixteen letters of the
// message id and an 80-bit tag, 34 characters. An Ed25519 signature alone would take 86. The tag is
// keyed BLAKE2b; a guess succeeds once in 2^80, and only a server that holds the key can be asked.
// What the link is about, and until when it counts, stands in the delivery that the id names.
// Thread-safe.
class ShortLinks {
 public:
  struct Target {
    std::string kommun;
    std::string message;
  };

  // `key`: 32 bytes, the same in every process of a system.
  explicit ShortLinks(std::string key);

  // REQUIRES: `message` was made by DeriveId("msg", …).
  std::string Make(absl::string_view kommun, absl::string_view message) const;

  // UNAUTHENTICATED: not made with this key.
  absl::StatusOr<Target> Open(absl::string_view link) const;

 private:
  std::string Tag(absl::string_view body) const;

  const std::string key_;
};

}  // namespace vaka::notifications
