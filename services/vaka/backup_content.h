#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/vaka/backup_file.h"

namespace vaka {

// What stands in a backup's files. There are two of them:
//
// The backup, one a run, kept as long as anybody likes: of every municipality its facts and
// deliveries up to one moment, what the append function remembers, snapshots, what was put aside,
// and the messages on their way at that moment. Nothing in it opens what is sealed.
//
// The vault, one for all backups, replaced by every run: the sealed keys of every subject. An
// erased person's key is gone from it with the next run, and so from every backup ever made. The
// vault must be at least as new as the backup that it is restored with, because the backup may hold
// people that an older vault does not know.
inline constexpr absl::string_view kBackupKind = "backup";
inline constexpr absl::string_view kVaultKind = "vault";

struct Cut {
  uint64_t facts = 0;  // number of the last fact
  uint64_t deliveries = 0;
};

struct Contents {
  std::string kind;  // kBackupKind, kVaultKind
  absl::Time made;
  std::string sealed_under;         // fingerprint of the master key; empty: not known
  std::map<std::string, Cut> cuts;  // by municipality
  uint64_t damaged = 0;             // entries whose own checksum did not match when they were read
  std::vector<std::string> key_files;  // names of the files of keys that are in it
  uint64_t on_their_way = 0;           // messages in outboxes

  uint64_t facts() const;
  uint64_t deliveries() const;
};

// The first segment of a file.
Segment HeadOf(absl::string_view kind, absl::Time made, const std::string& sealed_under);

// Reads a whole file and checks what must hold whatever it holds: every checksum, the log's and the
// deliveries' numbers dense from 1 to the cut, nothing outside a municipality. DATA_LOSS says what
// does not; the reader's errors.
absl::StatusOr<Contents> ReadContents(const std::string& path);

// INVALID_ARGUMENT: a file of the other kind. FAILED_PRECONDITION: `vault` is of another store than
// `backup`, or older.
absl::Status CheckBelong(const Contents& backup, const Contents& vault);

// FAILED_PRECONDITION: a vault made now, with these cuts, must not replace `old`, because the store
// has less than it had: keys that somebody needs would be lost.
absl::Status CheckReplaces(const Contents& old, const std::map<std::string, Cut>& cuts);

}  // namespace vaka
