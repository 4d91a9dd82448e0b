#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/vaka/options.h"

namespace vaka {

struct BackupOptions {
  std::string to = {};     // a file, or a folder in which it gets a name with the time
  std::string vault = {};  // file of the vault; empty: vaka.vault beside the backup
  bool force = false;      // replaces a backup of the same name
  bool with_keys = false;  // the files of keys as well
};

// Copies the store while the system runs: every municipality as it was at one moment (see
// backup_content.h for what is in it). Nothing waits for it, and it needs memory for the messages
// on their way and for the largest snapshot. Prints what it made.
//
// ALREADY_EXISTS; FAILED_PRECONDITION: the vault there is of a store that has more than this one;
// DATA_LOSS: a log has a hole. A damaged entry is copied as it is, and said. Nothing is left behind
// by a backup that failed.
absl::Status Backup(const StoreOptions& store, const BackupOptions& options);

}  // namespace vaka
