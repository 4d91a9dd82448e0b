#include "libs/vault/vault.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/status.h"

namespace vaka::vault {
namespace {

constexpr size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr size_t kSealedKeyBytes = kNonceBytes + kKeyBytes + kTagBytes;

const unsigned char* Raw(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// Authenticated with each box, so that it opens only for its own municipality and subject.
std::string Belonging(absl::string_view kommun, absl::string_view subject) {
  return absl::StrCat(kommun, "\n", subject);
}

// A random nonce (24 bytes: never the same twice in practice), then the ciphertext with its tag.
std::string EncryptWith(absl::string_view nonce, absl::string_view key, absl::string_view belonging,
                        absl::string_view plain) {
  std::string box(kNonceBytes + plain.size() + kTagBytes, '\0');
  std::memcpy(box.data(), nonce.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Raw(box) + kNonceBytes, nullptr, Raw(plain),
                                             plain.size(), Raw(belonging), belonging.size(),
                                             nullptr, Raw(box), Raw(key));
  return box;
}

std::string Encrypt(absl::string_view key, absl::string_view belonging, absl::string_view plain) {
  std::string nonce(kNonceBytes, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  return EncryptWith(nonce, key, belonging, plain);
}

// Nothing when the key, the belonging or any bit is another.
std::optional<std::string> Decrypt(absl::string_view key, absl::string_view belonging,
                                   absl::string_view box) {
  if (box.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string plain(box.size() - kNonceBytes - kTagBytes, '\0');
  const absl::string_view sealed = box.substr(kNonceBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Raw(plain), nullptr, nullptr, Raw(sealed),
                                                 sealed.size(), Raw(belonging), belonging.size(),
                                                 Raw(box), Raw(key)) != 0) {
    return std::nullopt;
  }
  return plain;
}

Vault::Box NewBox(absl::string_view master_key, const std::string& kommun,
                  const std::string& subject, absl::string_view plain) {
  const std::string belonging = Belonging(kommun, subject);
  // A key and two nonces, asked of the system in one go.
  std::string random(kKeyBytes + 2 * kNonceBytes, '\0');
  randombytes_buf(random.data(), random.size());
  const absl::string_view key = absl::string_view(random).substr(0, kKeyBytes);
  const absl::string_view nonces = absl::string_view(random).substr(kKeyBytes);
  Vault::Box box;
  box.sealed.set_subject(subject);
  box.sealed.set_box(EncryptWith(nonces.substr(0, kNonceBytes), key, belonging, plain));
  box.new_key = log::SubjectKey{
      .subject = subject,
      .sealed = EncryptWith(nonces.substr(kNonceBytes), master_key, belonging, key)};
  sodium_memzero(random.data(), random.size());
  return box;
}

absl::Status DamagedKey(const std::string& subject) {
  return absl::DataLossError(
      absl::StrCat("the key of ", subject, " is damaged or sealed by another master key"));
}

// `sealed_keys`: the subject's, one after the other; usually one.
absl::StatusOr<std::string> OpenWith(absl::string_view master_key, absl::string_view sealed_keys,
                                     const std::string& kommun,
                                     const registry::v1::Sealed& sealed) {
  const std::string& subject = sealed.subject();
  if (sealed_keys.empty()) return absl::NotFoundError(absl::StrCat(subject, " is erased"));
  const std::string belonging = Belonging(kommun, subject);
  bool has_key = false;
  for (; sealed_keys.size() >= kSealedKeyBytes; sealed_keys.remove_prefix(kSealedKeyBytes)) {
    std::optional<std::string> key =
        Decrypt(master_key, belonging, sealed_keys.substr(0, kSealedKeyBytes));
    if (!key.has_value()) continue;
    has_key = true;
    std::optional<std::string> plain = Decrypt(*key, belonging, sealed.box());
    sodium_memzero(key->data(), key->size());
    if (plain.has_value()) return *std::move(plain);
  }
  if (!has_key) return DamagedKey(subject);
  return absl::DataLossError(
      absl::StrCat("a box of ", subject, " is damaged or another's, or its key was erased"));
}

}  // namespace

Vault::Vault(log::Log& keys, std::string master_key)
    : keys_(keys), master_key_(std::move(master_key)) {
  // Sealing under a short key or without the library would look right and be lost.
  if (sodium_init() < 0 || master_key_.size() != kKeyBytes) std::abort();
}

absl::StatusOr<Vault::Box> Vault::Seal(const std::string& kommun, const std::string& subject,
                                       absl::string_view plain) const {
  VAKA_ASSIGN(const std::vector<std::string> keys, keys_.SubjectKeys(kommun, {subject}));
  if (keys.at(0).empty()) return NewBox(master_key_, kommun, subject, plain);
  const std::string belonging = Belonging(kommun, subject);
  std::optional<std::string> key =
      Decrypt(master_key_, belonging, absl::string_view(keys[0]).substr(0, kSealedKeyBytes));
  if (!key.has_value()) return DamagedKey(subject);
  Box box;
  box.sealed.set_subject(subject);
  box.sealed.set_box(Encrypt(*key, belonging, plain));
  sodium_memzero(key->data(), key->size());
  return box;
}

absl::StatusOr<Vault::Box> Vault::SealNew(const std::string& kommun, const std::string& subject,
                                          absl::string_view plain) const {
  return NewBox(master_key_, kommun, subject, plain);
}

absl::StatusOr<std::string> Vault::Open(const std::string& kommun,
                                        const registry::v1::Sealed& sealed) const {
  VAKA_ASSIGN(const std::vector<std::string> keys, keys_.SubjectKeys(kommun, {sealed.subject()}));
  return OpenWith(master_key_, keys.at(0), kommun, sealed);
}

absl::StatusOr<std::vector<absl::StatusOr<std::string>>> Vault::OpenMany(
    const std::string& kommun, const std::vector<registry::v1::Sealed>& sealed) const {
  std::vector<std::string> subjects;
  subjects.reserve(sealed.size());
  for (const registry::v1::Sealed& box : sealed) subjects.push_back(box.subject());
  VAKA_ASSIGN(const std::vector<std::string> keys, keys_.SubjectKeys(kommun, subjects));
  std::vector<absl::StatusOr<std::string>> opened;
  opened.reserve(sealed.size());
  for (size_t i = 0; i < sealed.size(); ++i) {
    opened.push_back(OpenWith(master_key_, keys.at(i), kommun, sealed[i]));
  }
  return opened;
}

absl::Status Vault::Erase(const std::string& kommun, const std::string& subject) const {
  return keys_.EraseSubjectKey(kommun, subject);
}

}  // namespace vaka::vault
