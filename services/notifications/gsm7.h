#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace vaka::notifications {

// The alphabet of SMS (3GPP TS 23.038): 160 characters a message, 153 a part of a longer one; a
// text with any other character is sent as UCS-2, 70 and 67.

// `text` (UTF-8) with what GSM 7-bit lacks replaced by the nearest it has: dashes, quotes, accents;
// '?' where there is nothing near.
std::string ToGsm7(absl::string_view text);

// Septets of a text that ToGsm7 made: characters, of which ^ { } \ [ ] ~ | € count twice.
size_t Gsm7Length(absl::string_view text);

// Parts that an SMS is billed as; also for text outside GSM 7-bit.
size_t SmsParts(absl::string_view text);

// The longest beginning of whole characters that has at most `septets`, ended by "..." if it is
// not the whole.
std::string CutGsm7(absl::string_view text, size_t septets);

}  // namespace vaka::notifications
