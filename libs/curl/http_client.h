#pragma once

#include <memory>
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
  // Retry-After in seconds, if given so; else zero.
  absl::Duration RetryAfter() const;
};

// HTTP over libcurl. Keeps its connection from call to call. Redirects are answers, not followed.
// Belongs to one thread.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();

  // OK: the server answered, whatever the status. UNAVAILABLE: no connection. DEADLINE_EXCEEDED:
  // no answer in time; the server may have acted. RESOURCE_EXHAUSTED: the answer is too long.
  // INVALID_ARGUMENT: no usable http(s) address.
  absl::StatusOr<HttpResponse> Do(const HttpRequest& request);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// "a=1&b=%C3%A5" of name-value pairs.
std::string FormEncode(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace vaka::curl
