#include "tests/fault/gateway/attacker.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace vaka::fault {
namespace {

constexpr size_t kKept = 64;  // of an answer: its first line
constexpr absl::Duration kPatience = absl::Seconds(2);

sockaddr_in AddressOf(const std::string& ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
  return address;
}

}  // namespace

RawConnection::RawConnection(const std::string& to, const std::string& from, bool small_window) {
  const size_t colon = to.rfind(':');
  sockaddr_in own = AddressOf(from, 0);
  sockaddr_in there = AddressOf(to.substr(0, colon), std::stoi(to.substr(colon + 1)));
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int few = 4096;
  if (small_window) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &few, sizeof(few));
  if (bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof(own)) == 0 &&
      connect(fd_, reinterpret_cast<sockaddr*>(&there), sizeof(there)) == 0) {
    return;
  }
  close(fd_);
  fd_ = -1;
}

RawConnection::~RawConnection() {
  if (fd_ >= 0) close(fd_);
}

void RawConnection::Send(const std::string& bytes) {
  size_t sent = 0;
  while (fd_ >= 0 && sent < bytes.size()) {
    const ssize_t n =
        send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) return;
    sent += static_cast<size_t>(n);
  }
}

bool RawConnection::Read() {
  char bytes[16384];
  while (fd_ >= 0) {
    const ssize_t n = recv(fd_, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) return false;
    const size_t room = kKept - std::min(kKept, answer_.size());
    answer_.append(bytes, std::min(room, static_cast<size_t>(n)));
  }
  return false;
}

int RawConnection::status() const {
  int status = 0;
  if (!absl::StartsWith(answer_, "HTTP/1.1 ") || !absl::SimpleAtoi(answer_.substr(9, 3), &status)) {
    return 0;
  }
  return status;
}

void RawConnection::Await(absl::Duration at_most) {
  pollfd ready{fd_, POLLIN, 0};
  poll(&ready, 1, static_cast<int>(absl::ToInt64Milliseconds(at_most)));
}

void Answers::Count(int status) {
  absl::MutexLock lock(&mu_);
  ++counts_[status];
}

uint64_t Answers::of(int status) const {
  absl::MutexLock lock(&mu_);
  const auto it = counts_.find(status);
  return it == counts_.end() ? 0 : it->second;
}

std::string Answers::Text() const {
  absl::MutexLock lock(&mu_);
  return absl::StrJoin(counts_, ", ", [](std::string* out, const auto& count) {
    absl::StrAppend(out, count.first == 0 ? "closed" : absl::StrCat(count.first), " ×",
                    count.second);
  });
}

Attack::Attack(std::string name, std::string to, std::string from, Crowd crowd)
    : name_(std::move(name)),
      to_(std::move(to)),
      from_(std::move(from)),
      thread_(
          [this, crowd = std::move(crowd)](const std::stop_token& stop) { Hold(crowd, stop); }) {}

Attack::Attack(std::string name, std::string to, std::string from,
               std::function<std::string()> request)
    : name_(std::move(name)),
      to_(std::move(to)),
      from_(std::move(from)),
      thread_([this, request = std::move(request)](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          RawConnection connection(to_, from_);
          connection.Send(request());
          connection.Await(kPatience);
          connection.Read();
          answers_.Count(connection.status());
        }
      }) {}

void Attack::Hold(const Crowd& crowd, const std::stop_token& stop) {
  std::vector<std::unique_ptr<RawConnection>> held(crowd.connections);
  do {
    for (auto& connection : held) {
      if (stop.stop_requested()) return;
      if (connection != nullptr && crowd.reads && !connection->Read()) {
        answers_.Count(connection->status());
        connection = nullptr;
        --open_;
      }
      if (connection == nullptr) {
        connection = std::make_unique<RawConnection>(to_, from_, !crowd.reads);
        connection->Send(crowd.opening);
        ++open_;
      } else {
        connection->Send(crowd.drip);
      }
    }
  } while (clock_.SleepFor(crowd.every, stop));
}

std::string Post(const std::string& path, const std::string& headers, const std::string& body) {
  return absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: vaka\r\n", headers,
                      "Content-Length: ", body.size(), "\r\n\r\n", body);
}

bool AllowFiles(size_t files) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < files) return false;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

}  // namespace vaka::fault
