#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "tests/bench/fanout/subscriber.h"

namespace vaka::bench {

// Many subscribers in one thread: raw TCP connections to one address under epoll. Tells when each
// published message had reached the last of them. Thread-safe after Connect.
class Audience final {
 public:
  explicit Audience(Clock& clock) : clock_(clock) {}
  ~Audience();  // hangs up
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  // Connects them one after the other, a hundred from each loopback address as from a machine of
  // its own where `many_addresses`, and waits until each is subscribed. Only once.
  absl::Status Connect(int port, size_t subscribers, bool many_addresses,
                       const std::function<std::unique_ptr<Subscriber>(size_t n)>& make);

  // When the last subscriber had the n-th message published since Connect, from 0.
  absl::StatusOr<absl::Time> AwaitMessage(uint64_t n, absl::Duration limit);

 private:
  struct Line {
    int fd = -1;
    std::unique_ptr<Subscriber> subscriber;
    bool ready = false;
    uint64_t messages = 0;
  };

  void Loop();
  void Read(Line& line);
  void Took(Line& line, const Heard& heard);
  void Fail(absl::Status why);

  // Constant after Connect.
  Clock& clock_;
  int epoll_ = -1;
  int stop_ = -1;  // eventfd

  // The thread's alone after Connect.
  std::vector<Line> lines_;
  std::vector<size_t> arrivals_;  // of each message

  absl::Mutex mu_;
  size_t ready_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<absl::Time> complete_ ABSL_GUARDED_BY(mu_);  // of each message, in order
  absl::Status failed_ ABSL_GUARDED_BY(mu_);

  std::jthread thread_;
};

}  // namespace vaka::bench
