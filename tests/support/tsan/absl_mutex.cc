// Makes absl::Mutex, CondVar and Notification known to ThreadSanitizer. Debian's abseil is a shared
// library built without it, so what a Mutex orders would look like a race. A program that links
// this file defines the entry points itself; the loader then takes them for every caller, gRPC
// included, and each tells the sanitizer what happens around the real one. Abseil built with the
// sanitizer does the same in the same places (mutex.cc, ABSL_TSAN_MUTEX_*). Only for
// VAKA_SANITIZE=thread; not instrumented itself.
//
// Between a pre_ and its post_ call the sanitizer ignores memory accesses: a Condition that abseil
// evaluates while it unlocks or wakes is neither reported nor checked. The first evaluation, in
// Await itself, is checked.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "absl/base/config.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"

// The mangled name of a member of absl, in the inline namespace of this build (libstdc++'s and
// abseil's ABI name).
#define VAKA_TEXT(x) #x
#define VAKA_TEXT_OF(x) VAKA_TEXT(x)

namespace {

constexpr unsigned kNotStatic = __tsan_mutex_not_static;
constexpr unsigned kRead = __tsan_mutex_read_lock;
constexpr unsigned kTry = __tsan_mutex_try_lock;
constexpr unsigned kTryFailed = __tsan_mutex_try_lock_failed;

// The next definition of a symbol of absl: abseil's own. `prefix` is "N" or "NK" and `rest` what
// follows the namespace. Without a lock or a guarded static, since this runs inside every lock.
template <typename Function>
Function* Real(std::atomic<void*>& found, const char* prefix, const char* rest) {
  void* real = found.load(std::memory_order_acquire);
  if (real == nullptr) {
    constexpr const char* kNamespace = VAKA_TEXT_OF(ABSL_OPTION_INLINE_NAMESPACE_NAME);
    std::array<char, 256> name{};
    std::snprintf(name.data(), name.size(), "_Z%s4absl%zu%s%s", prefix,
                  __builtin_strlen(kNamespace), kNamespace, rest);
    real = dlsym(RTLD_NEXT, name.data());
    if (real == nullptr) {
      std::fprintf(stderr, "absl_mutex.cc: this abseil has no %s\n", name.data());
      std::abort();
    }
    found.store(real, std::memory_order_release);
  }
  return reinterpret_cast<Function*>(real);
}

}  // namespace

// Calls the real function; `Type` is its C form, with `this` first.
#define VAKA_REAL(Type, prefix, rest)                   \
  ([]() -> Type* {                                      \
    static constinit std::atomic<void*> found{nullptr}; \
    return Real<Type>(found, prefix, rest);             \
  }())

