#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vaka {

// The form of a backup's files, without what they are about.
//
// Eight bytes of mark, four of version; then segments: one byte of kind, four of length, that many
// bytes of values (each four bytes of length and its bytes), four of checksum. Numbers have their
// least significant byte first. The checksum is CRC32C over the checksum before it, kind, length
// and values, so that a segment that was changed, lost, repeated or put elsewhere is found; the
// last segment is of kind kEnd, so that a file that was cut off is found too.
inline constexpr uint32_t kBackupVersion = 1;

struct Segment {
  enum class Kind : uint8_t {
    kHead = 1,          // name, value…; what the file is: see backup_content.h
    kMunicipality = 2,  // name; what follows is its, up to the next
    kCut = 3,           // last number of the log, of the deliveries
    kEntries = 4,       // key, then of each entry: id, number of words, field, value…
    kHash = 5,          // key, when it expires (seconds since 1970, "" never), field, value…
    kSorted = 6,        // key, member, score…
    kText = 7,          // key, when it expires, value
    kKeyFile = 8,       // name, bytes
    kEnd = 9,           // how many segments stood before
  };

  Kind kind = Kind::kEnd;
  std::vector<std::string> values;
};

// Writes beside `path` and puts the whole file there at the end, on disk; a file that is not
// finished leaves nothing. Belongs to one thread. Any error ends it.
class BackupWriter final {
 public:
  // ALREADY_EXISTS unless `replace`; FAILED_PRECONDITION: it cannot be made there.
  static absl::StatusOr<std::unique_ptr<BackupWriter>> Create(std::string path, bool replace);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  // UNAVAILABLE: the disk does not take it.
  absl::Status Add(const Segment& segment);
  absl::Status Finish();

  const std::string& path() const { return path_; }
  uint64_t bytes() const { return bytes_; }

 private:
  BackupWriter(std::string path, bool replace);
  absl::Status Write(absl::string_view bytes);
  absl::Status Failed(absl::string_view what) const;

  const std::string path_;
  const std::string beside_;
  const bool replace_;
  std::FILE* file_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t segments_ = 0;
  uint32_t checksum_ = 0;
};

// Reads the segments of a file in their order, each checked. Belongs to one thread.
class BackupReader final {
 public:
  // NOT_FOUND; INVALID_ARGUMENT: no backup; FAILED_PRECONDITION: of a version that this program
  // does not read.
  static absl::StatusOr<std::unique_ptr<BackupReader>> Open(const std::string& path);
  ~BackupReader();
  BackupReader(const BackupReader&) = delete;
  BackupReader& operator=(const BackupReader&) = delete;

  // Nothing: the file is whole and at its end. DATA_LOSS says at which byte it is damaged or cut
  // off.
  absl::StatusOr<std::optional<Segment>> Next();

 private:
  explicit BackupReader(std::string path) : path_(std::move(path)) {}
  absl::Status Damaged(absl::string_view what) const;
  absl::Status Read(size_t size, std::string* bytes);

  const std::string path_;
  std::FILE* file_ = nullptr;
  uint64_t size_ = 0;
  uint64_t at_ = 0;
  uint64_t segments_ = 0;
  uint32_t checksum_ = 0;
};

}  // namespace vaka
