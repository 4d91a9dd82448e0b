#include "libs/bus/keys.h"

#include <fcntl.h>
#include <unistd.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::bus {
namespace {

namespace fs = std::filesystem;

constexpr size_t kKeyLength = 40;
constexpr char kServer[] = "server.key";
constexpr char kServerSecret[] = "server.key_secret";
constexpr char kClient[] = "client.key";
constexpr char kClientSecret[] = "client.key_secret";
constexpr char kAllowed[] = "allowed";

absl::StatusOr<KeyPair> NewPair() {
  std::array<char, kKeyLength + 1> public_key;
  std::array<char, kKeyLength + 1> secret_key;
  if (zmq_curve_keypair(public_key.data(), secret_key.data()) != 0) {
    return absl::InternalError(absl::StrCat("keys: ", zmq_strerror(zmq_errno())));
  }
  return KeyPair{public_key.data(), secret_key.data()};
}

// Creates the file with its final rights, so that a secret is never readable in between.
absl::Status WriteNew(const fs::path& path, const std::string& key, int mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    const std::string why =
        absl::StrCat("keys: cannot make ", path.string(), ": ", std::strerror(errno));
    return errno == EEXIST ? absl::AlreadyExistsError(why) : absl::FailedPreconditionError(why);
  }
  const std::string line = key + "\n";
  const bool written =
      write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && fsync(fd) == 0;
  close(fd);
  if (written) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("keys: cannot write ", path.string()));
}

bool IsKey(const std::string& text) {
  std::array<uint8_t, 32> raw;
  return text.size() == kKeyLength && zmq_z85_decode(raw.data(), text.c_str()) != nullptr;
}

absl::StatusOr<std::string> ReadKey(const fs::path& path) {
  std::ifstream file(path);
  if (!file) {
    return absl::NotFoundError(absl::StrCat("keys: cannot read ", path.string(),
                                            "; `vaka keys init DIR` makes a folder of keys"));
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::string key(absl::StripAsciiWhitespace(text));
  if (!IsKey(key)) {
    return absl::DataLossError(
        absl::StrCat("keys: ", path.string(), " holds no key, expected 40 characters of Z85"));
  }
  return key;
}

}  // namespace

absl::Status InitKeys(const std::string& dir) {
  const fs::path root(dir);
  for (const char* name : {kServer, kServerSecret, kClient, kClientSecret}) {
    if (fs::exists(root / name)) {
      return absl::AlreadyExistsError(
          absl::StrCat("keys: ", (root / name).string(), " exists; nothing was changed"));
    }
  }
  std::error_code error;
  fs::create_directories(root / kAllowed, error);
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("keys: cannot make ", (root / kAllowed).string(), ": ", error.message()));
  }
  fs::permissions(root, fs::perms::owner_all, error);  // the files have rights of their own
  VAKA_ASSIGN(const KeyPair server, NewPair());
  VAKA_ASSIGN(const KeyPair client, NewPair());
  VAKA_RETURN_IF_ERROR(WriteNew(root / kServerSecret, server.secret_key, 0600));
  VAKA_RETURN_IF_ERROR(WriteNew(root / kServer, server.public_key, 0644));
  VAKA_RETURN_IF_ERROR(WriteNew(root / kClientSecret, client.secret_key, 0600));
  VAKA_RETURN_IF_ERROR(WriteNew(root / kClient, client.public_key, 0644));
  return WriteNew(root / kAllowed / kClient, client.public_key, 0644);
}

absl::StatusOr<Keys> LoadKeys(const std::string& dir) {
  const fs::path root(dir);
  Keys keys;
  VAKA_ASSIGN(keys.server.public_key, ReadKey(root / kServer));
  VAKA_ASSIGN(keys.client.public_key, ReadKey(root / kClient));
  VAKA_ASSIGN(keys.client.secret_key, ReadKey(root / kClientSecret));
  if (fs::exists(root / kServerSecret)) {
    VAKA_ASSIGN(keys.server.secret_key, ReadKey(root / kServerSecret));
  }
  keys.allowed = (root / kAllowed).string();
  return keys;
}

bool IsAllowed(const std::string& allowed_dir, const std::string& public_key) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(allowed_dir, error)) {
    if (entry.path().extension() != ".key") continue;
    const absl::StatusOr<std::string> key = ReadKey(entry.path());
    if (key.ok() && *key == public_key) return true;
  }
  return false;
}

}  // namespace vaka::bus
