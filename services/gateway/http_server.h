#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/gateway/gateway_metrics.h"
#include "services/gateway/http.h"
#include "services/gateway/peers.h"

namespace vaka::gateway {

struct HttpOptions {
  std::string address{};          // "127.0.0.1:8080", "[::1]:0"
  bool behind_tls_proxy = false;  // allows a plain address that is not loopback
  Peers proxies{};                // whose word for the caller's address counts
  int threads = 2;
  size_t header_bytes = 16 << 10;
  size_t connections = 4096;
  size_t connections_per_address = 3000;  // of a trusted proxy: as many as of all
  absl::Duration header_timeout = absl::Seconds(10);
  absl::Duration body_timeout = absl::Seconds(60);
  absl::Duration idle_timeout = absl::Seconds(75);   // between two requests of a connection
  absl::Duration write_timeout = absl::Seconds(15);  // for one write to make its way
};

// An HTTP/1.1 server: bounded in connections, sizes and times. When all connections are taken, the
// address that holds most loses one that is within no request. It runs io threads of its own; the
// handler is called on them. New, Start, Stop by one thread. Its timeouts are of the network and so
// of the machine's steady clock, not of the injected one.
class HttpServer final {
 public:
  // `handler` and `metrics` outlive it.
  HttpServer(HttpOptions options, HttpHandler& handler, Metrics& metrics);
  ~HttpServer();  // stops

  // Binds and serves. UNAVAILABLE names the address that is taken; INVALID_ARGUMENT: not an
  // address; FAILED_PRECONDITION: neither loopback nor behind a proxy that ends TLS.
  absl::Status Start();

  // Takes no more connections and closes those that are open, within a second. Its threads still
  // run, for handlers that are under way.
  void Close();
  // Close, and ends the threads.
  void Stop();

  // "127.0.0.1:41234" with the port that was bound. REQUIRES: started.
  const std::string& address() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace vaka::gateway
