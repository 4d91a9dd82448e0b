#include "tests/support/vaka_process/vaka_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

// glibc 2.36 forgets to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

namespace vaka {
namespace {

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "vaka process: %s\n", why.c_str());
  std::abort();
}

// A sanitizer's report in the child is a failure of the test, whatever the test makes of the exit
// code: kill -9 and a destructor's Stop look at none.
void DieOfReport(const std::string& output) {
  for (const char* mark : {"Sanitizer: ", ": runtime error: "}) {
    if (output.find(mark) != std::string::npos) {
      Die("a sanitizer reported in the child:\n" + output);
    }
  }
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Words as exec takes them; points into `words`.
std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The program under test; another than the one built beside it where VAKA_BINARY names one.
std::string Program() {
  const char* other = std::getenv("VAKA_BINARY");
  return other != nullptr && *other != '\0' ? other : VAKA_BINARY;
}

std::string NameOf(const std::string& variable) { return variable.substr(0, variable.find('=')); }

std::vector<std::string> EnvironmentWith(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    bool replaced = false;
    for (const std::string& own : more) replaced |= NameOf(own) == NameOf(*variable);
    if (!replaced) all.emplace_back(*variable);
  }
  return all;
}

// Both of the child's streams end in the returned descriptor.
pid_t Spawn(const VakaProcess::Options& options, int* out) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Die("no pipe");
  std::vector<std::string> words = options.wrapper;
  words.push_back(Program());
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<std::string> variables = EnvironmentWith(options.environment);
  const std::vector<char*> argv = Pointers(words);
  const std::vector<char*> environment = Pointers(variables);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) Die("no fork");
  if (pid == 0) {  // nothing here may allocate or lock, for another thread may hold the lock
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close_range(3, ~0U, 0);
    execvpe(argv[0], argv.data(), environment.data());
    _exit(127);
  }
  close(ends[1]);
  *out = ends[0];
  return pid;
}

}  // namespace

absl::StatusOr<std::unique_ptr<VakaProcess>> VakaProcess::Start(const Options& options) {
  std::unique_ptr<VakaProcess> process(new VakaProcess(Unready{}, options));
  if (absl::Status status = process->AwaitReady(options.ready_within); !status.ok()) return status;
  return process;
}

VakaProcess::VakaProcess(std::vector<std::string> arguments)
    : VakaProcess(Unready{}, Options{.arguments = std::move(arguments)}) {
  if (const absl::Status status = AwaitReady(absl::Minutes(1)); !status.ok()) {
    Die(std::string(status.message()));
  }
}

VakaProcess::VakaProcess(Unready, const Options& options)
    : keeper_([this, options] { Keep(options); }) {}

VakaProcess::~VakaProcess() {
  Stop();
  keeper_.join();
}

absl::Status VakaProcess::AwaitReady(absl::Duration within) {
  const auto settled = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    const size_t at = output_.find("Vaka ");
    return code_.has_value() || (at != std::string::npos && output_.find('\n', at) != output_.npos);
  };
  bool ready = false;
  std::string said;
  {
    absl::MutexLock lock(&mu_);
    ready = mu_.AwaitWithTimeout(absl::Condition(&settled), within) && !code_.has_value();
    said = output_;
  }
  if (ready) return absl::OkStatus();
  Kill();
  return absl::UnavailableError(absl::StrCat("it did not start:\n", said));
}

void VakaProcess::Keep(const Options& options) {
  int out = -1;
  const pid_t pid = Spawn(options, &out);
  const int pid_fd = pidfd_open(pid, 0);
  if (pid_fd < 0) Die("no pidfd");
  {
    absl::MutexLock lock(&mu_);
    pid_ = pid;
    pid_fd_ = pid_fd;
  }
  fcntl(out, F_SETFL, O_NONBLOCK);
  ReadUntilEnded(pid, pid_fd, out);
  close(out);
}

void VakaProcess::ReadUntilEnded(pid_t pid, int pid_fd, int out) {
  char buffer[4096];
  for (bool ended = false, open = true; !ended;) {
    pollfd waits[] = {{pid_fd, POLLIN, 0}, {open ? out : -1, POLLIN, 0}};
    if (poll(waits, 2, -1) < 0 && errno != EINTR) Die("no poll");
    ended = waits[0].revents != 0;
    // Once it has ended, what it left in the pipe is read too; a child of its own may keep it open.
    for (ssize_t n = 1; open && n > 0;) {
      n = read(out, buffer, sizeof buffer);
      open = n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
      absl::MutexLock lock(&mu_);
      if (n > 0) output_.append(buffer, static_cast<size_t>(n));
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  Ended(ExitCode(status));
}

void VakaProcess::Ended(int code) {
  absl::MutexLock lock(&mu_);
  DieOfReport(output_);
  close(pid_fd_);
  pid_fd_ = -1;
  pid_ = 0;
  code_ = code;
}

std::string VakaProcess::AddressAfter(const std::string& label) const {
  const std::string output = this->output();
  const size_t at = output.find(label, output.find("Vaka "));
  if (at == std::string::npos) return "";
  const size_t begin = at + label.size();
  return output.substr(begin, output.find_first_of(", /\n)", begin) - begin);
}

bool VakaProcess::AwaitEnd(absl::Duration at_most) {
  absl::MutexLock lock(&mu_);
  const auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return code_.has_value(); };
  return mu_.AwaitWithTimeout(absl::Condition(&ended), at_most);
}

int VakaProcess::Stop(absl::Duration at_most) {
  Signal(SIGTERM);
  if (!AwaitEnd(at_most)) Kill();
  absl::MutexLock lock(&mu_);
  return *code_;
}

void VakaProcess::Kill() {
  Signal(SIGKILL);
  AwaitEnd(absl::InfiniteDuration());
}

void VakaProcess::Signal(int number) {
  absl::MutexLock lock(&mu_);
  // The keeper may not have come to start it.
  const auto known = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return pid_fd_ >= 0 || code_.has_value();
  };
  mu_.Await(absl::Condition(&known));
  if (pid_fd_ >= 0) pidfd_send_signal(pid_fd_, number, nullptr, 0);
}

bool VakaProcess::running() const { return pid() != 0; }

pid_t VakaProcess::pid() const {
  absl::MutexLock lock(&mu_);
  return pid_;
}

std::string VakaProcess::output() const {
  absl::MutexLock lock(&mu_);
  return output_;
}

int RunVaka(const std::vector<std::string>& arguments, std::string* output) {
  int out = -1;
  const pid_t pid = Spawn({.arguments = arguments}, &out);
  pollfd wait = {out, POLLIN, 0};
  char buffer[4096];
  // A command that says nothing for two minutes hangs.
  while (poll(&wait, 1, 120'000) > 0) {
    const ssize_t n = read(out, buffer, sizeof buffer);
    if (n <= 0) break;
    output->append(buffer, static_cast<size_t>(n));
  }
  close(out);
  int status = 0;
  if (waitpid(pid, &status, WNOHANG) == 0) {
    if (wait.revents == 0) kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  DieOfReport(*output);
  return ExitCode(status);
}

}  // namespace vaka
