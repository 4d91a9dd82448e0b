#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/sink/listener.h"

namespace vaka::sink {

struct HttpCall {
  std::string method;
  std::string path;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type = "text/plain";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  bool hang = false;  // never answers; the connection stays open until Stop
  bool cut = false;   // closes the connection instead of answering
};

// A small HTTP/1.1 server on loopback that asks one function for every answer: the far end of SMS
// gateways and webhooks in demo and tests. `answer` is called from many threads.
class HttpListener {
 public:
  explicit HttpListener(std::function<HttpAnswer(const HttpCall&)> answer);

  absl::Status Start(uint16_t port) { return listener_.Start(port); }
  void Stop() { listener_.Stop(); }
  uint16_t port() const { return listener_.port(); }

 private:
  void Serve(Connection& connection);

  const std::function<HttpAnswer(const HttpCall&)> answer_;
  Listener listener_;
};

}  // namespace vaka::sink
