#include "libs/bus/socket.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "libs/base/bell.h"
#include "libs/base/status.h"
#include "libs/bus/address.h"

namespace vaka::bus {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(2);

// Plain addresses first: keys, once set, hold for every later address of the socket. Refuses before
// anything is opened.
absl::StatusOr<std::vector<std::string>> PlainFirst(std::vector<std::string> addresses,
                                                    const std::optional<Keys>& keys) {
  if (addresses.empty()) return absl::InvalidArgumentError("bus: no address");
  for (const std::string& address : addresses) {
    VAKA_ASSIGN(const Reach reach, ReachOf(address));
    if (reach == Reach::kNetwork && !keys.has_value()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "bus: ", address,
          " reaches other machines and would be plain; make keys with `vaka keys init DIR` and "
          "give DIR to every process of the bus, or use a loopback address or ipc://"));
    }
  }
  std::stable_partition(addresses.begin(), addresses.end(),
                        [](const std::string& address) { return !IsTcp(address); });
  return addresses;
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(duration, absl::Milliseconds(1))));
}

}  // namespace

template <typename Call>
absl::Status Socket::Catch(absl::string_view what, Call call) {
  try {
    call();
    return absl::OkStatus();
  } catch (const zmq::error_t& error) {
    return absl::UnavailableError(absl::StrCat("bus: ", what, ": ", error.what()));
  }
}

absl::StatusOr<Socket> Socket::Make(Context& context, zmq::socket_type type) {
  try {
    Socket socket{zmq::socket_t(context.zmq(), type)};
    VAKA_RETURN_IF_ERROR(socket.SetLinger(absl::ZeroDuration()));
    VAKA_RETURN_IF_ERROR(socket.Catch("options", [&] {
      // No limit on what is received: with one, ZeroMQ stops reading a connection, no longer sees
      // its heartbeats, gives it up, and aborts when the socket is read again
      // (https://github.com/zeromq/libzmq/issues/3937). Every socket here is read without delay.
      socket.socket_.set(zmq::sockopt::rcvhwm, 0);
      socket.socket_.set(zmq::sockopt::heartbeat_ivl, Milliseconds(kHeartbeat));
      socket.socket_.set(zmq::sockopt::heartbeat_timeout, Milliseconds(3 * kHeartbeat));
      socket.socket_.set(zmq::sockopt::reconnect_ivl, 50);
      socket.socket_.set(zmq::sockopt::reconnect_ivl_max, 1000);
    }));
    return socket;
  } catch (const zmq::error_t& error) {
    return absl::InternalError(absl::StrCat("bus: cannot make a socket: ", error.what()));
  }
}

absl::Status Socket::SetQueue(int messages) {
  return Catch("queue", [&] { socket_.set(zmq::sockopt::sndhwm, messages); });
}

absl::Status Socket::SetLinger(absl::Duration linger) {
  return Catch("linger", [&] { socket_.set(zmq::sockopt::linger, Milliseconds(linger)); });
}

absl::Status Socket::RefuseWhenFull() {
  return Catch("nodrop", [&] { socket_.set(zmq::sockopt::xpub_nodrop, true); });
}

absl::Status Socket::Subscribe(const std::string& prefix) {
  return Catch("subscribe", [&] { socket_.set(zmq::sockopt::subscribe, prefix); });
}

absl::Status Socket::Bind(const std::vector<std::string>& addresses,
                          const std::optional<Keys>& keys) {
  VAKA_ASSIGN(const std::vector<std::string> ordered, PlainFirst(addresses, keys));
  for (const std::string& address : ordered) {
    if (IsTcp(address) && keys.has_value()) VAKA_RETURN_IF_ERROR(UseServerKeys(*keys));
    VAKA_RETURN_IF_ERROR(Catch(absl::StrCat("cannot bind ", address), [&] {
      // Else 127.0.0.1 would be bound as ::ffff:127.0.0.1, and names not looked up as IPv6.
      socket_.set(zmq::sockopt::ipv6, !IsTcpV4(address));
      socket_.bind(address);
      bound_.push_back(socket_.get(zmq::sockopt::last_endpoint));
    }));
  }
  return absl::OkStatus();
}

absl::Status Socket::Connect(const std::vector<std::string>& addresses,
                             const std::optional<Keys>& keys) {
  VAKA_ASSIGN(const std::vector<std::string> ordered, PlainFirst(addresses, keys));
  for (const std::string& address : ordered) {
    if (IsTcp(address) && keys.has_value()) VAKA_RETURN_IF_ERROR(UseClientKeys(*keys));
    VAKA_RETURN_IF_ERROR(Catch(absl::StrCat("cannot connect to ", address), [&] {
      socket_.set(zmq::sockopt::ipv6, !IsTcpV4(address));
      socket_.connect(address);
    }));
  }
  return absl::OkStatus();
}

absl::Status Socket::UseServerKeys(const Keys& keys) {
  if (keys.server.secret_key.empty()) {
    return absl::FailedPreconditionError(
        "bus: a forwarder needs server.key_secret in its folder of keys; `vaka keys init` makes "
        "it");
  }
  return Catch("server keys", [&] {
    socket_.set(zmq::sockopt::curve_server, true);
    socket_.set(zmq::sockopt::curve_secretkey, keys.server.secret_key);
    socket_.set(zmq::sockopt::zap_domain, std::string(kZapDomain));
  });
}

absl::Status Socket::UseClientKeys(const Keys& keys) {
  return Catch("client keys", [&] {
    socket_.set(zmq::sockopt::curve_serverkey, keys.server.public_key);
    socket_.set(zmq::sockopt::curve_publickey, keys.client.public_key);
    socket_.set(zmq::sockopt::curve_secretkey, keys.client.secret_key);
  });
}

bool Socket::TrySend(const std::vector<absl::string_view>& frames) {
  try {
    for (size_t i = 0; i < frames.size(); ++i) {
      const auto more = i + 1 < frames.size() ? zmq::send_flags::sndmore : zmq::send_flags::none;
      const zmq::const_buffer buffer(frames[i].data(), frames[i].size());
      // The queue is counted in messages, so the first frame decides for all.
      if (!socket_.send(buffer, more | zmq::send_flags::dontwait).has_value()) return false;
    }
    return true;
  } catch (const zmq::error_t&) {
    return false;  // shut down, or interrupted by a signal
  }
}

std::vector<zmq::message_t> Socket::Receive(absl::Duration wait) {
  std::vector<zmq::message_t> frames;
  try {
    zmq::message_t frame;
    // What is there already needs no system call.
    bool received = socket_.recv(frame, zmq::recv_flags::dontwait).has_value();
    if (!received && wait > absl::ZeroDuration()) {
      zmq::pollitem_t item{socket_.handle(), 0, ZMQ_POLLIN, 0};
      if (zmq::poll(&item, 1, std::chrono::milliseconds(Milliseconds(wait))) == 0) return frames;
      received = socket_.recv(frame, zmq::recv_flags::dontwait).has_value();
    }
    while (received) {
      const bool more = frame.more();
      frames.push_back(std::move(frame));
      received = more && socket_.recv(frame, zmq::recv_flags::dontwait).has_value();
    }
  } catch (const zmq::error_t& error) {
    frames.clear();
    // A caller that loops until it is told to stop must not spin when the context is gone.
    if (error.num() == ETERM) Bell().Await(0, wait);
  }
  return frames;
}

}  // namespace vaka::bus
