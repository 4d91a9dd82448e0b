#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace vaka::redis {

// A program started by this process, which ends with it: the kernel sends it SIGTERM when the
// *thread* that started it ends, so that thread must live as long as the child is wanted. It has a
// process group of its own, so that Ctrl-C in a terminal reaches only us. Thread-safe.
class ChildProcess final {
 public:
  // `argv[0]` is looked up in PATH. NOT_FOUND: no such program.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& argv);
  ~ChildProcess();  // kills it when it still runs
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Becomes readable when the child has ended; for poll.
  int end_fd() const { return end_fd_; }

  void Signal(int number) const;
  // True: it has ended and is gone from the process table.
  bool WaitUntilEnded(absl::Duration limit);

 private:
  ChildProcess(pid_t pid, int end_fd) : pid_(pid), end_fd_(end_fd) {}

  const pid_t pid_;
  const int end_fd_;
};

}  // namespace vaka::redis
