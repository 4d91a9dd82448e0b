#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/redis/child_process.h"
#include "libs/redis/endpoint.h"

namespace vaka::redis {

struct RedisServerOptions {
  std::string folder = {};  // made when it does not exist; holds the data, the socket and redis.log
  std::string program = "redis-server";
  absl::Duration ready_within = absl::Seconds(60);  // a large append-only file takes time to load
};

// A private Redis: a child process on a unix socket in a data folder, which has every write on disk
// before it answers. When it dies (it does on a full disk) it is started again, with a pause that
// grows to five seconds. It ends with this process, however that ends. The folder is locked for as
// long as the child lives. A write that a crash broke off is left out; a file that is damaged is
// not served. Thread-safe.
class RedisServer final {
 public:
  // Returns when it answers. FAILED_PRECONDITION: another process holds the folder.
  // INVALID_ARGUMENT: the folder's path is too long for a socket. UNAVAILABLE: it does not come up,
  // with the reason that Redis gave and what helps.
  static absl::StatusOr<std::unique_ptr<RedisServer>> Start(RedisServerOptions options,
                                                            Clock& clock);
  ~RedisServer();  // as Stop
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  // Ends it in order, or by force after three seconds, and gives the folder free. Does nothing the
  // second time. Called by one thread at a time.
  void Stop();

  // "unix:///…/redis.sock", for redis::ClientOptions.
  std::string url() const { return endpoint_.ToString(); }
  // Why it cannot be reached or write now, for who has to answer for it; empty when nothing is
  // known: "the disk of /var/lib/vaka/redis is full".
  std::string Trouble() const;
  pid_t pid() const;          // of the child that runs now; 0: none
  uint64_t restarts() const;  // since Start

 private:
  RedisServer(RedisServerOptions options, Clock& clock);

  absl::Status LockFolder();
  // On the supervisor's thread, which starts every child (see ChildProcess).
  void Supervise(std::stop_token stop);
  void KeepRunning(std::stop_token stop, int stop_fd);
  // A child that answers.
  absl::StatusOr<std::unique_ptr<ChildProcess>> StartChild(std::stop_token stop);
  absl::StatusOr<std::unique_ptr<ChildProcess>> Spawn(bool cut_torn_end);
  absl::Status WaitUntilReady(ChildProcess& child, std::stop_token stop);
  void Publish(absl::Status first) ABSL_LOCKS_EXCLUDED(mu_);

  // Constant after construction.
  const RedisServerOptions options_;
  Endpoint endpoint_;
  Clock& clock_;
  int lock_fd_ = -1;

  std::atomic<uint64_t> restarts_{0};
  std::atomic<pid_t> pid_{0};

  absl::Mutex mu_;
  bool started_ ABSL_GUARDED_BY(mu_) = false;  // the first start succeeded or failed
  absl::Status first_ ABSL_GUARDED_BY(mu_);

  std::jthread supervisor_;
};

}  // namespace vaka::redis
