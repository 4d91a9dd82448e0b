#include "tests/bench/peers/daemon.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace vaka::bench {
namespace {

constexpr absl::Duration kStopLimit = absl::Seconds(5);
constexpr size_t kTail = 2000;

std::string TailOf(const std::string& file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.size() <= kTail ? text : text.substr(text.size() - kTail);
}

// A server that ran as nobody must be able to write here; where we are not root, we are who it is.
void GiveToNobody(const std::string& path) {
  const passwd* nobody = getuid() == 0 ? getpwnam("nobody") : nullptr;
  if (nobody != nullptr && chown(path.c_str(), nobody->pw_uid, nobody->pw_gid) != 0) std::abort();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const DaemonOptions& options) {
  // The shell and each program before the last exec the next one, so that the child is the server.
  std::vector<std::string> argv = {"sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1", "sh",
                                   options.log};
  if (!options.environment.empty()) {
    argv.push_back("env");
    argv.insert(argv.end(), options.environment.begin(), options.environment.end());
  }
  if (getuid() == 0) {
    // Changing the user takes the wish for a signal at our end away; it is asked for anew.
    argv.insert(argv.end(), {"setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                             absl::StrCat("--pdeathsig=", sigabbrev_np(options.stop_signal))});
  }
  argv.insert(argv.end(), options.argv.begin(), options.argv.end());
  absl::StatusOr<std::unique_ptr<redis::ChildProcess>> child = redis::ChildProcess::Start(argv);
  if (!child.ok()) return child.status();
  return std::unique_ptr<Daemon>(new Daemon(*std::move(child), options));
}

Daemon::~Daemon() { Stop(); }

absl::Status Daemon::AwaitReady(const std::function<bool()>& ready, absl::Duration limit) {
  bool ended = false;
  const bool came = redis::Eventually(
      [&] {
        ended = ended || child_->WaitUntilEnded(absl::ZeroDuration());
        return ended || ready();
      },
      limit);
  if (came && !ended) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(ended ? "it ended: " : "it does not come up: ", TailOf(log_)));
}

void Daemon::Stop() {
  child_->Signal(stop_signal_);
  child_->WaitUntilEnded(kStopLimit);  // else the child's destructor kills it
}

absl::Status RunToEnd(const DaemonOptions& options, absl::Duration limit) {
  auto daemon = Daemon::Start(options);
  if (!daemon.ok()) return daemon.status();
  if ((*daemon)->AwaitEnd(limit)) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(options.argv.front(), " takes too long: ", TailOf(options.log)));
}

PeerFolder::PeerFolder() { GiveToNobody(folder_.path()); }

std::string PeerFolder::Make(const std::string& name) const {
  const std::string made = absl::StrCat(path(), "/", name);
  if (mkdir(made.c_str(), 0700) != 0) std::abort();
  GiveToNobody(made);
  return made;
}

std::string FindProgram(const std::vector<std::string>& candidates) {
  for (const std::string& program : candidates) {
    if (access(program.c_str(), X_OK) == 0) return program;
  }
  return "";
}

bool Listens(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  const bool connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return connected;
}

}  // namespace vaka::bench
