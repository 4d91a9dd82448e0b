#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "libs/rpc/method_table.h"
#include "services/gateway/connect_codec.h"
#include "services/gateway/http.h"
#include "services/gateway/upstream.h"

namespace vaka::gateway {

// The Connect protocol for every rpc of the contract, found by its path: unary, server streaming
// and client streaming, JSON and binary. No code of its own for any method, but one door for
// streams that are served in this process without gRPC between. Thread-safe.
class ConnectHandler {
 public:
  // Serves a stream itself; `request` is the request's bytes.
  using LocalStream = std::function<void(std::shared_ptr<HttpExchange> exchange, Codec codec,
                                         const std::string& request)>;

  struct Timeouts {
    absl::Duration unary = absl::Seconds(10);  // when the caller names none
    absl::Duration longest = absl::Seconds(60);
  };

  ConnectHandler(const rpc::MethodTable& methods, Upstream& upstream, Timeouts timeouts);

  // REQUIRES: before the first request.
  void ServeHere(const std::string& path, LocalStream stream);

  void Handle(std::shared_ptr<HttpExchange> exchange) const;

 private:
  struct Request {
    const rpc::Method* method = nullptr;
    ContentType type;
    UpstreamCall call;
  };

  // Nothing: the request was answered already, with what is wrong.
  std::optional<Request> Read(HttpExchange& exchange) const;
  void Unary(std::shared_ptr<HttpExchange> exchange, const Request& request) const;
  void Stream(std::shared_ptr<HttpExchange> exchange, const Request& request) const;

  const rpc::MethodTable& methods_;
  Upstream& upstream_;
  const Timeouts timeouts_;
  const Transcoder transcoder_;
  absl::flat_hash_map<std::string, LocalStream> local_;
};

// The trace of a request: its X-Request-Id or traceparent, else a new one.
std::string TraceOf(const HttpRequest& request);

// Answers a stream that ends before it has begun.
void EndStream(HttpExchange& exchange, Codec codec, const absl::Status& status);

}  // namespace vaka::gateway
