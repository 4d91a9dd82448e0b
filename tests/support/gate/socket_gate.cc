#include "tests/support/gate/socket_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/log_line.h"

namespace vaka {
namespace {

constexpr size_t kMostHeld = 256 * 1024;  // a direction; then the sender has to wait, as with TCP

[[noreturn]] void Die(absl::string_view what) {
  LogError("gate", what, ": ", strerror(errno));
  std::abort();
}

// A socket's address in the kernel's form.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress Parse(absl::string_view text) {
  SocketAddress out;
  if (absl::ConsumePrefix(&text, "unix://")) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (text.size() >= sizeof(address.sun_path)) Die("a socket's path is too long");
    std::memcpy(address.sun_path, text.data(), text.size());
    std::memcpy(&out.storage, &address, sizeof(address));
    out.size = sizeof(address);
    return out;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      inet_pton(AF_INET, std::string(text.substr(0, colon)).c_str(), &address.sin_addr) != 1) {
    Die(absl::StrCat("no address: ", text));
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  std::memcpy(&out.storage, &address, sizeof(address));
  out.size = sizeof(address);
  return out;
}

int NewSocket(const SocketAddress& address) {
  const int family = address.storage.ss_family;
  const int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) Die("socket");
  const int on = 1;
  if (family == AF_INET) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

// With a reset rather than an orderly end, so that both sides see a failure.
void Reset(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(fd);
}

}  // namespace

SocketGate::SocketGate(std::string server, std::string listen)
    : server_(std::move(server)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  Listen(listen);
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

SocketGate::~SocketGate() {
  thread_.request_stop();
  Wake();
  thread_.join();
  {
    absl::MutexLock lock(&mu_);
    ResetAll();
  }
  close(listener_);
  close(wake_);
  if (port_ == 0) unlink(address_.substr(address_.find('/') + 2).c_str());
}

void SocketGate::Listen(const std::string& address) {
  const SocketAddress wanted = Parse(address);
  listener_ = NewSocket(wanted);
  if (bind(listener_, wanted.get(), wanted.size) != 0) Die(absl::StrCat("bind ", address));
  if (listen(listener_, 128) != 0) Die("listen");
  address_ = address;
  if (wanted.storage.ss_family != AF_INET) return;
  sockaddr_in bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) Die("getsockname");
  port_ = ntohs(bound.sin_port);
  address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", port_);
}

void SocketGate::Wake() const { eventfd_write(wake_, 1); }

void SocketGate::Set(bool stall_requests, bool stall_replies, bool refuse) {
  {
    absl::MutexLock lock(&mu_);
    stall_requests_ = stall_requests;
    stall_replies_ = stall_replies;
    refuse_ = refuse;
    if (refuse) {
      cuts_ += links_.size();
      ResetAll();
    }
  }
  Wake();
}

void SocketGate::Pass() { Set(false, false, false); }
void SocketGate::Stall() { Set(true, true, false); }
void SocketGate::StallRequests() { Set(true, false, false); }
void SocketGate::StallReplies() { Set(false, true, false); }
void SocketGate::Refuse() { Set(false, false, true); }

void SocketGate::Cut() {
  absl::MutexLock lock(&mu_);
  cuts_ += links_.size();
  ResetAll();
}

void SocketGate::CutReplyAfter(uint64_t bytes) {
  absl::MutexLock lock(&mu_);
  cutting_ = true;
  until_cut_ = bytes;
}

uint64_t SocketGate::connections() const {
  absl::MutexLock lock(&mu_);
  return connections_;
}

uint64_t SocketGate::cuts() const {
  absl::MutexLock lock(&mu_);
  return cuts_;
}

uint64_t SocketGate::request_bytes() const {
  absl::MutexLock lock(&mu_);
  return request_bytes_;
}

uint64_t SocketGate::reply_bytes() const {
  absl::MutexLock lock(&mu_);
  return reply_bytes_;
}

void SocketGate::ResetAll() {
  for (const Link& link : links_) {
    Reset(link.requests.from);
    Reset(link.requests.to);
  }
  links_.clear();
}

