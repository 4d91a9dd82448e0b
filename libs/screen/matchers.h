#pragma once

#include <cstddef>
#include <optional>

#include "libs/screen/folded_text.h"

// One function a kind of personal data. Each looks at one place only and does bounded work there,
// which keeps the whole screen linear.
namespace vaka::screen {

// [begin, end) in the folded text.
struct Match {
  size_t begin = 0;
  size_t end = 0;
  const char* kind = nullptr;
};

// Each: a match that starts at `at`, if there is one.
std::optional<Match> MatchIdentityNumber(const FoldedText& text, size_t at);
std::optional<Match> MatchPhone(const FoldedText& text, size_t at);
std::optional<Match> MatchPlate(const FoldedText& text, size_t at);

// A match around the at-sign (or "(at)") at `at`; begins before it.
std::optional<Match> MatchMailAround(const FoldedText& text, size_t at);

}  // namespace vaka::screen
