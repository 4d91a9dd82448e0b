#include "tests/bench/fanout/tcp.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace vaka::bench {
namespace {

constexpr int kPatienceMs = 30'000;

sockaddr_in Address(const std::string& ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

absl::Status Failed(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<int> ConnectTcp(int port, const std::string& from) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Failed("socket");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // The port is chosen with the other end's in view, so that it does not run out.
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const sockaddr_in here = Address(from, 0), there = Address("127.0.0.1", port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
    absl::Status failed = Failed("connect");
    close(fd);
    return failed;
  }
  return fd;
}

absl::Status SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN) {
      pollfd room{fd, POLLOUT, 0};
      if (poll(&room, 1, kPatienceMs) <= 0) return absl::UnavailableError("send: no room");
    } else if (errno != EINTR) {
      return Failed("send");
    }
  }
  return absl::OkStatus();
}

PublisherLine::~PublisherLine() {
  if (fd_ >= 0) close(fd_);
}

absl::Status PublisherLine::Connect(int port) {
  absl::StatusOr<int> fd = ConnectTcp(port);
  if (!fd.ok()) return fd.status();
  fd_ = *fd;
  const timeval patience{.tv_sec = kPatienceMs / 1000, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return absl::OkStatus();
}

absl::Status PublisherLine::Await(
    const std::function<size_t(absl::string_view unread, bool* done)>& take) {
  std::array<char, 16 << 10> bytes{};
  for (bool done = false;;) {
    while (!unread_.empty() && !done) {
      const size_t taken = take(unread_, &done);
      if (taken == 0) break;
      unread_.erase(0, taken);
    }
    if (done) return absl::OkStatus();
    const ssize_t n = recv(fd_, bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n == 0 ? absl::UnavailableError("recv: hung up") : Failed("recv");
    unread_.append(bytes.data(), static_cast<size_t>(n));
  }
}

}  // namespace vaka::bench
