#include "services/vaka/backup_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"

namespace vaka {
namespace {

constexpr absl::string_view kMark = "VAKABAK\n";
constexpr size_t kNumber = 4;
constexpr size_t kFrame = 1 + kNumber;  // kind and length

std::string Number(uint32_t number) {
  std::string bytes(kNumber, '\0');
  for (size_t i = 0; i < kNumber; ++i) bytes[i] = static_cast<char>((number >> (8 * i)) & 0xffU);
  return bytes;
}

uint32_t NumberAt(absl::string_view bytes) {
  uint32_t number = 0;
  for (size_t i = 0; i < kNumber; ++i) {
    number |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return number;
}

// What a segment's checksum covers stands in `framed`: its kind, length and values.
uint32_t ChecksumAfter(uint32_t before, absl::string_view framed) {
  return Crc32c(absl::StrCat(Number(before), framed));
}

std::string Framed(const Segment& segment) {
  std::string values;
  for (const std::string& value : segment.values) {
    absl::StrAppend(&values, Number(static_cast<uint32_t>(value.size())), value);
  }
  std::string framed(1, static_cast<char>(segment.kind));
  absl::StrAppend(&framed, Number(static_cast<uint32_t>(values.size())), values);
  return framed;
}

// Nothing: lengths and bytes do not go together.
std::optional<std::vector<std::string>> Values(absl::string_view bytes) {
  std::vector<std::string> values;
  while (!bytes.empty()) {
    if (bytes.size() < kNumber) return std::nullopt;
    const uint32_t size = NumberAt(bytes);
    bytes.remove_prefix(kNumber);
    if (bytes.size() < size) return std::nullopt;
    values.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return values;
}

std::string FolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// A name is on disk when its folder is.
bool SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = fsync(fd) == 0;
  close(fd);
  return synced;
}

}  // namespace

BackupWriter::BackupWriter(std::string path, bool replace)
    : path_(std::move(path)),
      beside_(absl::StrCat(path_, ".", RandomId("new"))),
      replace_(replace) {}

absl::StatusOr<std::unique_ptr<BackupWriter>> BackupWriter::Create(std::string path, bool replace) {
  std::unique_ptr<BackupWriter> writer(new BackupWriter(std::move(path), replace));
  if (!replace && std::filesystem::exists(writer->path_)) {
    return absl::AlreadyExistsError(
        absl::StrCat(writer->path_, " is there already; name another file, or give --force"));
  }
  // Nobody else may read it, from its first byte on.
  const int fd = open(writer->beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return absl::FailedPreconditionError(absl::StrCat(writer->path_, ": ", strerror(errno)));
  }
  writer->file_ = fdopen(fd, "wb");
  VAKA_RETURN_IF_ERROR(writer->Write(kMark));
  VAKA_RETURN_IF_ERROR(writer->Write(Number(kBackupVersion)));
  return writer;
}

BackupWriter::~BackupWriter() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  unlink(beside_.c_str());
}

absl::Status BackupWriter::Failed(absl::string_view what) const {
  return absl::UnavailableError(absl::StrCat(path_, ": ", what, ": ", strerror(errno)));
}

absl::Status BackupWriter::Write(absl::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) {
    return Failed("cannot be written");
  }
  bytes_ += bytes.size();
  return absl::OkStatus();
}

absl::Status BackupWriter::Add(const Segment& segment) {
  uint64_t size = 0;
  for (const std::string& value : segment.values) size += kNumber + value.size();
  if (size > UINT32_MAX) {
    return absl::OutOfRangeError(absl::StrCat(path_, ": a value of more than 4 GB"));
  }
  const std::string framed = Framed(segment);
  checksum_ = ChecksumAfter(checksum_, framed);
  ++segments_;
  VAKA_RETURN_IF_ERROR(Write(framed));
  return Write(Number(checksum_));
}

absl::Status BackupWriter::Finish() {
  VAKA_RETURN_IF_ERROR(Add({Segment::Kind::kEnd, {absl::StrCat(segments_)}}));
  if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) return Failed("cannot be written");
  // A link, unlike a rename, never takes another file's place.
  const bool there = replace_ ? rename(beside_.c_str(), path_.c_str()) == 0
                              : link(beside_.c_str(), path_.c_str()) == 0;
  if (!there) return Failed("cannot be put there");
  if (!replace_) unlink(beside_.c_str());
  std::fclose(file_);
  file_ = nullptr;
  return SyncFolder(FolderOf(path_)) ? absl::OkStatus() : Failed("its folder cannot be synced");
}

absl::StatusOr<std::unique_ptr<BackupReader>> BackupReader::Open(const std::string& path) {
  std::unique_ptr<BackupReader> reader(new BackupReader(path));
  reader->file_ = std::fopen(path.c_str(), "rbe");
  struct stat info {};
  if (reader->file_ == nullptr || fstat(fileno(reader->file_), &info) != 0) {
    return absl::NotFoundError(absl::StrCat(path, ": ", strerror(errno)));
  }
  reader->size_ = static_cast<uint64_t>(info.st_size);
  std::string start;
  const absl::Status read = reader->Read(kMark.size() + kNumber, &start);
  if (!read.ok() || !S_ISREG(info.st_mode) || start.substr(0, kMark.size()) != kMark) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no backup of Vaka"));
  }
  const uint32_t version = NumberAt(absl::string_view(start).substr(kMark.size()));
  if (version != kBackupVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is of version ", version, "; this program reads version ",
                     kBackupVersion, ". Use the program that made it"));
  }
  return reader;
}

BackupReader::~BackupReader() {
  if (file_ != nullptr) std::fclose(file_);
}

absl::Status BackupReader::Damaged(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat(path_, " ", what, " byte ", at_, " of ", size_));
}

absl::Status BackupReader::Read(size_t size, std::string* bytes) {
  if (size > size_ - at_) return Damaged("is cut off or damaged at");
  bytes->resize(size);
  if (std::fread(bytes->data(), 1, size, file_) != size) return Damaged("cannot be read at");
  at_ += size;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Segment>> BackupReader::Next() {
  std::string framed;
  std::string rest;
  VAKA_RETURN_IF_ERROR(Read(kFrame, &framed));
  const uint32_t size = NumberAt(absl::string_view(framed).substr(1));
  VAKA_RETURN_IF_ERROR(Read(size, &rest));
  framed += rest;
  std::string checksum;
  VAKA_RETURN_IF_ERROR(Read(kNumber, &checksum));
  checksum_ = ChecksumAfter(checksum_, framed);
  if (NumberAt(checksum) != checksum_) return Damaged("is damaged before");
  std::optional<std::vector<std::string>> values = Values(rest);
  if (!values.has_value()) return Damaged("is damaged before");
  Segment segment{static_cast<Segment::Kind>(framed[0]), *std::move(values)};
  if (segment.kind != Segment::Kind::kEnd) {
    ++segments_;
    return segment;
  }
  if (segment.values != std::vector<std::string>{absl::StrCat(segments_)} || at_ != size_) {
    return Damaged("goes on after its end, or misses a part, at");
  }
  return std::nullopt;
}

}  // namespace vaka
