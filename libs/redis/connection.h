#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/endpoint.h"
#include "libs/redis/reply.h"

struct redisReader;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

namespace vaka::redis {

// What a TLS peer must show: a certificate for its host by the authority in `ca_file` (empty: the
// machine's own authorities). Thread-safe after Make.
class Tls final {
 public:
  static absl::StatusOr<std::unique_ptr<Tls>> Make(const std::string& ca_file);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  SSL_CTX* context() const { return context_; }

 private:
  explicit Tls(SSL_CTX* context) : context_(context) {}
  SSL_CTX* context_;
};

using Argv = std::vector<std::string>;

// Appends the command in Redis's wire format.
void Encode(const Argv& argv, std::string* wire);

// One socket to one node: unix, TCP or TLS, with Redis's wire format by hiredis's reader. Belongs
// to one thread at a time. After any error it is dead: UNAVAILABLE from then on; make another.
class Connection final {
 public:
  // Connects, and authenticates when the endpoint has a password. UNAVAILABLE: refused, not found
  // or not in time. UNAUTHENTICATED: the password or the peer's certificate.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Endpoint& endpoint, const Tls* tls,
                                                          Clock& clock, absl::Time deadline);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Nothing is waiting to be read and the peer has not hung up.
  bool IsIdle() const;

  absl::Status Write(absl::string_view wire, absl::Time deadline);
  // The next reply, in the order of the commands.
  absl::StatusOr<Reply> Read(absl::Time deadline);

  // Write and Read of one command; error replies are replies.
  absl::StatusOr<Reply> Call(const Argv& argv, absl::Time deadline);

 private:
  Connection(const Endpoint& endpoint, Clock& clock);

  absl::Status Connect(absl::Time deadline);
  absl::Status ConnectTo(const void* address, unsigned length, absl::Time deadline);
  absl::Status Handshake(const Tls& tls, absl::Time deadline);
  absl::Status Authenticate(absl::Time deadline);
  // Waits until the socket is ready for `events`.
  absl::Status Await(short events, absl::Time deadline);
  // Bytes moved; 0: not ready, `*events` says for what to wait.
  absl::StatusOr<size_t> Send(absl::string_view bytes, short* events);
  absl::StatusOr<size_t> Receive(char* into, size_t size, short* events);
  absl::Status Lost(absl::string_view what);

  // Constant after Open.
  const std::string where_;
  Endpoint endpoint_;
  Clock& clock_;

  int fd_ = -1;
  SSL* ssl_ = nullptr;
  redisReader* reader_ = nullptr;
  bool dead_ = false;
};

}  // namespace vaka::redis
