#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/redis/child_process.h"
#include "tests/support/redis_server/test_redis.h"

namespace vaka::bench {

struct DaemonOptions {
  std::vector<std::string> argv = {};         // the program by its whole path
  std::vector<std::string> environment = {};  // NAME=value, beside our own
  std::string log = {};                       // takes both of its streams; appended to
  int stop_signal = SIGTERM;                  // ends it in order
};

// Another system's server as a child of this process. It runs as nobody where we are root, for some
// servers refuse root, and it ends with us: the kernel signals it when the thread that started it
// ends, so that thread must live as long as the server is wanted. Used by one thread.
class Daemon final {
 public:
  // NOT_FOUND: no such program.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const DaemonOptions& options);
  ~Daemon();  // stops
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // OK: `ready` was true within `limit`. UNAVAILABLE: it was not, or the server ended, with the
  // last that it said.
  absl::Status AwaitReady(const std::function<bool()>& ready, absl::Duration limit);
  // True: it ended by itself within `limit`.
  bool AwaitEnd(absl::Duration limit) { return child_->WaitUntilEnded(limit); }
  // In order, and by force after five seconds. Does nothing the second time.
  void Stop();

  pid_t pid() const { return child_->pid(); }

 private:
  Daemon(std::unique_ptr<redis::ChildProcess> child, const DaemonOptions& options)
      : child_(std::move(child)), log_(options.log), stop_signal_(options.stop_signal) {}

  const std::unique_ptr<redis::ChildProcess> child_;
  const std::string log_;
  const int stop_signal_;
};

// Runs a program to its end, as Daemon would. UNAVAILABLE: it took longer than `limit`.
absl::Status RunToEnd(const DaemonOptions& options, absl::Duration limit);

// A temporary folder that nobody may write to too. Gone with the object.
class PeerFolder final {
 public:
  PeerFolder();
  const std::string& path() const { return folder_.path(); }
  // Makes a folder in it, and returns its path.
  std::string Make(const std::string& name) const;

 private:
  redis::TempFolder folder_;
};

// The whole path of an executable file, looked for where Debian puts servers; empty: there is none.
std::string FindProgram(const std::vector<std::string>& candidates);
// True when something accepts connections there.
bool Listens(int port);

}  // namespace vaka::bench
