#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/log/log.h"
#include "vaka/registry/v1/types.pb.h"

namespace vaka::vault {

// Seals personal data and free text under one key a subject (a person, an incident, an alert), so
// that erasing the key erases the data from every copy that was ever made. Keys lie in the log's
// store, themselves sealed by a master key. XChaCha20-Poly1305; municipality and subject are
// authenticated, so that a box cannot be moved. Thread-safe.
class Vault {
 public:
  struct Box {
    registry::v1::Sealed sealed;
    std::optional<log::SubjectKey> new_key;  // goes into the append that records the box
  };

  // `master_key`: 32 bytes.
  Vault(log::Log& keys, std::string master_key);

  // Under the subject's key, or a new one when it has none. UNAVAILABLE when the keys cannot be
  // read.
  absl::StatusOr<Box> Seal(const std::string& kommun, const std::string& subject,
                           absl::string_view plain) const;

  // Under a new key without asking whether there is one; for subjects whose id was just made.
  absl::StatusOr<Box> SealNew(const std::string& kommun, const std::string& subject,
                              absl::string_view plain) const;

  // NOT_FOUND: erased. DATA_LOSS: the box is damaged or belongs to another subject.
  absl::StatusOr<std::string> Open(const std::string& kommun,
                                   const registry::v1::Sealed& sealed) const;

  // As Open for many, with one read of the keys.
  absl::StatusOr<std::vector<absl::StatusOr<std::string>>> OpenMany(
      const std::string& kommun, const std::vector<registry::v1::Sealed>& sealed) const;

  // From now on nobody can open what was sealed under `subject`.
  absl::Status Erase(const std::string& kommun, const std::string& subject) const;

 private:
  log::Log& keys_;
  std::string master_key_;
};

}  // namespace vaka::vault