namespace absl {
ABSL_NAMESPACE_BEGIN

using MutexCall = void(Mutex*);
using MutexTry = bool(Mutex*);
using MutexWhen = void(Mutex*, const Condition*);

Mutex::~Mutex() {
  __tsan_mutex_destroy(this, kNotStatic);
  VAKA_REAL(MutexCall, "N", "5MutexD1Ev")(this);
}

void Mutex::Lock() {
  __tsan_mutex_pre_lock(this, 0);
  VAKA_REAL(MutexCall, "N", "5Mutex4LockEv")(this);
  __tsan_mutex_post_lock(this, 0, 0);
}

void Mutex::Unlock() {
  __tsan_mutex_pre_unlock(this, 0);
  VAKA_REAL(MutexCall, "N", "5Mutex6UnlockEv")(this);
  __tsan_mutex_post_unlock(this, 0);
}

bool Mutex::TryLock() {
  __tsan_mutex_pre_lock(this, kTry);
  const bool locked = VAKA_REAL(MutexTry, "N", "5Mutex7TryLockEv")(this);
  __tsan_mutex_post_lock(this, locked ? kTry : kTry | kTryFailed, 0);
  return locked;
}

void Mutex::ReaderLock() {
  __tsan_mutex_pre_lock(this, kRead);
  VAKA_REAL(MutexCall, "N", "5Mutex10ReaderLockEv")(this);
  __tsan_mutex_post_lock(this, kRead, 0);
}

void Mutex::ReaderUnlock() {
  __tsan_mutex_pre_unlock(this, kRead);
  VAKA_REAL(MutexCall, "N", "5Mutex12ReaderUnlockEv")(this);
  __tsan_mutex_post_unlock(this, kRead);
}

bool Mutex::ReaderTryLock() {
  __tsan_mutex_pre_lock(this, kRead | kTry);
  const bool locked = VAKA_REAL(MutexTry, "N", "5Mutex13ReaderTryLockEv")(this);
  __tsan_mutex_post_lock(this, locked ? kRead | kTry : kRead | kTry | kTryFailed, 0);
  return locked;
}

void Mutex::LockWhen(const Condition& condition) {
  __tsan_mutex_pre_lock(this, 0);
  VAKA_REAL(MutexWhen, "N", "5Mutex8LockWhenERKNS0_9ConditionE")(this, &condition);
  __tsan_mutex_post_lock(this, 0, 0);
}

void Mutex::ReaderLockWhen(const Condition& condition) {
  __tsan_mutex_pre_lock(this, kRead);
  VAKA_REAL(MutexWhen, "N", "5Mutex14ReaderLockWhenERKNS0_9ConditionE")(this, &condition);
  __tsan_mutex_post_lock(this, kRead, 0);
}

bool Mutex::LockWhenWithDeadline(const Condition& condition, Time deadline) {
  using Call = bool(Mutex*, const Condition*, Time);
  __tsan_mutex_pre_lock(this, 0);
  const bool met = VAKA_REAL(Call, "N", "5Mutex20LockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE")(
      this, &condition, deadline);
  __tsan_mutex_post_lock(this, 0, 0);
  return met;
}

bool Mutex::ReaderLockWhenWithDeadline(const Condition& condition, Time deadline) {
  using Call = bool(Mutex*, const Condition*, Time);
  __tsan_mutex_pre_lock(this, kRead);
  const bool met =
      VAKA_REAL(Call, "N", "5Mutex26ReaderLockWhenWithDeadlineERKNS0_9ConditionENS0_4TimeE")(
          this, &condition, deadline);
  __tsan_mutex_post_lock(this, kRead, 0);
  return met;
}

// Where every Await ends that has to wait; holds the mutex when it begins and when it ends.
bool Mutex::AwaitCommon(const Condition& condition,
                        synchronization_internal::KernelTimeout timeout) {
  using Call = bool(Mutex*, const Condition*, synchronization_internal::KernelTimeout);
  const unsigned how =
      (mu_.load(std::memory_order_relaxed) & 0x0008) != 0 ? 0 : kRead;  // kMuWriter of mutex.cc
  __tsan_mutex_pre_unlock(this, how);
  __tsan_mutex_post_unlock(this, how);
  __tsan_mutex_pre_lock(this, how);
  const bool met = VAKA_REAL(
      Call, "N",
      "5Mutex11AwaitCommonERKNS0_9ConditionENS0_24synchronization_internal13KernelTimeoutE")(
      this, &condition, timeout);
  __tsan_mutex_post_lock(this, how, 0);
  return met;
}

// Where every wait on a CondVar ends.
bool CondVar::WaitCommon(Mutex* mutex, synchronization_internal::KernelTimeout timeout) {
  using Call = bool(CondVar*, Mutex*, synchronization_internal::KernelTimeout);
  const unsigned how = (mutex->mu_.load(std::memory_order_relaxed) & 0x0008) != 0 ? 0 : kRead;
  __tsan_mutex_pre_unlock(mutex, how);
  __tsan_mutex_post_unlock(mutex, how);
  __tsan_mutex_pre_lock(mutex, how);
  const bool timed_out = VAKA_REAL(
      Call, "N", "7CondVar10WaitCommonEPNS0_5MutexENS0_24synchronization_internal13KernelTimeoutE")(
      this, mutex, timeout);
  __tsan_mutex_post_lock(mutex, how, 0);
  return timed_out;
}

// Notify writes the flag inside the library, HasBeenNotified reads it in ours, without the mutex.
void Notification::Notify() {
  using Call = void(Notification*);
  __tsan_release(&notified_yet_);
  VAKA_REAL(Call, "N", "12Notification6NotifyEv")(this);
}

void Notification::WaitForNotification() const {
  using Call = void(const Notification*);
  VAKA_REAL(Call, "NK", "12Notification19WaitForNotificationEv")(this);
  __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  using Call = bool(const Notification*, Duration);
  const bool notified = VAKA_REAL(
      Call, "NK", "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE")(this, timeout);
  if (notified) __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  using Call = bool(const Notification*, Time);
  const bool notified = VAKA_REAL(
      Call, "NK", "12Notification31WaitForNotificationWithDeadlineENS0_4TimeE")(this, deadline);
  if (notified) __tsan_acquire(const_cast<std::atomic<bool>*>(&notified_yet_));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
