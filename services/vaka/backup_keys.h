#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/clock.h"
#include "libs/redis/client.h"
#include "services/vaka/backup_file.h"

namespace vaka {

// A store remembers which master key its personal data are sealed under, by a fingerprint that says
// nothing of the key. So nobody goes on under another key, after a restore above all: what was
// sealed would look lost, and what is sealed from then on would be.

// Hexadecimal.
std::string Fingerprint(absl::string_view master_key);

// The fingerprint that the store remembers; "": none yet.
absl::StatusOr<std::string> SealedUnder(redis::Client& client, Clock& clock);

// Makes the store remember it; "" changes nothing.
absl::Status RememberSealedUnder(redis::Client& client, Clock& clock,
                                 const std::string& fingerprint);

// The master key in the folder of keys: made when there is none and the store remembers none, which
// it then does. FAILED_PRECONDITION: the store's data are sealed under another one.
absl::StatusOr<std::string> LoadMasterKey(redis::Client& client, Clock& clock,
                                          const std::string& folder);

// FAILED_PRECONDITION: the folder holds another master key than the one that `sealed_under` is of.
// OK where it holds none, or where the fingerprint is empty.
absl::Status CheckMasterKey(const std::string& folder, const std::string& sealed_under);

// Every file below the folder, as segments.
absl::StatusOr<std::vector<Segment>> ReadKeyFiles(const std::string& folder);

// Writes one of them, readable by the owner alone; a file that is there stays as it is.
absl::Status WriteKeyFile(const std::string& folder, const Segment& segment);

}  // namespace vaka
