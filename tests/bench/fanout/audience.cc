#include "tests/bench/fanout/audience.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"
#include "tests/bench/fanout/tcp.h"

namespace vaka::bench {
namespace {

constexpr size_t kAnAddress = 100;
constexpr absl::Duration kReadyWithin = absl::Minutes(2);
constexpr uint64_t kStop = ~uint64_t{0};

}  // namespace

Audience::~Audience() {
  if (stop_ >= 0) eventfd_write(stop_, 1);
  if (thread_.joinable()) thread_.join();
  for (const Line& line : lines_) {
    if (line.fd >= 0) close(line.fd);
  }
  if (epoll_ >= 0) close(epoll_);
  if (stop_ >= 0) close(stop_);
}

absl::Status Audience::Connect(int port, size_t subscribers, bool many_addresses,
                               const std::function<std::unique_ptr<Subscriber>(size_t n)>& make) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC);
  epoll_event stop{.events = EPOLLIN, .data = {.u64 = kStop}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_, &stop);
  lines_.resize(subscribers);
  for (size_t i = 0; i < subscribers; ++i) {
    Line& line = lines_[i];
    const std::string from =
        many_addresses ? absl::StrCat("127.0.1.", 1 + i / kAnAddress) : "127.0.0.1";
    VAKA_ASSIGN(line.fd, ConnectTcp(port, from));
    line.subscriber = make(i);
    VAKA_RETURN_IF_ERROR(SendAll(line.fd, line.subscriber->Hello()));
    fcntl(line.fd, F_SETFL, O_NONBLOCK);
    epoll_event readable{.events = EPOLLIN, .data = {.u64 = i}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, line.fd, &readable);
  }
  thread_ = std::jthread([this] { Loop(); });
  absl::MutexLock lock(&mu_);
  const auto all = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return ready_ == lines_.size() || !failed_.ok();
  };
  if (!mu_.AwaitWithTimeout(absl::Condition(&all), kReadyWithin)) {
    return absl::DeadlineExceededError(
        absl::StrCat(ready_, " of ", lines_.size(), " subscribers are ready"));
  }
  return failed_;
}

absl::StatusOr<absl::Time> Audience::AwaitMessage(uint64_t n, absl::Duration limit) {
  absl::MutexLock lock(&mu_);
  const auto complete = [this, n]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return complete_.size() > n || !failed_.ok();
  };
  if (!mu_.AwaitWithTimeout(absl::Condition(&complete), limit)) {
    return absl::DeadlineExceededError(
        absl::StrCat("message ", n, " did not reach all; ", complete_.size(), " did"));
  }
  if (!failed_.ok()) return failed_;
  return complete_[n];
}

void Audience::Loop() {
  std::array<epoll_event, 256> events{};
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const uint64_t n = events[static_cast<size_t>(i)].data.u64;
      if (n == kStop) return;
      Read(lines_[n]);
    }
  }
}

void Audience::Read(Line& line) {
  static thread_local std::array<char, 64 << 10> bytes;
  const ssize_t n = recv(line.fd, bytes.data(), bytes.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    epoll_ctl(epoll_, EPOLL_CTL_DEL, line.fd, nullptr);
    return Fail(absl::UnavailableError("a subscriber was hung up on"));
  }
  Heard heard;
  line.subscriber->Take({bytes.data(), static_cast<size_t>(n)}, heard);
  if (!heard.answer.empty()) {
    if (absl::Status sent = SendAll(line.fd, heard.answer); !sent.ok()) return Fail(sent);
  }
  if (!heard.trouble.ok()) return Fail(heard.trouble);
  Took(line, heard);
}

void Audience::Took(Line& line, const Heard& heard) {
  if (heard.ready && !line.ready) {
    line.ready = true;
    absl::MutexLock lock(&mu_);
    ++ready_;
  }
  for (uint64_t i = 0; i < heard.messages; ++i, ++line.messages) {
    if (line.messages >= arrivals_.size()) arrivals_.resize(line.messages + 1024);
    if (++arrivals_[line.messages] < lines_.size()) continue;
    const absl::Time now = clock_.Steady();
    absl::MutexLock lock(&mu_);
    complete_.push_back(now);
  }
}

void Audience::Fail(absl::Status why) {
  absl::MutexLock lock(&mu_);
  if (failed_.ok()) failed_ = std::move(why);
}

}  // namespace vaka::bench
