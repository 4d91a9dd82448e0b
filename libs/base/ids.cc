#include "libs/base/ids.h"

#include <sodium.h>

#include <array>
#include <boost/crc.hpp>
#include <cstdlib>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace vaka {
namespace {

#if defined(__x86_64__)
// Every fact is summed when it is written, sent and read: by the processor's own instruction where
// it has one, 61 ns for 500 bytes here where the table takes 1150.
__attribute__((target("sse4.2"))) uint32_t HardwareCrc32c(absl::string_view bytes) {
  uint64_t crc = 0xffffffff;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t eight = 0;
    std::memcpy(&eight, at, sizeof eight);
    crc = __builtin_ia32_crc32di(crc, eight);
  }
  auto low = static_cast<uint32_t>(crc);
  for (; left > 0; ++at, --left) {
    low = __builtin_ia32_crc32qi(low, static_cast<unsigned char>(*at));
  }
  return low ^ 0xffffffff;
}
#endif

constexpr size_t kIdBytes = 10;
constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";  // Crockford's base 32

// 10 bytes are 16 letters of 5 bits.
std::string Letters(const std::array<unsigned char, kIdBytes>& bytes) {
  std::string out;
  uint32_t buffer = 0;
  int bits = 0;
  for (unsigned char byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out.push_back(kAlphabet[(buffer >> bits) & 31]);
    }
  }
  return out;
}

const unsigned char* Data(absl::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}

bool EnsureSodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();
  return ready;
}

}  // namespace

std::string DeriveId(absl::string_view prefix, absl::string_view kommun, absl::string_view key,
                     int place) {
  EnsureSodium();
  const std::string input = absl::StrCat(prefix, "\n", kommun, "\n", place, "\n", key);
  std::array<unsigned char, crypto_generichash_BYTES> hash;
  crypto_generichash(hash.data(), hash.size(), Data(input), input.size(), nullptr, 0);
  std::array<unsigned char, kIdBytes> head;
  std::copy_n(hash.begin(), kIdBytes, head.begin());
  return absl::StrCat(prefix, "-", Letters(head));
}

std::string RandomId(absl::string_view prefix) {
  EnsureSodium();
  std::array<unsigned char, kIdBytes> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  return absl::StrCat(prefix, "-", Letters(bytes));
}

std::string Hash256(absl::string_view bytes) {
  EnsureSodium();
  std::string hash(32, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(), Data(bytes),
                     bytes.size(), nullptr, 0);
  return hash;
}

uint32_t Crc32c(absl::string_view bytes) {
#if defined(__x86_64__)
  static const bool by_hardware = __builtin_cpu_supports("sse4.2") != 0;
  if (by_hardware) return HardwareCrc32c(bytes);
#endif
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return static_cast<uint32_t>(crc.checksum());
}

std::string Base64Url(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

bool FromBase64Url(absl::string_view text, std::string* bytes) {
  return absl::WebSafeBase64Unescape(text, bytes);
}

std::string Hex(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

}  // namespace vaka
