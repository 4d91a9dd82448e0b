#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace vaka::curl {

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};  // http or https
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::string user = {};  // basic authentication when not empty
  std::string password = {};
  absl::Duration timeout = absl::Seconds(10);  // for the whole exchange
  size_t longest_answer = 16 << 20;            // bytes; more: RESOURCE_EXHAUSTED
};

struct HttpResponse {
  int status = 0;  // 200, 404, …
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  // Value of the first header of this name (lower case); empty when there is none.
  absl::string_view Header(absl::string_view name) const;
  // From `now` until when Retry-After asks to wait, given in seconds or as a date; else zero.
  absl::Duration RetryAfter(absl::Time now) const;
};

// HTTP over libcurl. Keeps its connection from call to call. Redirects are answers, not followed.
// Belongs to one thread.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();

  // OK: the server answered, whatever the status. UNAVAILABLE: the request did not go out whole.
  // DEADLINE_EXCEEDED: it did, and no whole answer came; the server may have acted.
  // RESOURCE_EXHAUSTED: the answer is too long. INVALID_ARGUMENT: no usable http(s) address.
  // CANCELLED: `stop` was requested, within about two seconds; the server may have acted.
  // A request with a body is never sent twice.
  absl::StatusOr<HttpResponse> Do(const HttpRequest& request, std::stop_token stop = {});

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// "a=1&b=%C3%A5" of name-value pairs.
std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace vaka::curl
