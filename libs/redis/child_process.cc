#include "libs/redis/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "absl/strings/str_cat.h"

// glibc 2.36 forgets to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace vaka::redis {
namespace {

// Between fork and exec: nothing here may allocate or lock, for another thread may hold the lock.
[[noreturn]] void Exec(char* const* argv, pid_t parent, int error_fd) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  int error = ESRCH;
  if (getppid() == parent) {  // else it died before the line above
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    execvp(argv[0], argv);
    error = errno;
  }
  [[maybe_unused]] const ssize_t told = write(error_fd, &error, sizeof(error));
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& argv) {
  std::vector<std::string> words = argv;
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  // Closed by a successful exec; else it carries errno.
  int error_pipe[2];
  if (pipe2(error_pipe, O_CLOEXEC) != 0) return absl::InternalError(strerror(errno));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) Exec(pointers.data(), parent, error_pipe[1]);
  const int fork_error = errno;
  close(error_pipe[1]);
  if (pid < 0) {
    close(error_pipe[0]);
    return absl::ResourceExhaustedError(absl::StrCat("fork: ", strerror(fork_error)));
  }
  const int end_fd = pidfd_open(pid, 0);
  std::unique_ptr<ChildProcess> child(new ChildProcess(pid, end_fd));
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(error_pipe[0], &error, sizeof(error));
  } while (got < 0 && errno == EINTR);
  close(error_pipe[0]);
  if (got == static_cast<ssize_t>(sizeof(error))) {
    return absl::NotFoundError(absl::StrCat(argv[0], ": ", strerror(error)));
  }
  if (end_fd < 0) return absl::InternalError("pidfd_open");
  return child;
}

ChildProcess::~ChildProcess() {
  Signal(SIGKILL);
  WaitUntilEnded(absl::Seconds(5));
  if (end_fd_ >= 0) close(end_fd_);
}

void ChildProcess::Signal(int number) const {
  // By the descriptor, so that another process with a reused id is never hit.
  if (end_fd_ >= 0) pidfd_send_signal(end_fd_, number, nullptr, 0);
}

bool ChildProcess::WaitUntilEnded(absl::Duration limit) {
  pollfd wait{end_fd_, POLLIN, 0};
  const int ready = poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(limit)));
  if (ready <= 0) return false;
  waitpid(pid_, nullptr, WNOHANG);
  return true;
}

}  // namespace vaka::redis
