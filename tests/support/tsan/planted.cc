// planted CASE: two threads and what orders them, to see that ThreadSanitizer reports what is a
// race and nothing else. The cases that start with "race" must be reported, the others must not;
// tests/support/tsan/CMakeLists.txt holds them to it.
#include <array>
#include <cstdio>
#include <functional>
#include <string_view>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace {

// What both threads touch.
struct Shared {
  absl::Mutex mu;
  absl::CondVar changed;
  absl::Notification done;
  bool ready = false;
  int number = 0;
};

void InTwoThreads(const std::function<void()>& one, const std::function<void()>& other) {
  std::thread first(one);
  std::thread second(other);
  first.join();
  second.join();
}

void Bump(Shared& shared) {
  for (int i = 0; i < 1000; ++i) ++shared.number;
}

void RaceUnguarded(Shared& shared) {
  InTwoThreads([&] { Bump(shared); }, [&] { Bump(shared); });
}

void RaceOneSideUnguarded(Shared& shared) {
  InTwoThreads(
      [&] {
        absl::MutexLock lock(&shared.mu);
        Bump(shared);
      },
      [&] { Bump(shared); });
}

// A reader's lock keeps writers out, not other readers.
void RaceWriteUnderReaderLock(Shared& shared) {
  const auto bump = [&] {
    absl::ReaderMutexLock lock(&shared.mu);
    Bump(shared);
  };
  InTwoThreads(bump, bump);
}

// After the wait the mutex is given back: what follows is unguarded.
void RaceAfterAwait(Shared& shared) {
  InTwoThreads(
      [&] {
        { absl::MutexLock lock(&shared.mu, absl::Condition(&shared.ready)); }
        Bump(shared);
      },
      [&] {
        {
          absl::MutexLock lock(&shared.mu);
          shared.ready = true;
        }
        Bump(shared);
      });
}

void Mutex(Shared& shared) {
  const auto bump = [&] {
    absl::MutexLock lock(&shared.mu);
    Bump(shared);
  };
  InTwoThreads(bump, bump);
}

void TryLock(Shared& shared) {
  const auto bump = [&] {
    while (!shared.mu.TryLock()) std::this_thread::yield();
    Bump(shared);
    shared.mu.Unlock();
  };
  InTwoThreads(bump, bump);
}

void Readers(Shared& shared) {
  InTwoThreads(
      [&] {
        absl::ReaderMutexLock lock(&shared.mu);
        if (shared.number < 0) std::puts("never");
      },
      [&] {
        absl::MutexLock lock(&shared.mu);
        Bump(shared);
      });
}

// The other thread's Unlock evaluates the condition on its own stack.
void Await(Shared& shared) {
  InTwoThreads(
      [&] {
        absl::MutexLock lock(&shared.mu);
        shared.mu.Await(absl::Condition(&shared.ready));
        Bump(shared);
      },
      [&] {
        Bump(shared);
        absl::MutexLock lock(&shared.mu);
        shared.ready = true;
      });
}

void AwaitWithTimeout(Shared& shared) {
  InTwoThreads(
      [&] {
        absl::MutexLock lock(&shared.mu);
        while (!shared.mu.AwaitWithTimeout(absl::Condition(&shared.ready), absl::Microseconds(1)))
          Bump(shared);
      },
      [&] {
        absl::MutexLock lock(&shared.mu);
        Bump(shared);
        shared.ready = true;
      });
}

void LockWhen(Shared& shared) {
  InTwoThreads(
      [&] {
        absl::MutexLock lock(&shared.mu, absl::Condition(&shared.ready));
        Bump(shared);
      },
      [&] {
        Bump(shared);
        absl::MutexLock lock(&shared.mu);
        shared.ready = true;
      });
}

void CondVar(Shared& shared) {
  InTwoThreads(
      [&] {
        absl::MutexLock lock(&shared.mu);
        while (!shared.ready) shared.changed.Wait(&shared.mu);
        Bump(shared);
      },
      [&] {
        Bump(shared);
        absl::MutexLock lock(&shared.mu);
        shared.ready = true;
        shared.changed.Signal();
      });
}

void NotificationWait(Shared& shared) {
  InTwoThreads(
      [&] {
        shared.done.WaitForNotification();
        Bump(shared);
      },
      [&] {
        Bump(shared);
        shared.done.Notify();
      });
}

void NotificationAsked(Shared& shared) {
  InTwoThreads(
      [&] {
        while (!shared.done.HasBeenNotified()) std::this_thread::yield();
        Bump(shared);
      },
      [&] {
        Bump(shared);
        shared.done.Notify();
      });
}

struct Case {
  std::string_view name;
  void (*run)(Shared&);
};
constexpr auto kCases = std::to_array<Case>({
    {"race_unguarded", RaceUnguarded},
    {"race_one_side_unguarded", RaceOneSideUnguarded},
    {"race_write_under_reader_lock", RaceWriteUnderReaderLock},
    {"race_after_await", RaceAfterAwait},
    {"mutex", Mutex},
    {"try_lock", TryLock},
    {"readers", Readers},
    {"await", Await},
    {"await_with_timeout", AwaitWithTimeout},
    {"lock_when", LockWhen},
    {"cond_var", CondVar},
    {"notification_wait", NotificationWait},
    {"notification_asked", NotificationAsked},
});

}  // namespace

int main(int argc, char** argv) {
  for (const Case& planted : kCases) {
    if (argc == 2 && planted.name == argv[1]) {
      Shared shared;
      planted.run(shared);
      std::puts("ran");
      return 0;
    }
  }
  std::fputs("planted CASE; see planted.cc\n", stderr);
  return 2;
}
