#include "libs/vault/key_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::vault {
namespace {

absl::Status Failed(const std::string& path, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("key file ", path, ": ", what));
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::StatusOr<std::string> Load(const std::string& path, const File& file, size_t bytes) {
  struct stat info {};
  if (fstat(file.fd(), &info) != 0) return Failed(path, strerror(errno));
  if ((info.st_mode & 077) != 0) return Failed(path, "others may read it; chmod 600");
  if (info.st_size != static_cast<off_t>(bytes)) {
    return Failed(path, absl::StrCat("has ", info.st_size, " bytes instead of ", bytes));
  }
  std::string secret(bytes, '\0');
  if (read(file.fd(), secret.data(), bytes) != static_cast<ssize_t>(bytes)) {
    return Failed(path, "cannot be read");
  }
  return secret;
}

// Writes the whole file beside `path` and links it there, so that it never exists half-written.
absl::Status Create(const std::string& path, size_t bytes) {
  std::string secret(bytes, '\0');
  randombytes_buf(secret.data(), bytes);
  unsigned char mark[8];
  randombytes_buf(mark, sizeof(mark));
  std::string beside = absl::StrCat(path, ".");
  for (const unsigned char byte : mark) absl::StrAppend(&beside, absl::Hex(byte, absl::kZeroPad2));
  const File file(beside, O_WRONLY | O_CREAT | O_EXCL);
  if (file.fd() < 0) return Failed(path, strerror(errno));
  const bool written = write(file.fd(), secret.data(), bytes) == static_cast<ssize_t>(bytes) &&
                       fsync(file.fd()) == 0;
  const bool linked = written && (link(beside.c_str(), path.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  unlink(beside.c_str());
  if (!linked) return Failed(path, strerror(error));
  // The name too has to be on disk: what is sealed under a lost key is lost.
  const size_t slash = path.rfind('/');
  const File folder(slash == std::string::npos ? "." : path.substr(0, slash + 1),
                    O_RDONLY | O_DIRECTORY);
  if (folder.fd() < 0 || fsync(folder.fd()) != 0) return Failed(path, strerror(errno));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> LoadOrCreateKeyFile(const std::string& path, size_t bytes) {
  if (sodium_init() < 0) return absl::InternalError("libsodium cannot be set up");
  for (const bool may_create : {true, false}) {
    const File file(path, O_RDONLY);
    if (file.fd() >= 0) return Load(path, file, bytes);
    if (errno != ENOENT || !may_create) return Failed(path, strerror(errno));
    VAKA_RETURN_IF_ERROR(Create(path, bytes));
  }
  return absl::InternalError("unreachable");
}

}  // namespace vaka::vault
