#pragma once

#include "absl/strings/string_view.h"
#include "services/gateway/http.h"

namespace vaka::gateway {

// What stands against one reading of where a request ends, whatever stands in front of us: a proxy
// that reads it differently would let one caller's bytes become another's request. The connection
// must end with the answer.
struct Framing {
  int status = 0;  // 400 or 501; 0: fine
  absl::string_view why = {};
};

// `header` of a message that the parser has taken; `http11`: of HTTP/1.1, not 1.0.
Framing CheckFraming(const HttpRequest& header, bool http11);

// Every value of a header that may come in several lines, joined as one.
std::string Joined(const HttpRequest& header, absl::string_view name);

}  // namespace vaka::gateway
