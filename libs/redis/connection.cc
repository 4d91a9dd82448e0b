#include "libs/redis/connection.h"

#include <hiredis/hiredis.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::redis {
namespace {

constexpr absl::Duration kRetry = absl::Milliseconds(200);

// Elements that room is made for before they come: the number is only what the wire says.
constexpr int kMostElementsAtOnce = 4096;

// hiredis's reader makes replies of these, in the places where they stay. An array's element is
// complete before the next one is made, so that the array may move its elements then; nobody holds
// on to a complete one.
Reply* NewReply(const redisReadTask* task) {
  if (task->parent == nullptr) return new Reply();
  return &static_cast<Reply*>(task->parent->obj)->elements.emplace_back();
}

void* CreateString(const redisReadTask* task, char* text, size_t length) {
  Reply* reply = NewReply(task);
  reply->type = task->type == REDIS_REPLY_ERROR    ? Reply::Type::kError
                : task->type == REDIS_REPLY_STATUS ? Reply::Type::kStatus
                                                   : Reply::Type::kString;
  reply->text.assign(text, length);
  return reply;
}

void* CreateArray(const redisReadTask* task, int elements) {
  Reply* reply = NewReply(task);
  reply->type = Reply::Type::kArray;
  reply->elements.reserve(static_cast<size_t>(std::clamp(elements, 0, kMostElementsAtOnce)));
  return reply;
}

void* CreateInteger(const redisReadTask* task, long long value) {
  Reply* reply = NewReply(task);
  reply->type = Reply::Type::kInteger;
  reply->integer = value;
  return reply;
}

void* CreateNil(const redisReadTask* task) { return NewReply(task); }

// Of a whole reply only: its elements are part of it.
void FreeReply(void* reply) { delete static_cast<Reply*>(reply); }

redisReader* NewReader() {
  static redisReplyObjectFunctions functions = {CreateString, CreateArray, CreateInteger, CreateNil,
                                                FreeReply};
  return redisReaderCreateWithFunctions(&functions);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tls>> Tls::Make(const std::string& ca_file) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return absl::InternalError("TLS cannot be set up");
  std::unique_ptr<Tls> tls(new Tls(context));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  const int loaded = ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context)
                         : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return absl::InvalidArgumentError(absl::StrCat("no certificate authority in ", ca_file));
  }
  return tls;
}

Tls::~Tls() { SSL_CTX_free(context_); }

void Encode(const Argv& argv, std::string* wire) {
  absl::StrAppend(wire, "*", argv.size(), "\r\n");
  for (const std::string& argument : argv) {
    absl::StrAppend(wire, "$", argument.size(), "\r\n");
    wire->append(argument);
    wire->append("\r\n");
  }
}

Connection::Connection(const Endpoint& endpoint, Clock& clock)
    : where_(endpoint.ToString()), endpoint_(endpoint), clock_(clock), reader_(NewReader()) {}

Connection::~Connection() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (fd_ >= 0) close(fd_);
  redisReaderFree(reader_);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Endpoint& endpoint,
                                                             const Tls* tls, Clock& clock,
                                                             absl::Time deadline) {
  std::unique_ptr<Connection> connection(new Connection(endpoint, clock));
  VAKA_RETURN_IF_ERROR(connection->Connect(deadline));
  if (endpoint.kind == Endpoint::Kind::kTls) {
    if (tls == nullptr) return absl::InternalError("a TLS address without TLS set up");
    VAKA_RETURN_IF_ERROR(connection->Handshake(*tls, deadline));
  }
  if (!endpoint.password.empty()) VAKA_RETURN_IF_ERROR(connection->Authenticate(deadline));
  return connection;
}

absl::Status Connection::Lost(absl::string_view what) {
  dead_ = true;
  return Unavailable(absl::StrCat(where_, ": ", what), kRetry);
}

absl::Status Connection::Connect(absl::Time deadline) {
  if (endpoint_.kind == Endpoint::Kind::kUnix) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (endpoint_.path.size() >= sizeof(address.sun_path)) {
      return absl::InvalidArgumentError(
          absl::StrCat(where_, ": longer than a socket's path can be"));
    }
    std::memcpy(address.sun_path, endpoint_.path.data(), endpoint_.path.size());
    return ConnectTo(&address, sizeof(address), deadline);
  }
  // Name lookup has no deadline of its own; the resolver's is a few seconds.
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(endpoint_.host.c_str(), std::to_string(endpoint_.port).c_str(), &hints, &found) !=
      0) {
    return Lost("host not found");
  }
  absl::Status last = Lost("no address");
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    last = ConnectTo(each->ai_addr, each->ai_addrlen, deadline);
    if (last.ok()) break;
  }
  freeaddrinfo(found);
  return last;
}

absl::Status Connection::ConnectTo(const void* address, unsigned length, absl::Time deadline) {
  if (fd_ >= 0) close(fd_);
  const auto* to = static_cast<const sockaddr*>(address);
  fd_ = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return Lost(strerror(errno));
  if (to->sa_family != AF_UNIX) {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  }
  if (connect(fd_, to, length) != 0) {
    // A unix socket whose backlog is full says EAGAIN and does not become ready later.
    if (errno != EINPROGRESS) return Lost(strerror(errno));
    VAKA_RETURN_IF_ERROR(Await(POLLOUT, deadline));
    int error = 0;
    socklen_t size = sizeof(error);
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return Lost(strerror(error));
  }
  dead_ = false;
  return absl::OkStatus();
}

