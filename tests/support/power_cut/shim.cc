// Preloaded into a program to know what of its files is on disk: see Journal. Watches the folder
// that VAKA_POWER_CUT names. Writes need no watching, because a file's length at its last sync says
// it all, and because those of stdio never pass here.

// With it, open would be another name of open64; here both are made.
#undef _FILE_OFFSET_BITS

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/power_cut/journal.h"

namespace {

using vaka::power_cut::Journal;

Journal* journal = nullptr;  // set once, before main

// Before main, so that the program finds its files as a power cut left them.
__attribute__((constructor)) void Begin() {
  const char* folder = std::getenv("VAKA_POWER_CUT");
  if (folder == nullptr || *folder == '\0') return;
  auto* made = new Journal(folder);
  made->CutIfWanted();
  journal = made;
}

template <typename Function>
Function Real(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}
#define REAL(name) Real(&name, #name)

// The open file's path; empty when it is not watched or has none.
std::string PathOf(int fd) {
  char path[vaka::power_cut::kPathBytes];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path, sizeof(path));
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "";
}

std::string Absolute(const char* path) {
  if (*path == '/') return path;
  char here[vaka::power_cut::kPathBytes];
  return getcwd(here, sizeof(here)) == nullptr ? "" : std::string(here) + "/" + path;
}

int64_t SizeOf(int fd) {
  struct stat found {};
  return fstat(fd, &found) == 0 && S_ISREG(found.st_mode) ? found.st_size : -1;
}

bool Exists(const char* path) { return access(path, F_OK) == 0; }

// Tells the journal of an open that succeeded; leaves errno as it was.
void Opened(int fd, bool existed, bool emptied) {
  if (fd < 0 || journal == nullptr) return;
  const int error = errno;
  const std::string path = PathOf(fd);
  const int64_t size = SizeOf(fd);
  if (size >= 0 && journal->Watches(path)) journal->Opened(path, !existed, emptied, size);
  errno = error;
}

void Shortened(const std::string& path, int64_t length) {
  if (journal->Watches(path)) journal->Shortened(path, length);
}

template <typename Sync>
int SyncAndTell(Sync sync, int fd) {
  if (journal == nullptr) return sync(fd);
  const int64_t size = SizeOf(fd);  // before: what comes meanwhile may not be covered
  const int result = sync(fd);
  if (result != 0) return result;
  const std::string path = PathOf(fd);
  if (size >= 0 && journal->Watches(path)) {
    journal->Synced(path, size);
  } else if (journal->Watches(path) || journal->IsWatchedFolder(path)) {
    journal->FolderSynced(path);
  }
  return result;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const bool existed = Exists(path);
  const int fd = REAL(open)(path, flags, mode);
  Opened(fd, existed, (flags & O_TRUNC) != 0);
  return fd;
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open(path, flags, mode);
}

FILE* fopen(const char* path, const char* mode) {
  const bool existed = Exists(path);
  FILE* file = REAL(fopen)(path, mode);
  if (file != nullptr && mode[0] != 'r') Opened(fileno(file), existed, mode[0] == 'w');
  return file;
}

FILE* fopen64(const char* path, const char* mode) { return fopen(path, mode); }

int fsync(int fd) { return SyncAndTell(REAL(fsync), fd); }
int fdatasync(int fd) { return SyncAndTell(REAL(fdatasync), fd); }

int ftruncate(int fd, off_t length) noexcept {
  const int result = REAL(ftruncate)(fd, length);
  if (result == 0 && journal != nullptr) Shortened(PathOf(fd), length);
  return result;
}

int ftruncate64(int fd, off64_t length) noexcept { return ftruncate(fd, length); }

int truncate(const char* path, off_t length) noexcept {
  const int result = REAL(truncate)(path, length);
  if (result == 0 && journal != nullptr) Shortened(Absolute(path), length);
  return result;
}

int truncate64(const char* path, off64_t length) noexcept { return truncate(path, length); }

int rename(const char* from, const char* to) noexcept {
  if (journal == nullptr || !journal->Watches(Absolute(to))) return REAL(rename)(from, to);
  const std::string kept = journal->Keep(Absolute(to));
  const int result = REAL(rename)(from, to);
  if (result == 0) {
    journal->Renamed(Absolute(from), Absolute(to), kept);
  } else if (!kept.empty()) {
    REAL(unlink)(kept.c_str());
  }
  return result;
}

int unlink(const char* path) noexcept {
  const int result = REAL(unlink)(path);
  if (result != 0 || journal == nullptr) return result;
  // The journal's own files pass here too, with its lock held.
  if (const std::string removed = Absolute(path); journal->Watches(removed)) {
    journal->Removed(removed);
  }
  return result;
}

}  // extern "C"
