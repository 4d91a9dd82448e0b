#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vaka::gateway {

// A status code as the Connect protocol writes it and as HTTP does. This file is the only place
// where one becomes the other.
struct WireCode {
  absl::string_view name;  // "invalid_argument"
  int http = 500;
};

WireCode ToWire(absl::StatusCode code);

// "Bad Request"
absl::string_view ReasonPhrase(int http);

}  // namespace vaka::gateway
