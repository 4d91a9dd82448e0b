#include <array>

#include "libs/screen/matchers.h"
#include "libs/screen/screen.h"

namespace vaka::screen {
namespace {

// What stands between two digits.
enum class Gap { kNone, kSpace, kMark };

constexpr size_t kLongest = 12;

// Up to twelve digits from one place on, each with what stands before it.
struct Digits {
  std::array<int, kLongest> value{};
  std::array<Gap, kLongest> gap{};
  std::array<size_t, kLongest> at{};
  size_t count = 0;
};

// Passes over at most five characters with at most one mark among the spaces.
size_t SkipGap(const FoldedText& text, size_t i, Gap* gap) {
  *gap = Gap::kNone;
  for (int passed = 0; passed < 5; ++passed, ++i) {
    const char32_t c = text[i];
    if (c == U' ') {
      if (*gap == Gap::kNone) *gap = Gap::kSpace;
    } else if (c == U'-' || c == U'+' || c == U'/' || c == U'.' || c == U'_') {
      if (*gap == Gap::kMark) return i;
      *gap = Gap::kMark;
    } else {
      break;
    }
  }
  return i;
}

Digits Collect(const FoldedText& text, size_t i) {
  Digits digits;
  Gap gap = Gap::kNone;
  while (digits.count < kLongest && text.IsDigit(i)) {
    digits.value[digits.count] = static_cast<int>(text[i] - U'0');
    digits.gap[digits.count] = gap;
    digits.at[digits.count] = i;
    ++digits.count;
    i = SkipGap(text, i + 1, &gap);
  }
  return digits;
}

int Two(const Digits& d, size_t i) { return d.value[i] * 10 + d.value[i + 1]; }

bool CheckDigitFits(const Digits& d, size_t first) {
  int sum = 0;
  for (size_t k = 0; k < 10; ++k) {
    const int product = d.value[first + k] * (k % 2 == 0 ? 2 : 1);
    sum += product / 10 + product % 10;
  }
  return sum % 10 == 0;
}

// A calendar date; `year` 0–99 when the century is not told, then either century will do.
bool IsDate(int year, int month, int day) {
  constexpr std::array<int, 13> kDays = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1 || day > kDays[static_cast<size_t>(month)]) return false;
  if (month != 2 || day != 29) return true;
  return year % 4 == 0 && (year < 100 || year % 100 != 0 || year % 400 == 0);
}

// The form is one that people write: gaps only between year, month, day and the last four, or
// between all digits alike ("6 4 0 8 …").
bool GapsFit(const Digits& d, size_t length) {
  bool spelled_out = true;
  for (size_t k = 1; k < length; ++k) spelled_out = spelled_out && d.gap[k] == Gap::kSpace;
  if (spelled_out) return true;

  const size_t month = length - 8, day = length - 6, serial = length - 4, half = length - 2;
  for (size_t k = 1; k < length; ++k) {
    const bool allowed = k == month || k == day || k == serial || k == half || k + 10 == length;
    if (d.gap[k] != Gap::kNone && !allowed) return false;
  }
  const bool date_apart = d.gap[month] != Gap::kNone;
  if (date_apart != (d.gap[day] != Gap::kNone)) return false;
  if (d.gap[half] != Gap::kNone && d.gap[serial] == Gap::kNone) return false;
  // "2026-11-20 0730" is a day and a time, whatever its check digit.
  const bool clock = Two(d, serial) < 24 && Two(d, half) < 60;
  return !(date_apart && d.gap[serial] == Gap::kSpace && clock);
}

std::optional<Match> Try(const FoldedText& text, const Digits& d, size_t length) {
  if (d.count < length || text.IsDigit(d.at[length - 1] + 1)) return std::nullopt;
  if (!GapsFit(d, length)) return std::nullopt;
  int year = Two(d, length - 10);
  if (length == 12) {
    const int century = Two(d, 0);
    if (century < 18 || century > 20) return std::nullopt;
    year += century * 100;
  }
  const int month = Two(d, length - 8);
  const int day = Two(d, length - 6);
  // The day of a coordination number is raised by 60; month and day may be unknown (00).
  const bool coordination = day >= 60;
  const bool dated = coordination ? (month == 0 && day <= 91) || (month <= 12 && day == 60) ||
                                        IsDate(year, month, day - 60)
                                  : IsDate(year, month, day);
  const bool serial_is_zero = Two(d, length - 4) == 0 && d.value[length - 2] == 0;
  if (!dated || serial_is_zero || !CheckDigitFits(d, length - 10)) return std::nullopt;
  return Match{d.at[0], d.at[length - 1] + 1, coordination ? kSamordningsnummer : kPersonnummer};
}

}  // namespace

std::optional<Match> MatchIdentityNumber(const FoldedText& text, size_t at) {
  if (!text.IsDigit(at) || (at > 0 && text.IsDigit(at - 1))) return std::nullopt;
  const Digits digits = Collect(text, at);
  if (std::optional<Match> match = Try(text, digits, 12)) return match;
  return Try(text, digits, 10);
}

}  // namespace vaka::screen
