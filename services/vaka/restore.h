#pragma once

#include <string>

#include "absl/status/status.h"
#include "services/vaka/options.h"

namespace vaka {

struct RestoreOptions {
  std::string from = {};        // a backup
  std::string vault = {};       // empty: vaka.vault beside it
  std::string unsent = "drop";  // what was on its way to a provider: drop | send
  bool dry_run = false;         // read and check only
};

// Puts a backup into an empty store: the private Redis of a data folder, or the Redis named. Both
// files are read whole and checked before anything is written; then they are written, and the store
// is checked as `vaka check` does. Prints what it did.
//
// Messages that were on their way when the backup was made have most likely been handed over since.
// With "drop" they are recorded as failed, unconfirmed, and nobody is told twice; with "send" they
// are handed over, with the same message ids. Those held until a time to come are kept either way.
// People whose keys are gone from the vault are recorded as erased.
//
// FAILED_PRECONDITION: the store is not empty, backup and vault do not belong together, or the
// folder of keys holds another master key. DATA_LOSS: a file is damaged. One that was interrupted
// leaves a store that nothing opens, and the same command begins it again.
absl::Status Restore(const StoreOptions& store, const RestoreOptions& options);

}  // namespace vaka
