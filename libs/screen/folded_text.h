#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace vaka::screen {

// A text made plain for matching: every kind of space is ' ', every dash '-', full-width and styled
// digits and letters are ASCII, and characters without width are gone. Remembers where each
// character came from. Immutable; not tied to the original's lifetime.
class FoldedText {
 public:
  explicit FoldedText(absl::string_view utf8);

  size_t size() const { return chars_.size(); }

  // The character at `i`; 0 outside the text, so that matchers can look around freely.
  char32_t operator[](size_t i) const { return i < chars_.size() ? chars_[i] : U'\0'; }
  // The character before `i`; 0 at the start.
  char32_t Before(size_t i) const { return i == 0 ? U'\0' : (*this)[i - 1]; }

  bool IsDigit(size_t i) const { return (*this)[i] >= U'0' && (*this)[i] <= U'9'; }
  bool IsLetter(size_t i) const;
  bool IsWord(size_t i) const { return IsDigit(i) || IsLetter(i); }

  // First index at or after `i` that is no digit.
  size_t EndOfDigits(size_t i) const;

  // The word of letters that ends right before `i` when spaces and `skip` are passed over; lower
  // case. Empty when there is none or it is longer than 24 letters.
  std::u32string WordBefore(size_t i, char32_t skip) const;

  // Index in code points of the original text.
  uint32_t Origin(size_t i) const { return origin_[i]; }

 private:
  std::u32string chars_;
  std::vector<uint32_t> origin_;
};

// Lower case of ASCII and Latin-1 letters; others as they are.
char32_t Lower(char32_t c);

}  // namespace vaka::screen
