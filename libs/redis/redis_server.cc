#include "libs/redis/redis_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "libs/redis/append_only_file.h"
#include "libs/redis/connection.h"

namespace vaka::redis {
namespace {

constexpr absl::Duration kStopLimit = absl::Seconds(3);
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr absl::Duration kSteady = absl::Seconds(30);  // having run so long, it starts afresh
constexpr absl::Duration kLockPatience = absl::Seconds(5);
// Less than the largest write needs: when that fails, Redis gives the rest back to the disk.
constexpr uint64_t kLeastFreeBytes = uint64_t{8} << 20;

std::streamoff SizeOf(const std::string& file) {
  std::error_code none;
  const uintmax_t size = std::filesystem::file_size(file, none);
  return none ? 0 : static_cast<std::streamoff>(size);
}

}  // namespace

RedisServer::RedisServer(RedisServerOptions options, Clock& clock)
    : options_(std::move(options)), clock_(clock) {
  endpoint_.kind = Endpoint::Kind::kUnix;
  endpoint_.path = absl::StrCat(options_.folder, "/redis.sock");
}

absl::StatusOr<std::unique_ptr<RedisServer>> RedisServer::Start(RedisServerOptions options,
                                                                Clock& clock) {
  std::error_code error;
  options.folder = std::filesystem::absolute(options.folder, error).lexically_normal().string();
  std::filesystem::create_directories(options.folder, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("data folder ", options.folder, ": ", error.message()));
  }
  std::unique_ptr<RedisServer> server(new RedisServer(std::move(options), clock));
  if (server->endpoint_.path.size() >= sizeof(sockaddr_un::sun_path)) {
    return FieldError("data", absl::StrCat("the path ", server->endpoint_.path,
                                           " is longer than the 107 bytes of a socket's path"));
  }
  VAKA_RETURN_IF_ERROR(server->LockFolder());
  RedisServer* self = server.get();
  server->supervisor_ = std::jthread([self](std::stop_token stop) { self->Supervise(stop); });
  absl::Status first;
  {
    absl::MutexLock lock(&self->mu_);
    self->mu_.Await(absl::Condition(&self->started_));
    first = self->first_;
  }
  if (!first.ok()) return first;
  return server;
}

RedisServer::~RedisServer() { Stop(); }

void RedisServer::Stop() {
  if (supervisor_.joinable()) {
    supervisor_.request_stop();
    supervisor_.join();
  }
  if (lock_fd_ >= 0) close(std::exchange(lock_fd_, -1));
}

std::string RedisServer::Trouble() const {
  struct statvfs disk {};
  if (statvfs(options_.folder.c_str(), &disk) == 0 &&
      disk.f_bavail * disk.f_frsize < kLeastFreeBytes) {
    return absl::StrCat("the disk of ", options_.folder, " is full, ",
                        disk.f_bavail * disk.f_frsize / 1024, " KiB are left");
  }
  return pid_ == 0 ? absl::StrCat("redis-server is down, see ", options_.folder, "/redis.log") : "";
}

pid_t RedisServer::pid() const { return pid_; }
uint64_t RedisServer::restarts() const { return restarts_; }

absl::Status RedisServer::LockFolder() {
  const std::string path = absl::StrCat(options_.folder, "/lock");
  // Without O_CLOEXEC: the child holds the lock too, so that after our death nobody starts a second
  // Redis on files that the first is still writing.
  lock_fd_ = open(path.c_str(), O_RDWR | O_CREAT, 0600);
  if (lock_fd_ < 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": ", strerror(errno)));
  }
  const absl::Time patience = clock_.Steady() + kLockPatience;
  while (flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    // A Redis that is just stopping gets a moment.
    if (errno != EWOULDBLOCK || clock_.Steady() >= patience) {
      return absl::FailedPreconditionError(
          absl::StrCat("data folder ", options_.folder, " is in use by another process"));
    }
    clock_.SleepFor(absl::Milliseconds(50), {});
  }
  return absl::OkStatus();
}

void RedisServer::Publish(absl::Status first) {
  absl::MutexLock lock(&mu_);
  if (started_) return;
  first_ = std::move(first);
  started_ = true;
}

