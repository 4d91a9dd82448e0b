#pragma once

#include <pthread.h>

#include <cstdint>
#include <string>

namespace vaka::power_cut {

// What a disk would still hold if the power went now, kept in a mapped file that outlives the
// processes that write it. Shared by the shim inside the watched process and the test outside it;
// plain C++ without libraries, because the shim is loaded into foreign programs.
//
// The model: of a file, the bytes that were there at its last fsync or fdatasync survive; of a
// folder, the creations and renames that came before its last fsync; removals and truncations
// survive at once, which is the harshest order. What was there when it was first seen, and new
// folders, count as on disk. Not modelled: overwriting in place, mmap, O_SYNC, sync_file_range
// (which promises nothing).

inline constexpr int kMostFiles = 128;
inline constexpr int kMostEntries = 128;
inline constexpr int kPathBytes = 512;

struct File {
  char path[kPathBytes];  // empty: free
  int64_t synced;         // bytes
};

// A change of a folder that is not on disk yet.
struct Entry {
  char path[kPathBytes];  // empty: free
  char from[kPathBytes];  // of a rename; empty: a creation
  char kept[kPathBytes];  // a link to what the rename replaced; empty: nothing
  int64_t kept_synced;
  uint64_t order;
};

struct Tables {
  pthread_mutex_t mutex;  // shared between processes, robust
  File files[kMostFiles];
  Entry entries[kMostEntries];
  uint64_t orders;
  uint64_t syncs;
  bool cut_at_start;
  uint32_t keep_permille;  // of what was not synced
  uint64_t cuts;
  uint64_t lost_bytes;    // by all cuts
  uint64_t lost_entries;  // creations and renames undone
};

// Paths are absolute and without symbolic links. Thread-safe, also between processes. Crashes when
// a table is full or the folder cannot be used.
class Journal final {
 public:
  // Opens or makes `<folder>.power-cut/journal`; `folder` is the one that is watched.
  explicit Journal(std::string folder);

  // Under the watched folder.
  bool Watches(const std::string& path) const;
  bool IsWatchedFolder(const std::string& path) const { return path == folder_; }

  void Opened(const std::string& path, bool created, bool emptied, int64_t size);
  void Synced(const std::string& path, int64_t size);
  void FolderSynced(const std::string& path);
  void Shortened(const std::string& path, int64_t size);
  void Removed(const std::string& path);
  // Keeps what `to` is before it is replaced; "" when there is nothing.
  std::string Keep(const std::string& to);
  void Renamed(const std::string& from, const std::string& to, const std::string& kept);

  // Brings every file and folder back to what is on disk. REQUIRES: no watched process writes.
  void Cut(uint32_t keep_permille);
  // Cut, if it was asked for.
  void CutIfWanted();
  void CutAtNextStart(uint32_t keep_permille);
  Tables Read() const;

 private:
  class Lock;
  File* Find(const std::string& path);
  File& FindOrAdd(const std::string& path);
  void Undo(Entry& entry);

  const std::string folder_;
  Tables* tables_ = nullptr;
};

}  // namespace vaka::power_cut
