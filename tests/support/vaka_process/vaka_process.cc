#include "tests/support/vaka_process/vaka_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace vaka {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "vaka process: %s\n", why.c_str());
  std::abort();
}

// Both of the child's streams end in the returned descriptor.
pid_t Spawn(const std::vector<std::string>& arguments, int* out) {
  int ends[2];
  if (pipe(ends) != 0) Die("no pipe");
  std::vector<std::string> owned = {VAKA_BINARY};
  owned.insert(owned.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : owned) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) Die("no fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  *out = ends[0];
  return pid;
}

// Appends what comes until `deadline`; false at the end of the stream.
bool ReadSome(int fd, absl::Time deadline, std::string& text) {
  pollfd wait = {.fd = fd, .events = POLLIN, .revents = 0};
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (left <= 0) return false;
  if (poll(&wait, 1, static_cast<int>(left)) <= 0) return false;
  char buffer[4096];
  const ssize_t n = read(fd, buffer, sizeof buffer);
  if (n <= 0) return false;
  text.append(buffer, static_cast<size_t>(n));
  return true;
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

VakaProcess::VakaProcess(std::vector<std::string> arguments) {
  pid_ = Spawn(arguments, &out_);
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  const auto ready = [&] {
    const size_t at = output_.find("Vaka ");
    return at != std::string::npos && output_.find('\n', at) != std::string::npos;
  };
  while (!ready()) {
    if (!ReadSome(out_, deadline, output_)) Die("it did not start:\n" + output_);
  }
}

VakaProcess::~VakaProcess() {
  if (pid_ > 0) Stop();
  close(out_);
}

std::string VakaProcess::AddressAfter(const std::string& label) const {
  const size_t at = output_.find(label, output_.find("Vaka "));
  if (at == std::string::npos) return "";
  const size_t begin = at + label.size();
  return output_.substr(begin, output_.find_first_of(", /\n", begin) - begin);
}

int VakaProcess::Stop() {
  kill(pid_, SIGTERM);
  const absl::Time deadline = absl::Now() + absl::Seconds(15);
  while (ReadSome(out_, deadline, output_)) {
  }
  if (absl::Now() >= deadline) kill(pid_, SIGKILL);  // its streams are still open: it hangs
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return ExitCode(status);
}

void VakaProcess::Kill() {
  kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
}

int RunVaka(const std::vector<std::string>& arguments, std::string* output) {
  int out = -1;
  const pid_t pid = Spawn(arguments, &out);
  const absl::Time deadline = absl::Now() + absl::Minutes(2);
  while (ReadSome(out, deadline, *output)) {
  }
  close(out);
  int status = 0;
  waitpid(pid, &status, 0);
  return ExitCode(status);
}

}  // namespace vaka
