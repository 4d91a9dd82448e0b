#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace vaka {

// An id that a repeated command makes again: the prefix, a dash, and 16 letters and digits (80 bits
// of BLAKE2b over municipality, key and place). Two municipalities, or two keys, never share one in
// practice.
std::string DeriveId(absl::string_view prefix, absl::string_view kommun, absl::string_view key,
                     int place = 0);

// A random id of the same form, for what has no key.
std::string RandomId(absl::string_view prefix);

// BLAKE2b-256 of `bytes`, 32 bytes.
std::string Hash256(absl::string_view bytes);

// CRC32C (Castagnoli) of `bytes`.
uint32_t Crc32c(absl::string_view bytes);

// URL-safe base64 without padding.
std::string Base64Url(absl::string_view bytes);
bool FromBase64Url(absl::string_view text, std::string* bytes);

// Lower-case hexadecimal.
std::string Hex(absl::string_view bytes);

}  // namespace vaka
