// Preloaded into a process: its time of day is the machine's and as many nanoseconds more as stand,
// as eight bytes, in the file that VAKA_TIME_OF_DAY names; whoever writes there sets the clock of
// all such processes at once. Steady clocks go on as they are. Waits that the kernel ends at a time
// of day (abseil's) end when the time of day that the process sees has come, as they would on a
// machine whose clock is set. Only what our processes use is treated.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace {

constexpr int64_t kSecond = 1'000'000'000;
// How late a step is noticed by a wait under way.
constexpr int64_t kSlice = 10'000'000;

using ClockGettime = int (*)(clockid_t, timespec*);
using Syscall = long (*)(long, ...);

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int64_t Offset() {
  static const std::atomic<int64_t>* const offset = []() -> const std::atomic<int64_t>* {
    const char* path = getenv("VAKA_TIME_OF_DAY");
    const int fd = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nullptr;
    void* mapped = mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    return mapped == MAP_FAILED ? nullptr : static_cast<const std::atomic<int64_t>*>(mapped);
  }();
  return offset == nullptr ? 0 : offset->load();
}

int64_t Read(clockid_t clock) {
  static const auto real = Next<ClockGettime>("clock_gettime");
  timespec now{};
  real(clock, &now);
  return now.tv_sec * kSecond + now.tv_nsec;
}

int64_t TimeOfDay() { return Read(CLOCK_REALTIME) + Offset(); }

timespec ToTimespec(int64_t nanoseconds) { return {nanoseconds / kSecond, nanoseconds % kSecond}; }

// FUTEX_WAIT_BITSET until a time of day.
long WaitUntil(Syscall real, long* args, int64_t until) {
  const long operation = args[1] & ~FUTEX_CLOCK_REALTIME;
  for (;;) {
    const int64_t left = until - TimeOfDay();
    if (left <= 0) {
      errno = ETIMEDOUT;
      return -1;
    }
    const timespec slice = ToTimespec(Read(CLOCK_MONOTONIC) + (left < kSlice ? left : kSlice));
    const long result =
        real(SYS_futex, args[0], operation, args[2], &slice, nullptr, FUTEX_BITSET_MATCH_ANY);
    if (result != -1 || errno != ETIMEDOUT) return result;
  }
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) {
  static const auto real = Next<ClockGettime>("clock_gettime");
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return real(clock, out);
  *out = ToTimespec(TimeOfDay());
  return 0;
}

int gettimeofday(timeval* out, void*) {
  const timespec now = ToTimespec(TimeOfDay());
  *out = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* out) {
  const time_t now = TimeOfDay() / kSecond;
  if (out != nullptr) *out = now;
  return now;
}

long syscall(long number, ...) {
  static const auto real = Next<Syscall>("syscall");
  long args[6];
  va_list list;
  va_start(list, number);
  for (long& arg : args) arg = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex && args[3] != 0 &&
      (args[1] & ~FUTEX_PRIVATE_FLAG) == (FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME)) {
    const auto* until = reinterpret_cast<const timespec*>(args[3]);
    return WaitUntil(real, args, until->tv_sec * kSecond + until->tv_nsec);
  }
  return real(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

}  // extern "C"
