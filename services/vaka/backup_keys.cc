#include "services/vaka/backup_keys.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/vault/key_file.h"

namespace vaka {
namespace {

namespace fs = std::filesystem;

constexpr char kSealedUnderKey[] = "vaka:sealed-under";
constexpr absl::Duration kPatience = absl::Seconds(10);
constexpr size_t kMasterKeyBytes = 32;

std::string MasterKeyFile(const std::string& folder) { return folder + "/master.key"; }

absl::Status Another(const std::string& folder) {
  return absl::FailedPreconditionError(
      absl::StrCat("--keys: the store's personal data are sealed under ",
                   fs::exists(MasterKeyFile(folder)) ? "another master.key than the one in "
                                                     : "a master.key that is not in ",
                   folder, ". Put the old one there"));
}

}  // namespace

std::string Fingerprint(absl::string_view master_key) {
  return Hex(Hash256(absl::StrCat("vaka master key\n", master_key))).substr(0, 32);
}

absl::StatusOr<std::string> SealedUnder(redis::Client& client, Clock& clock) {
  VAKA_ASSIGN(const redis::Reply reply, client.Command(kSealedUnderKey, {"GET", kSealedUnderKey},
                                                       clock.Steady() + kPatience));
  return reply.text;
}

absl::Status RememberSealedUnder(redis::Client& client, Clock& clock,
                                 const std::string& fingerprint) {
  if (fingerprint.empty()) return absl::OkStatus();
  return client
      .Command(kSealedUnderKey, {"SET", kSealedUnderKey, fingerprint, "NX"},
               clock.Steady() + kPatience)
      .status();
}

absl::StatusOr<std::string> LoadMasterKey(redis::Client& client, Clock& clock,
                                          const std::string& folder) {
  VAKA_ASSIGN(const std::string before, SealedUnder(client, clock));
  if (!before.empty() && !fs::exists(MasterKeyFile(folder))) return Another(folder);
  VAKA_ASSIGN(std::string key, vault::LoadOrCreateKeyFile(MasterKeyFile(folder), kMasterKeyBytes));
  VAKA_RETURN_IF_ERROR(RememberSealedUnder(client, clock, Fingerprint(key)));
  VAKA_ASSIGN(const std::string now, SealedUnder(client, clock));
  if (now != Fingerprint(key)) return Another(folder);
  return key;
}

absl::Status CheckMasterKey(const std::string& folder, const std::string& sealed_under) {
  if (sealed_under.empty() || !fs::exists(MasterKeyFile(folder))) return absl::OkStatus();
  VAKA_ASSIGN(const std::string key,
              vault::LoadOrCreateKeyFile(MasterKeyFile(folder), kMasterKeyBytes));
  return Fingerprint(key) == sealed_under ? absl::OkStatus() : Another(folder);
}

absl::StatusOr<std::vector<Segment>> ReadKeyFiles(const std::string& folder) {
  std::vector<Segment> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)),
                            std::istreambuf_iterator<char>());
    if (!file) {
      return absl::UnavailableError(absl::StrCat("--keys: cannot read ", entry.path().string()));
    }
    files.push_back(
        {Segment::Kind::kKeyFile, {fs::relative(entry.path(), folder).string(), bytes}});
  }
  if (error || files.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("--keys: there are no keys in ", folder));
  }
  return files;
}

absl::Status WriteKeyFile(const std::string& folder, const Segment& segment) {
  const fs::path name = fs::path(segment.values.at(0)).lexically_normal();
  if (name.is_absolute() || *name.begin() == "..") {
    return absl::DataLossError(absl::StrCat("a key file is named ", segment.values[0]));
  }
  const fs::path path = fs::path(folder) / name;
  if (fs::exists(path)) return absl::OkStatus();
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
  file << segment.values[1];
  file.close();
  if (!file || error) {
    return absl::UnavailableError(absl::StrCat("--keys: cannot write ", path.string()));
  }
  return absl::OkStatus();
}

}  // namespace vaka
