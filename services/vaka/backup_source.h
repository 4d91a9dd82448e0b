#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/redis/client.h"
#include "services/vaka/backup_content.h"
#include "services/vaka/backup_file.h"

namespace vaka {

// Reads one municipality out of a store in use, as it was at one moment: the cut.
//
// Positions and what is on its way are read in one step. Everything else is numbered and either
// never changes (facts) or only grows, so it is read afterwards, in small parts, and what is beyond
// the cut is left out; only snapshots are read before it. So the store never stands still for the
// backup. Belongs to one thread.
class BackupSource final {
 public:
  using Sink = std::function<absl::Status(const Segment&)>;
  using Progress = std::function<void(uint64_t facts, uint64_t of)>;

  // All outlive it.
  BackupSource(redis::Client& client, Clock& clock, std::string kommun, const Sink& backup,
               const Sink& vault, const Progress& progress);

  // The cut that was made. INTERNAL: there is a key that this program does not know, so that it
  // would be missing. DATA_LOSS: the log has a hole.
  absl::StatusOr<Cut> Run();

 private:
  absl::StatusOr<std::vector<std::string>> Keys();
  absl::Status Snapshots();
  absl::Status MakeCut();
  absl::Status Entries(const std::string& key, uint64_t last);
  absl::Status Parked();
  absl::Status Remembered();
  absl::Status Hash(const std::string& key, const std::function<bool(std::string* value)>& keep,
                    const Sink& sink);
  absl::Status Text(const std::string& key);
  absl::StatusOr<std::string> Expiry(const std::string& key);
  absl::StatusOr<redis::Reply> Call(const redis::Argv& argv);
  // A key's name without the municipality.
  std::string Rest(const std::string& key) const;

  redis::Client& client_;
  Clock& clock_;
  const std::string kommun_;
  const std::string tag_;  // "{0127}:"
  const Sink& backup_;
  const Sink& vault_;
  const Progress& progress_;
  Cut cut_;
};

}  // namespace vaka
