#include "tests/support/power_cut/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace vaka::power_cut {
namespace {

[[noreturn]] void Die(const char* what, const std::string& about) {
  std::fprintf(stderr, "power cut: %s: %s: %s\n", what, about.c_str(), strerror(errno));
  std::abort();
}

void Set(char (&field)[kPathBytes], const std::string& path) {
  if (path.size() >= kPathBytes) Die("too long a path", path);
  std::memcpy(field, path.c_str(), path.size() + 1);
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

int64_t SizeOf(const char* path) {
  struct stat found {};
  return stat(path, &found) == 0 ? found.st_size : -1;
}

}  // namespace

class Journal::Lock final {
 public:
  explicit Lock(Tables& tables) : mutex_(tables.mutex) {
    // Its owner was killed; what it wrote is one record at most, and whole enough for a test.
    if (pthread_mutex_lock(&mutex_) == EOWNERDEAD) pthread_mutex_consistent(&mutex_);
  }
  ~Lock() { pthread_mutex_unlock(&mutex_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

Journal::Journal(std::string folder) : folder_(std::move(folder)) {
  const std::string own = folder_ + ".power-cut";
  mkdir(own.c_str(), 0700);
  const std::string path = own + "/journal";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) Die("open", path);
  const bool fresh = SizeOf(path.c_str()) == 0;
  if (ftruncate(fd, sizeof(Tables)) != 0) Die("ftruncate", path);
  void* at = mmap(nullptr, sizeof(Tables), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) Die("mmap", path);
  close(fd);
  tables_ = static_cast<Tables*>(at);
  if (!fresh) return;
  pthread_mutexattr_t shared;
  pthread_mutexattr_init(&shared);
  pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&tables_->mutex, &shared);
  pthread_mutexattr_destroy(&shared);
}

bool Journal::Watches(const std::string& path) const {
  return path.size() > folder_.size() && path.compare(0, folder_.size(), folder_) == 0 &&
         path[folder_.size()] == '/';
}

File* Journal::Find(const std::string& path) {
  for (File& file : tables_->files) {
    if (path == file.path) return &file;
  }
  return nullptr;
}

File& Journal::FindOrAdd(const std::string& path) {
  if (File* found = Find(path)) return *found;
  for (File& file : tables_->files) {
    if (file.path[0] != '\0') continue;
    Set(file.path, path);
    file.synced = 0;
    return file;
  }
  Die("more files than it can watch", path);
}

void Journal::Opened(const std::string& path, bool created, bool emptied, int64_t size) {
  const Lock lock(*tables_);
  const bool known = Find(path) != nullptr;
  File& file = FindOrAdd(path);
  if (created || emptied) {
    file.synced = 0;
  } else if (!known) {
    file.synced = size;
  }
  if (!created) return;
  for (Entry& entry : tables_->entries) {
    if (entry.path[0] != '\0') continue;
    Set(entry.path, path);
    Set(entry.from, "");
    Set(entry.kept, "");
    entry.order = ++tables_->orders;
    return;
  }
  Die("more creations than it can watch", path);
}

void Journal::Synced(const std::string& path, int64_t size) {
  const Lock lock(*tables_);
  File& file = FindOrAdd(path);
  file.synced = std::max(file.synced, size);
  ++tables_->syncs;
}

void Journal::FolderSynced(const std::string& path) {
  const Lock lock(*tables_);
  for (Entry& entry : tables_->entries) {
    if (entry.path[0] == '\0' || FolderOf(entry.path) != path) continue;
    if (entry.kept[0] != '\0') unlink(entry.kept);
    Set(entry.path, "");
  }
}

void Journal::Shortened(const std::string& path, int64_t size) {
  const Lock lock(*tables_);
  if (File* file = Find(path)) file->synced = std::min(file->synced, size);
}

void Journal::Removed(const std::string& path) {
  const Lock lock(*tables_);
  if (File* file = Find(path)) Set(file->path, "");
  for (Entry& entry : tables_->entries) {
    if (path != entry.path) continue;
    if (entry.kept[0] != '\0') unlink(entry.kept);
    Set(entry.path, "");
  }
}

std::string Journal::Keep(const std::string& to) {
  if (SizeOf(to.c_str()) < 0) return "";
  const Lock lock(*tables_);
  const std::string kept = folder_ + ".power-cut/kept-" + std::to_string(++tables_->orders);
  if (link(to.c_str(), kept.c_str()) != 0) Die("link", kept);
  return kept;
}

void Journal::Renamed(const std::string& from, const std::string& to, const std::string& kept) {
  const Lock lock(*tables_);
  int64_t kept_synced = 0;
  if (File* replaced = Find(to)) {
    kept_synced = replaced->synced;
    Set(replaced->path, "");
  }
  if (File* moved = Find(from)) Set(moved->path, to);
  for (Entry& entry : tables_->entries) {
    if (entry.path[0] != '\0') continue;
    Set(entry.path, to);
    Set(entry.from, from);
    Set(entry.kept, kept);
    entry.kept_synced = kept_synced;
    entry.order = ++tables_->orders;
    return;
  }
  Die("more renames than it can watch", to);
}

void Journal::Undo(Entry& entry) {
  ++tables_->lost_entries;
  if (entry.from[0] == '\0') {
    unlink(entry.path);
    if (File* file = Find(entry.path)) Set(file->path, "");
  } else {
    rename(entry.path, entry.from);
    if (File* file = Find(entry.path)) Set(file->path, entry.from);
    if (entry.kept[0] != '\0') {
      rename(entry.kept, entry.path);
      FindOrAdd(entry.path).synced = entry.kept_synced;
    }
  }
  Set(entry.path, "");
}

void Journal::Cut(uint32_t keep_permille) {
  const Lock lock(*tables_);
  std::vector<Entry*> undone;
  for (Entry& entry : tables_->entries) {
    if (entry.path[0] != '\0') undone.push_back(&entry);
  }
  std::sort(undone.begin(), undone.end(),
            [](const Entry* a, const Entry* b) { return a->order > b->order; });
  for (Entry* entry : undone) Undo(*entry);
  for (File& file : tables_->files) {
    const int64_t size = file.path[0] == '\0' ? -1 : SizeOf(file.path);
    if (size <= file.synced) continue;
    const int64_t left = file.synced + (size - file.synced) * keep_permille / 1000;
    if (truncate(file.path, left) != 0) Die("truncate", file.path);
    tables_->lost_bytes += static_cast<uint64_t>(size - left);
    file.synced = left;
  }
  ++tables_->cuts;
}

void Journal::CutIfWanted() {
  bool wanted = false;
  uint32_t keep_permille = 0;
  {
    const Lock lock(*tables_);
    std::swap(wanted, tables_->cut_at_start);
    keep_permille = tables_->keep_permille;
  }
  if (wanted) Cut(keep_permille);
}

void Journal::CutAtNextStart(uint32_t keep_permille) {
  const Lock lock(*tables_);
  tables_->cut_at_start = true;
  tables_->keep_permille = keep_permille;
}

Tables Journal::Read() const {
  const Lock lock(*tables_);
  return *tables_;
}

}  // namespace vaka::power_cut
