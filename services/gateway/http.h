#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace vaka::gateway {

using Headers = std::vector<std::pair<std::string, std::string>>;
// A piece of an answer; one piece may be on its way to thousands of connections.
using Chunk = std::shared_ptr<const std::string>;

struct HttpRequest {
  std::string method;  // "POST"
  std::string path;    // as sent, without the query
  std::string query;
  Headers headers;  // names in lower case
  std::string body;
  std::string remote;  // the caller's address without port, see Peers

  // The first header of that (lower-case) name; empty: none.
  absl::string_view Header(absl::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

struct HttpResponse {
  int status = 200;
  Headers headers{};
  Chunk body{};  // null: empty
};

// One request and its answer: either Respond once, or Begin, Write…, End. Thread-safe; what comes
// after the caller has gone is dropped. Keeps its connection alive as long as it lives.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual const HttpRequest& request() const = 0;

  virtual void Respond(HttpResponse response) = 0;

  virtual void Begin(HttpResponse head) = 0;
  // `written` runs on the connection's executor once the socket has taken all; false: the caller
  // has gone. REQUIRES: the Write before has been written.
  virtual void Write(std::vector<Chunk> chunks, std::function<void(bool)> written) = 0;
  virtual void End() = 0;

  // Drops the connection in the middle of an answer, so that the caller sees that it is not whole.
  virtual void Abort() = 0;

  // Runs once, on the connection's executor, when the caller goes before the answer is complete.
  // At once when it has gone already.
  virtual void OnGone(std::function<void()> gone) = 0;

  // Runs `task` on the connection's executor; tasks of one connection never overlap.
  virtual void Post(std::function<void()> task) = 0;
};

// What becomes of a request whose header has come.
struct HttpVerdict {
  size_t body_limit = 0;                  // longer: 413
  std::optional<HttpResponse> refusal{};  // answered without reading the body
  std::shared_ptr<const void> hold{};     // kept as long as the body is
};

// Thread-safe; must not block.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  virtual HttpVerdict Admit(const HttpRequest& header) = 0;
  virtual void Handle(std::shared_ptr<HttpExchange> exchange) = 0;
  // The answer to what is no readable request (400, 408, 413, 431, 501), or a connection too many
  // (429).
  virtual HttpResponse Broken(int status, absl::string_view why) = 0;
  // A connection was closed because its caller did not take the answer in time.
  virtual void Stuck() = 0;
};

}  // namespace vaka::gateway
