#include "libs/sink/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace vaka::sink {
namespace {
constexpr size_t kLongestLine = 64 << 10;
}  // namespace

bool Connection::Fill() {
  char chunk[16384];
  for (;;) {
    const ssize_t got = recv(fd_, chunk, sizeof(chunk), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    buffer_.append(chunk, static_cast<size_t>(got));
    return true;
  }
}

bool Connection::ReadLine(std::string* line) {
  size_t end;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (buffer_.size() > kLongestLine || !Fill()) return false;
  }
  *line = buffer_.substr(0, end);
  if (!line->empty() && line->back() == '\r') line->pop_back();
  buffer_.erase(0, end + 1);
  return true;
}

bool Connection::ReadBytes(size_t count, std::string* bytes) {
  while (buffer_.size() < count) {
    if (!Fill()) return false;
  }
  *bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return true;
}

bool Connection::Write(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void Connection::AwaitClose() {
  while (Fill()) buffer_.clear();
}

Listener::Listener(std::function<void(Connection&)> serve) : serve_(std::move(serve)) {}

Listener::~Listener() { Stop(); }

absl::Status Listener::Start(uint16_t port) {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  if (fd_ < 0 || bind(fd_, generic, size) != 0 || listen(fd_, 64) != 0 ||
      getsockname(fd_, generic, &size) != 0) {
    const std::string why = std::strerror(errno);
    if (fd_ >= 0) close(std::exchange(fd_, -1));
    return absl::UnavailableError(absl::StrCat("sink: 127.0.0.1:", port, ": ", why));
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { AcceptAll(); });
  return absl::OkStatus();
}

void Listener::AcceptAll() {
  for (;;) {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0) return;  // Stop has shut the socket down
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    absl::MutexLock lock(&mu_);
    if (stopping_) {
      close(fd);
      return;
    }
    Reap();
    Peer& peer = peers_.emplace_back();
    peer.fd = fd;
    peer.thread = std::thread([this, &peer] { Serve(peer); });
  }
}

void Listener::Serve(Peer& peer) {
  int fd;
  {
    absl::MutexLock lock(&mu_);
    fd = peer.fd;
  }
  Connection connection(fd);
  serve_(connection);
  // The peer sees the end now; the number is given back when the thread is joined, so that Stop
  // never touches another's.
  shutdown(fd, SHUT_RDWR);
  absl::MutexLock lock(&mu_);
  peer.done = true;
}

void Listener::Reap() {
  for (auto it = peers_.begin(); it != peers_.end();) {
    if (!it->done) {
      ++it;
      continue;
    }
    it->thread.join();
    close(it->fd);
    it = peers_.erase(it);
  }
}

void Listener::Stop() {
  if (fd_ < 0) return;
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
    for (Peer& peer : peers_) shutdown(peer.fd, SHUT_RDWR);
  }
  shutdown(fd_, SHUT_RDWR);
  acceptor_.join();
  close(std::exchange(fd_, -1));
  std::list<Peer> peers;
  {
    absl::MutexLock lock(&mu_);
    peers.swap(peers_);  // keeps the elements where their threads know them
    stopping_ = false;
  }
  for (Peer& peer : peers) {
    peer.thread.join();
    close(peer.fd);
  }
}

}  // namespace vaka::sink
