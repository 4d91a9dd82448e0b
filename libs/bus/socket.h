#pragma once

// For libs/bus alone: the one place that touches a ZeroMQ socket and catches what it throws.
#include <optional>
#include <string>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/bus/context.h"
#include "libs/bus/keys.h"

namespace vaka::bus {

// A ZeroMQ socket whose calls answer with a Status. Belongs to one thread at a time.
class Socket final {
 public:
  // INTERNAL when ZeroMQ has none left.
  static absl::StatusOr<Socket> Make(Context& context, zmq::socket_type type);

  Socket(Socket&&) = default;
  Socket& operator=(Socket&&) = default;

  // Messages queued a peer, each way. Before Bind and Connect.
  absl::Status SetQueue(int messages);
  // How long unsent messages outlive the socket. Before Bind and Connect.
  absl::Status SetLinger(absl::Duration linger);
  // Refuse instead of dropping silently when a peer's queue is full (PUB).
  absl::Status RefuseWhenFull();
  absl::Status Subscribe(const std::string& prefix);

  // Keys are used for every tcp address when there are some. FAILED_PRECONDITION: an address that
  // other machines reach, without keys; nothing was bound then. UNAVAILABLE: taken, or not of this
  // machine.
  absl::Status Bind(const std::vector<std::string>& addresses, const std::optional<Keys>& keys);
  absl::Status Connect(const std::vector<std::string>& addresses, const std::optional<Keys>& keys);

  // Where Bind bound: a port "*" is the one that was given.
  const std::vector<std::string>& bound() const { return bound_; }

  // False: the queue is full, or the context is shut down. Never blocks.
  bool TrySend(const std::vector<absl::string_view>& frames);

  // The next message's frames; none within `wait`, or the context is shut down.
  std::vector<zmq::message_t> Receive(absl::Duration wait);

  zmq::socket_t& zmq() { return socket_; }

 private:
  explicit Socket(zmq::socket_t socket) : socket_(std::move(socket)) {}

  template <typename Call>
  absl::Status Catch(absl::string_view what, Call call);
  absl::Status UseServerKeys(const Keys& keys);
  absl::Status UseClientKeys(const Keys& keys);

  zmq::socket_t socket_;
  std::vector<std::string> bound_;
};

// The ZAP domain of sockets with keys; see zap.h.
inline constexpr char kZapDomain[] = "vaka";

}  // namespace vaka::bus