absl::Status Connection::Handshake(const Tls& tls, absl::Time deadline) {
  ssl_ = SSL_new(tls.context());
  if (ssl_ == nullptr || SSL_set_fd(ssl_, fd_) != 1 ||
      SSL_set1_host(ssl_, endpoint_.host.c_str()) != 1) {
    return Lost("TLS cannot be set up");
  }
  // The macro for it casts in C's way.
  SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, endpoint_.host.data());
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(ssl_);
    if (result == 1) return absl::OkStatus();
    const int why = SSL_get_error(ssl_, result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
      dead_ = true;
      const long verdict = SSL_get_verify_result(ssl_);
      if (verdict == X509_V_OK) return Lost("the TLS handshake failed");
      return absl::UnauthenticatedError(
          absl::StrCat(where_, ": certificate: ", X509_verify_cert_error_string(verdict)));
    }
    VAKA_RETURN_IF_ERROR(Await(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline));
  }
}

absl::Status Connection::Authenticate(absl::Time deadline) {
  Argv argv = {"AUTH"};
  if (!endpoint_.user.empty()) argv.push_back(endpoint_.user);
  argv.push_back(endpoint_.password);
  VAKA_ASSIGN(const Reply reply, Call(argv, deadline));
  // Only Redis's word for it: its text might quote what it was given.
  if (reply.is_error()) return absl::UnauthenticatedError(absl::StrCat(where_, ": AUTH refused"));
  return absl::OkStatus();
}

absl::Status Connection::Await(short events, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - clock_.Steady();
    if (left <= absl::ZeroDuration()) return Lost("no answer in time");
    // At most a second at a time, so that a deadline far away does not overflow.
    const auto milliseconds =
        static_cast<int>(absl::ToInt64Milliseconds(std::min(left, absl::Seconds(1)))) + 1;
    pollfd wait{fd_, events, 0};
    const int ready = poll(&wait, 1, milliseconds);
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Lost(strerror(errno));
  }
}

bool Connection::IsIdle() const {
  if (dead_) return false;
  pollfd look{fd_, POLLIN, 0};
  return poll(&look, 1, 0) == 0;
}

absl::StatusOr<size_t> Connection::Send(absl::string_view bytes, short* events) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    size_t sent = 0;
    const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &sent);
    if (result == 1) return sent;
    const int why = SSL_get_error(ssl_, result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return Lost("connection lost");
    *events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    return size_t{0};
  }
  const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent >= 0) return static_cast<size_t>(sent);
  if (errno != EAGAIN && errno != EINTR) return Lost(strerror(errno));
  *events = POLLOUT;
  return size_t{0};
}

absl::StatusOr<size_t> Connection::Receive(char* into, size_t size, short* events) {
  if (ssl_ != nullptr) {
    ERR_clear_error();
    size_t got = 0;
    const int result = SSL_read_ex(ssl_, into, size, &got);
    if (result == 1) return got;
    const int why = SSL_get_error(ssl_, result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return Lost("connection lost");
    *events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    return size_t{0};
  }
  const ssize_t got = recv(fd_, into, size, 0);
  if (got > 0) return static_cast<size_t>(got);
  if (got == 0) return Lost("connection closed");
  if (errno != EAGAIN && errno != EINTR) return Lost(strerror(errno));
  *events = POLLIN;
  return size_t{0};
}

absl::Status Connection::Write(absl::string_view wire, absl::Time deadline) {
  if (dead_) return Lost("connection lost");
  while (!wire.empty()) {
    short events = POLLOUT;
    VAKA_ASSIGN(const size_t sent, Send(wire, &events));
    wire.remove_prefix(sent);
    if (sent == 0) VAKA_RETURN_IF_ERROR(Await(events, deadline));
  }
  return absl::OkStatus();
}

absl::StatusOr<Reply> Connection::Read(absl::Time deadline) {
  if (dead_) return Lost("connection lost");
  while (true) {
    void* got = nullptr;
    if (redisReaderGetReply(reader_, &got) != REDIS_OK) return Lost("not Redis's wire format");
    if (got != nullptr) {
      const std::unique_ptr<Reply> reply(static_cast<Reply*>(got));
      return std::move(*reply);
    }
    char buffer[16 * 1024];
    short events = POLLIN;
    VAKA_ASSIGN(const size_t bytes, Receive(buffer, sizeof(buffer), &events));
    if (bytes == 0) {
      VAKA_RETURN_IF_ERROR(Await(events, deadline));
    } else if (redisReaderFeed(reader_, buffer, bytes) != REDIS_OK) {
      return Lost("not Redis's wire format");
    }
  }
}

absl::StatusOr<Reply> Connection::Call(const Argv& argv, absl::Time deadline) {
  std::string wire;
  Encode(argv, &wire);
  VAKA_RETURN_IF_ERROR(Write(wire, deadline));
  return Read(deadline);
}

}  // namespace vaka::redis
