#include "libs/runtime/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace vaka::runtime {
namespace {

// What a handler may touch: the process has one set of handlers, so this is one set too.
std::atomic<int> g_signals_seen{0};
std::atomic<int> g_write_end{-1};
int g_read_end = -1;
struct sigaction g_before_int;
struct sigaction g_before_term;
struct sigaction g_before_pipe;

void Wake(unsigned char number) {
  const int error = errno;  // a handler may run between a call and the look at its errno
  if (write(g_write_end.load(), &number, 1) < 0) {
    // The pipe is full: Wait has something to read already.
  }
  errno = error;
}

void OnSignal(int number) {
  if (g_signals_seen.fetch_add(1) > 0) _exit(128 + number);
  Wake(static_cast<unsigned char>(number));
}

}  // namespace

Signals::Signals() {
  if (g_write_end.load() >= 0) std::abort();  // a second one at the same time is a bug
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  if (fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) std::abort();
  g_read_end = ends[0];
  g_write_end.store(ends[1]);
  g_signals_seen.store(0);
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, &g_before_int);
  sigaction(SIGTERM, &action, &g_before_term);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &g_before_pipe);
}

Signals::~Signals() {
  sigaction(SIGINT, &g_before_int, nullptr);
  sigaction(SIGTERM, &g_before_term, nullptr);
  sigaction(SIGPIPE, &g_before_pipe, nullptr);
  close(g_write_end.exchange(-1));
  close(g_read_end);
  g_read_end = -1;
}

int Signals::Wait() {
  // poll rather than read: a sanitizer puts a handler off while its thread is in a read.
  pollfd woken{g_read_end, POLLIN, 0};
  while (poll(&woken, 1, -1) < 0 && errno == EINTR) {
  }
  unsigned char number = 0;
  while (read(g_read_end, &number, 1) < 0 && errno == EINTR) {
  }
  return number;
}

void Signals::Request() { Wake(0); }

}  // namespace vaka::runtime
