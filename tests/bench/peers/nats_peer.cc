#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/peers.h"
#include "tests/support/redis_server/free_port.h"

namespace vaka::bench {
namespace {

// What is written to the folder's files is on disk when the write returns: the file attribute S.
// The server of Debian 12 (2.9) has no setting that flushes before it answers (sync_interval came
// later).
absl::Status MakeSynchronous(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int flags = 0;
  bool done = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;
  flags |= FS_SYNC_FL;
  done = done && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
  const std::string reason = done ? "" : strerror(errno);
  if (fd >= 0) close(fd);
  if (done) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("no synchronous folder on this file system (ext4 has them): ", reason));
}

}  // namespace

absl::Status NatsPeer::Start() {
  const std::string program = FindProgram({"/usr/sbin/nats-server", "/usr/bin/nats-server"});
  if (program.empty()) return NotInstalled();
  port_ = redis::FreePort();
  std::vector<std::string> argv = {program, "--addr", "127.0.0.1", "--port", absl::StrCat(port_)};
  if (keeps_ != Keeps::kNothing) {
    const std::string streams = folder_.Make("jetstream");
    if (keeps_ == Keeps::kOnDisk) {
      if (absl::Status status = MakeSynchronous(streams); !status.ok()) return status;
    }
    argv.insert(argv.end(), {"--jetstream", "--store_dir", streams});
  }
  auto daemon = Daemon::Start({.argv = argv, .log = folder_.path() + "/log"});
  if (!daemon.ok()) return daemon.status();
  daemon_ = *std::move(daemon);
  return daemon_->AwaitReady([this] { return Listens(port_); }, absl::Seconds(20));
}

std::string NatsPeer::url() const { return absl::StrCat("nats://127.0.0.1:", port_); }

std::string NatsPeer::Settings() const {
  switch (keeps_) {
    case Keeps::kNothing:
      return "core, loopback TCP";
    case Keeps::kWithin2Min:
      return "JetStream file storage as it comes (flushed every two minutes, not before it "
             "answers), "
             "loopback TCP";
    case Keeps::kOnDisk:
      return "JetStream file storage on a folder with the attribute S, so that each write is on "
             "disk "
             "before it answers, loopback TCP";
  }
  return "";
}

}  // namespace vaka::bench