void SocketGate::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> waits = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    {
      absl::MutexLock lock(&mu_);
      AcceptAll();
      PumpAll();
      for (const Link& link : links_) {
        // A socket's hang-up is reported also to who waits for nothing; hence no entry then.
        const auto wait = [&waits, this](const Pipe& in, bool in_stalled, const Pipe& out,
                                         bool out_stalled) {
          mu_.AssertHeld();
          short events = 0;
          if (!in_stalled && !in.ended && in.held.size() < kMostHeld) events |= POLLIN;
          if (!out_stalled && !out.held.empty()) events |= POLLOUT;
          if (events != 0) waits.push_back({in.from, events, 0});
        };
        wait(link.requests, stall_requests_, link.replies, stall_replies_);
        wait(link.replies, stall_replies_, link.requests, stall_requests_);
      }
    }
    poll(waits.data(), waits.size(), -1);
    eventfd_t ignored = 0;
    eventfd_read(wake_, &ignored);
  }
}

void SocketGate::AcceptAll() {
  while (true) {
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    ++connections_;
    if (refuse_) {
      ++cuts_;
      Reset(client);
      continue;
    }
    const SocketAddress address = Parse(server_);
    const int server = NewSocket(address);
    if (connect(server, address.get(), address.size) != 0 && errno != EINPROGRESS) {
      Reset(client);  // as the server itself would have refused
      close(server);
      continue;
    }
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    links_.push_back(Link{.requests = {.from = client, .to = server},
                          .replies = {.from = server, .to = client}});
  }
}

void SocketGate::PumpAll() {
  bool moved = true;
  while (moved) {
    moved = false;
    for (auto link = links_.begin(); link != links_.end();) {
      moved |= !stall_requests_ && Pump(link->requests, false, *link);
      moved |= !stall_replies_ && !link->broken && Pump(link->replies, true, *link);
      const bool over = link->requests.shut && link->replies.shut;
      if (link->broken || over) {
        for (const int fd : {link->requests.from, link->requests.to})
          over ? void(close(fd)) : Reset(fd);
        link = links_.erase(link);
      } else {
        ++link;
      }
    }
  }
}

void SocketGate::Read(Pipe& pipe, Link& link) {
  char buffer[64 * 1024];
  const size_t room = std::min(sizeof(buffer), kMostHeld - pipe.held.size());
  const ssize_t got = recv(pipe.from, buffer, room, 0);
  if (got > 0) pipe.held.append(buffer, static_cast<size_t>(got));
  if (got == 0) pipe.ended = true;
  // ENOTCONN: the connection to the server is still on its way.
  if (got < 0 && errno != EAGAIN && errno != EINTR && errno != ENOTCONN) link.broken = true;
}

bool SocketGate::Pump(Pipe& pipe, bool replies, Link& link) {
  if (!pipe.ended && pipe.held.size() < kMostHeld) Read(pipe, link);
  if (link.broken) return false;
  if (pipe.held.empty()) {
    if (!pipe.ended || pipe.shut) return false;
    shutdown(pipe.to, SHUT_WR);
    pipe.shut = true;
    return true;
  }
  size_t most = pipe.held.size();
  if (replies && cutting_) most = static_cast<size_t>(std::min<uint64_t>(most, until_cut_));
  const ssize_t sent = most == 0 ? 0 : send(pipe.to, pipe.held.data(), most, MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN && errno != EINTR && errno != ENOTCONN) link.broken = true;
    return false;
  }
  const auto bytes = static_cast<uint64_t>(sent);
  (replies ? reply_bytes_ : request_bytes_) += bytes;
  pipe.held.erase(0, bytes);
  if (replies && cutting_) {
    until_cut_ -= bytes;
    if (until_cut_ == 0 && !pipe.held.empty()) {
      cutting_ = false;
      ++cuts_;
      link.broken = true;
      return false;
    }
  }
  return bytes > 0;
}

}  // namespace vaka
