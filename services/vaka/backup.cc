#include "services/vaka/backup.h"

#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "services/vaka/backup_content.h"
#include "services/vaka/backup_keys.h"
#include "services/vaka/backup_source.h"
#include "services/vaka/store.h"

namespace vaka {
namespace {

namespace fs = std::filesystem;

struct Names {
  std::string backup;
  std::string vault;
};

Names NamesOf(const BackupOptions& options, absl::Time now) {
  std::error_code error;
  fs::path backup = options.to;
  if (absl::EndsWith(options.to, "/") || fs::is_directory(backup, error)) {
    backup /= absl::FormatTime("vaka-%Y%m%dT%H%M%SZ.backup", now, absl::UTCTimeZone());
  }
  const fs::path folder = backup.has_parent_path() ? backup.parent_path() : fs::path(".");
  return {backup.string(),
          options.vault.empty() ? (folder / "vaka.vault").string() : options.vault};
}

// The vault there, which is about to be replaced; nothing when there is none.
absl::StatusOr<Contents> OldVault(const std::string& path) {
  absl::StatusOr<Contents> old = ReadContents(path);
  if (absl::IsNotFound(old.status())) return Contents();
  if (!old.ok()) {
    return absl::Status(old.status().code(), absl::StrCat(old.status().message(),
                                                          "; move it away before backing up here"));
  }
  if (old->kind != kVaultKind) {
    return absl::FailedPreconditionError(absl::StrCat("--vault: ", path, " is no vault"));
  }
  return old;
}

void ShowProgress(const std::string& kommun, uint64_t facts, uint64_t of) {
  if (isatty(STDERR_FILENO) == 0) return;
  std::cerr << "\r" << kommun << ": " << facts << "/" << of << (facts == of ? "   \n" : "   ")
            << std::flush;
}

absl::Status CopyAll(Store& store, Clock& clock, BackupWriter& backup, BackupWriter& vault,
                     std::map<std::string, Cut>* cuts) {
  const BackupSource::Sink to_backup = [&](const Segment& segment) { return backup.Add(segment); };
  const BackupSource::Sink to_vault = [&](const Segment& segment) { return vault.Add(segment); };
  VAKA_ASSIGN(const std::vector<std::string> kommuns, store.log->Municipalities());
  for (const std::string& kommun : kommuns) {
    const BackupSource::Progress progress = [&kommun](uint64_t facts, uint64_t of) {
      ShowProgress(kommun, facts, of);
    };
    BackupSource source(*store.redis, clock, kommun, to_backup, to_vault, progress);
    VAKA_ASSIGN((*cuts)[kommun], source.Run());
  }
  return absl::OkStatus();
}

std::string Size(uint64_t bytes) {
  return absl::StrFormat("%.1f MB", static_cast<double>(bytes) / 1e6);
}

}  // namespace

absl::Status Backup(const StoreOptions& store_options, const BackupOptions& options) {
  SystemClock clock;
  const absl::Time now = clock.Now();
  const Names names = NamesOf(options, now);
  VAKA_RETURN_IF_ERROR(OldVault(names.vault).status());
  VAKA_ASSIGN(const std::unique_ptr<Store> store, OpenStore(store_options, clock));
  VAKA_ASSIGN(const std::string sealed_under, SealedUnder(*store->redis, clock));
  VAKA_ASSIGN(const std::unique_ptr<BackupWriter> backup,
              BackupWriter::Create(names.backup, options.force));
  VAKA_ASSIGN(const std::unique_ptr<BackupWriter> vault,
              BackupWriter::Create(names.vault, /*replace=*/true));
  VAKA_RETURN_IF_ERROR(backup->Add(HeadOf(kBackupKind, now, sealed_under)));
  VAKA_RETURN_IF_ERROR(vault->Add(HeadOf(kVaultKind, now, sealed_under)));
  if (options.with_keys) {
    VAKA_ASSIGN(const std::vector<Segment> files, ReadKeyFiles(store_options.KeysFolder()));
    for (const Segment& file : files) VAKA_RETURN_IF_ERROR(backup->Add(file));
  }
  std::map<std::string, Cut> cuts;
  VAKA_RETURN_IF_ERROR(CopyAll(*store, clock, *backup, *vault, &cuts));
  // As it is now: another backup may have been quicker.
  VAKA_ASSIGN(const Contents old_vault, OldVault(names.vault));
  VAKA_RETURN_IF_ERROR(CheckReplaces(old_vault, cuts));
  // The vault first: a newer vault fits every older backup, and not the other way round.
  VAKA_RETURN_IF_ERROR(vault->Finish());
  VAKA_RETURN_IF_ERROR(backup->Finish());
  // What the disk gives back, not what was meant.
  VAKA_ASSIGN(const Contents written, ReadContents(names.backup));
  std::cout << names.backup << ": " << written.cuts.size() << " municipalities, " << written.facts()
            << " facts, " << written.deliveries() << " deliveries, " << written.on_their_way
            << " messages on their way, " << Size(backup->bytes()) << "\n"
            << names.vault << ": the vault for this and every older backup, "
            << Size(vault->bytes()) << "\n";
  if (written.damaged > 0) {
    std::cout << written.damaged
              << " facts are damaged and were copied as they are; see vaka check\n";
  }
  std::cout << (options.with_keys
                    ? "THE BACKUP HOLDS THE KEYS: with the vault it opens all personal data. Keep "
                      "it as you keep master.key.\n"
                    : "master.key is not in it: keep it safe elsewhere, or personal data cannot be "
                      "read after a restore.\n");
  return absl::OkStatus();
}

}  // namespace vaka
