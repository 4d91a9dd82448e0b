#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
class Server;
class Service;
}  // namespace grpc

namespace vaka::rpc {

struct ServerOptions {
  // "127.0.0.1:0", "[::1]:9443", "unix:/run/vaka.sock", "0.0.0.0:9443"; empty: only in-process.
  std::string address{};
  // Folder with ca.pem, cert.pem and key.pem (`vaka keys init`). With it every connection is mTLS;
  // without it only loopback and unix sockets are allowed.
  std::string key_dir{};
  absl::Duration drain = absl::Seconds(2);  // how long Stop waits for calls to end
};

// The process's gRPC server: services, health, reflection. New, Start, Stop: once each, by one
// thread; the rest after Start, from any. Services are borrowed and outlive it.
class Server final {
 public:
  Server(ServerOptions options, std::vector<grpc::Service*> services);
  ~Server();  // stops

  // Binds and serves. FAILED_PRECONDITION: the address needs TLS and which key files are missing;
  // UNAVAILABLE: the address is taken; INVALID_ARGUMENT: not an address.
  absl::Status Start();

  // Health turns to NOT_SERVING, no new call is taken, calls in flight have `drain` to end and are
  // then cancelled.
  void Stop();

  // "127.0.0.1:41234" with the port that was bound, or the unix address; empty when in-process.
  const std::string& address() const { return bound_; }

  // A channel that does not leave the process. REQUIRES: started, and it does not outlive the
  // server.
  std::shared_ptr<grpc::Channel> InProcess();

 private:
  const ServerOptions options_;
  const std::vector<grpc::Service*> services_;
  std::unique_ptr<grpc::Server> server_;
  std::string bound_;
};

// Messages up to this size are taken and sent: an import of areas is the largest.
constexpr int kMaxMessageBytes = 40 << 20;

}  // namespace vaka::rpc
