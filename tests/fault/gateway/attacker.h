#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"

namespace vaka::fault {

// A connection of somebody who means no good: never waits for what it sends to be taken or
// answered. Belongs to one thread.
class RawConnection final {
 public:
  // `to`: "127.0.0.1:port"; `from`: a loopback address, "127.0.0.9". `small_window`: takes little
  // at a time.
  RawConnection(const std::string& to, const std::string& from, bool small_window = false);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  // As much of it as the kernel takes now.
  void Send(const std::string& bytes);
  // Reads what is there. False: the other side has closed, or never took the connection.
  bool Read();
  // Status of the first answer so far; 0: none. Of Read.
  int status() const;
  // Waits for something to read, or the end.
  void Await(absl::Duration at_most);

 private:
  int fd_ = -1;
  std::string answer_;  // its beginning
};

// What attackers were answered: how often which HTTP status; 0: closed without. Thread-safe.
class Answers final {
 public:
  void Count(int status) ABSL_LOCKS_EXCLUDED(mu_);
  uint64_t of(int status) const ABSL_LOCKS_EXCLUDED(mu_);
  std::string Text() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  mutable absl::Mutex mu_;
  std::map<int, uint64_t> counts_ ABSL_GUARDED_BY(mu_);
};

// One attack, on a thread of its own from construction to destruction.
class Attack final {
 public:
  struct Crowd {
    size_t connections = 100;
    std::string opening = {};  // sent by each at once
    std::string drip = {};     // and this, every `every`
    absl::Duration every = absl::Milliseconds(500);
    bool reads = true;  // false: takes nothing of what it is sent
  };
  // Holds so many connections, and opens another for each that is closed.
  Attack(std::string name, std::string to, std::string from, Crowd crowd);
  // Sends what `request` makes, each on a connection of its own, waits for the answer, and again,
  // as fast as it goes.
  Attack(std::string name, std::string to, std::string from, std::function<std::string()> request);

  const std::string& name() const { return name_; }
  const Answers& answers() const { return answers_; }
  // Connections that are open now; of a crowd.
  size_t open() const { return open_; }

 private:
  void Hold(const Crowd& crowd, const std::stop_token& stop);

  const std::string name_;
  const std::string to_;
  const std::string from_;
  SystemClock clock_;
  Answers answers_;
  std::atomic<size_t> open_{0};
  std::jthread thread_;  // last: uses the others
};

// The text of a POST with a length.
std::string Post(const std::string& path, const std::string& headers, const std::string& body);

// Lets this process have `files` open; false: the machine does not.
bool AllowFiles(size_t files);

}  // namespace vaka::fault
