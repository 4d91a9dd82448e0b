#include "libs/screen/folded_text.h"

#include <algorithm>

namespace vaka::screen {
namespace {

constexpr char32_t kNotUtf8 = 0xFFFD;
constexpr char32_t kNoWidth = 0;

bool In(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Decodes the code point at `*i` and moves past it. A byte that starts no valid sequence is one
// code point of its own.
char32_t Decode(absl::string_view utf8, size_t* i) {
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(utf8[k]); };
  const unsigned char lead = byte(*i);
  size_t length = 1;
  char32_t c = lead;
  if (In(lead, 0xC2, 0xDF)) {
    length = 2;
    c = lead & 0x1Fu;
  } else if (In(lead, 0xE0, 0xEF)) {
    length = 3;
    c = lead & 0x0Fu;
  } else if (In(lead, 0xF0, 0xF4)) {
    length = 4;
    c = lead & 0x07u;
  } else if (lead >= 0x80) {
    ++*i;
    return kNotUtf8;
  }
  for (size_t k = 1; k < length; ++k) {
    if (*i + k >= utf8.size() || (byte(*i + k) & 0xC0u) != 0x80u) {
      ++*i;
      return kNotUtf8;
    }
    c = (c << 6) | (byte(*i + k) & 0x3Fu);
  }
  *i += length;
  return c;
}

char32_t Fold(char32_t c) {
  if (c < 0x80) return In(c, U'\t', U'\r') ? U' ' : c;
  if (c == 0xA0 || c == 0x1680 || In(c, 0x2000, 0x200A) || c == 0x2028 || c == 0x2029 ||
      c == 0x202F || c == 0x205F || c == 0x3000) {
    return U' ';
  }
  if (In(c, 0x2010, 0x2015) || c == 0x2043 || c == 0x2212 || c == 0xFE58 || c == 0xFE63) {
    return U'-';
  }
  // Soft hyphen, zero-width spaces and joiners, direction marks, variation selectors, keycap.
  if (c == 0xAD || c == 0x180E || In(c, 0x200B, 0x200F) || In(c, 0x202A, 0x202E) ||
      In(c, 0x2060, 0x2064) || c == 0x20E3 || In(c, 0xFE00, 0xFE0F) || c == 0xFEFF) {
    return kNoWidth;
  }
  if (In(c, 0xFF01, 0xFF5E)) return Fold(c - 0xFF01 + 0x21);      // full-width ASCII
  if (In(c, 0x1D7CE, 0x1D7FF)) return U'0' + (c - 0x1D7CE) % 10;  // bold, double-struck … digits
  return c;
}

}  // namespace

char32_t Lower(char32_t c) {
  if (In(c, U'A', U'Z') || (In(c, 0xC0, 0xDE) && c != 0xD7)) return c + 0x20;
  return c;
}

FoldedText::FoldedText(absl::string_view utf8) {
  chars_.reserve(utf8.size());
  origin_.reserve(utf8.size());
  uint32_t index = 0;
  for (size_t i = 0; i < utf8.size(); ++index) {
    const bool is_nul = utf8[i] == '\0';
    const char32_t c = is_nul ? U' ' : Fold(Decode(utf8, &i));
    if (is_nul) ++i;
    if (c == kNoWidth) continue;
    chars_.push_back(c);
    origin_.push_back(index);
  }
}

bool FoldedText::IsLetter(size_t i) const {
  const char32_t c = Lower((*this)[i]);
  return In(c, U'a', U'z') || (c >= 0xC0 && c != 0xD7 && c != 0xF7 && !In(c, 0x2000, 0x2BFF));
}

size_t FoldedText::EndOfDigits(size_t i) const {
  while (IsDigit(i)) ++i;
  return i;
}

std::u32string FoldedText::WordBefore(size_t i, char32_t skip) const {
  constexpr size_t kLongest = 24;
  constexpr size_t kGap = 4;
  const size_t stop = i > kGap ? i - kGap : 0;
  while (i > stop && (Before(i) == U' ' || Before(i) == skip)) --i;
  std::u32string word;
  while (i > 0 && IsLetter(i - 1)) {
    if (word.size() == kLongest) return {};
    word.push_back(Lower(chars_[--i]));
  }
  std::reverse(word.begin(), word.end());
  return word;
}

}  // namespace vaka::screen
