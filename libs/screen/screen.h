#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "vaka/options/v1/options.pb.h"

// The screen for personal data in free text. Shared reports speak of a place, never of a person, so
// a text that names one by number or address is refused with the position of each hit.
//
// What is found, and where the line is drawn, is written in README.md beside this file. Pure and
// thread-safe; the time is linear in the length of the text.
namespace vaka::screen {

// Kinds of hit, as they stand in TextSpan.kind.
inline constexpr char kPersonnummer[] = "personnummer";
inline constexpr char kSamordningsnummer[] = "samordningsnummer";
inline constexpr char kPhone[] = "phone";
inline constexpr char kEmail[] = "email";
inline constexpr char kPlate[] = "plate";

// Every piece of personal data in `utf8`, in the text's order, none overlapping another. Positions
// count Unicode code points; a byte that is not UTF-8 counts as one.
std::vector<options::v1::TextSpan> FindPersonalData(absl::string_view utf8);

// OK when `text` holds none. Otherwise INVALID_ARGUMENT that names `field`, says kind and position
// of each hit in words (never the text itself, so that it can be logged) and carries them in
// ErrorInfo.hits.
absl::Status ScreenText(absl::string_view field, absl::string_view text);

}  // namespace vaka::screen