absl::StatusOr<std::unique_ptr<ChildProcess>> RedisServer::Spawn(bool cut_torn_end) {
  unlink(endpoint_.path.c_str());  // a killed Redis leaves it behind, and bind would fail
  return ChildProcess::Start({options_.program, "--port", "0", "--unixsocket", endpoint_.path,
                              "--unixsocketperm", "700", "--dir", options_.folder, "--logfile",
                              "redis.log", "--daemonize", "no", "--save", "", "--appendonly", "yes",
                              "--appendfsync", "always", "--aof-load-truncated",
                              cut_torn_end ? "yes" : "no",
                              // Of what an append looks up in a hash, one by one; more are found
                              // at once.
                              "--hash-max-listpack-entries", "64",
                              // Histograms of each command's time, which nobody asks for.
                              "--latency-tracking", "no",
                              // What is rewritten is little but large snapshots, while appends wait
                              // for the processor.
                              "--rdbcompression", "no", "--maxmemory-policy", "noeviction"});
}

absl::Status RedisServer::WaitUntilReady(ChildProcess& child, std::stop_token stop) {
  const std::string log = absl::StrCat(options_.folder, "/redis.log");
  const std::streamoff before = SizeOf(log);
  const absl::Time deadline = clock_.Steady() + options_.ready_within;
  while (clock_.Steady() < deadline && !stop.stop_requested()) {
    const absl::Time soon = clock_.Steady() + absl::Seconds(2);
    if (auto connection = Connection::Open(endpoint_, nullptr, clock_, soon); connection.ok()) {
      // While the file is loading it answers LOADING.
      const absl::StatusOr<Reply> pong = (*connection)->Call({"PING"}, soon);
      if (pong.ok() && !pong->is_error()) return absl::OkStatus();
    }
    if (child.WaitUntilEnded(absl::Milliseconds(10))) break;
  }
  const std::string warning = LastWarning(log, before);
  return Unavailable(
      absl::StrCat("redis-server does not come up",
                   warning.empty() ? "" : absl::StrCat(": ", warning), "; see ", log),
      absl::Seconds(5));
}

absl::StatusOr<std::unique_ptr<ChildProcess>> RedisServer::StartChild(std::stop_token stop) {
  for (const bool cut_torn_end : {false, true}) {
    VAKA_ASSIGN(std::unique_ptr<ChildProcess> child, Spawn(cut_torn_end));
    const absl::Status ready = WaitUntilReady(*child, stop);
    if (ready.ok()) return child;
    // Redis itself would cut a file off wherever a damaged length leads it past the end.
    if (cut_torn_end || stop.stop_requested() ||
        EndOfAppendOnlyFile(options_.folder) != FileEnd::kTorn) {
      return ready;
    }
    LogWarning("redis", "the last write was broken off before it was acknowledged; leaving it out");
  }
  return absl::InternalError("not reached");
}

void RedisServer::Supervise(std::stop_token stop) {
  const int stop_fd = eventfd(0, EFD_CLOEXEC);
  {
    const std::stop_callback wake(stop, [stop_fd] { eventfd_write(stop_fd, 1); });
    KeepRunning(stop, stop_fd);
  }
  Publish(absl::CancelledError("stopped"));
  close(stop_fd);
}

void RedisServer::KeepRunning(std::stop_token stop, int stop_fd) {
  absl::Duration pause = kFirstPause;
  while (!stop.stop_requested()) {
    const absl::Time begun = clock_.Steady();
    const absl::StatusOr<std::unique_ptr<ChildProcess>> child = StartChild(stop);
    if (child.ok()) {
      pid_ = (*child)->pid();
      Publish(absl::OkStatus());
      pollfd waits[2] = {{(*child)->end_fd(), POLLIN, 0}, {stop_fd, POLLIN, 0}};
      while (poll(waits, 2, -1) < 0 && errno == EINTR) {
      }
      pid_ = 0;
    }
    if (child.ok() && stop.stop_requested()) {
      (*child)->Signal(SIGTERM);
      (*child)->WaitUntilEnded(kStopLimit);  // else its destructor kills it
      break;
    }
    if (!child.ok()) {
      Publish(child.status());
      absl::MutexLock lock(&mu_);
      if (!first_.ok()) break;  // nobody has it; Start answers
    }
    ++restarts_;
    if (clock_.Steady() - begun > kSteady) pause = kFirstPause;
    LogError("redis",
             child.ok() ? absl::StrCat("redis-server ended; see ", options_.folder, "/redis.log")
                        : child.status().message(),
             ". Starting it again in ", absl::FormatDuration(pause));
    if (!clock_.SleepFor(pause, stop)) break;
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace vaka::redis
