#include <algorithm>
#include <string>
#include <vector>

#include "libs/screen/matchers.h"
#include "libs/screen/screen.h"

namespace vaka::screen {
namespace {

constexpr size_t kMostDigits = 16;

// Digits that stand together, and what led to them.
struct Group {
  size_t begin = 0;
  size_t end = 0;
  std::u32string gap;  // what stands before it, since the group before
  size_t size() const { return end - begin; }
};

// Groups of digits from `at` on, with at most three characters of " -./()" between them.
std::vector<Group> GroupsFrom(const FoldedText& text, size_t at) {
  std::vector<Group> groups;
  groups.reserve(8);
  std::u32string gap;
  size_t digits = 0;
  while (text.IsDigit(at) && digits <= kMostDigits) {
    Group group{at, text.EndOfDigits(at), gap};
    digits += group.size();
    at = group.end;
    groups.push_back(std::move(group));
    gap.clear();
    while (gap.size() < 3 && std::u32string(U" -./()").find(text[at]) != std::u32string::npos) {
      gap.push_back(text[at++]);
    }
  }
  return groups;
}

bool OneOf(const std::u32string& text, size_t from, size_t to,
           std::initializer_list<const char32_t*> choices) {
  const std::u32string part = text.substr(from, to - from);
  return std::any_of(choices.begin(), choices.end(),
                     [&](const char32_t* choice) { return part == choice; });
}

std::u32string DigitsOf(const FoldedText& text, const std::vector<Group>& groups) {
  std::u32string digits;
  for (const Group& group : groups) {
    for (size_t i = group.begin; i < group.end; ++i) digits.push_back(text[i]);
  }
  return digits;
}

// A number begins here and not in the middle of a date, a decimal number or another number.
bool CanStart(const FoldedText& text, size_t at) {
  if (at == 0) return true;
  const char32_t before = text.Before(at);
  if (text.IsDigit(at - 1)) return false;
  const bool mark = std::u32string(U".,:-/+").find(before) != std::u32string::npos;
  return !(mark && at > 1 && text.IsDigit(at - 2));
}

bool AfterClockWord(const FoldedText& text, size_t at) {
  const std::u32string word = text.WordBefore(at, U'.');
  return word == U"kl" || word == U"klockan";
}

bool IsMobile(const std::u32string& digits) {
  return digits.size() >= 3 && digits[0] == U'0' && digits[1] == U'7' &&
         std::u32string(U"02369").find(digits[2]) != std::u32string::npos;
}

// Freephone and shared-cost numbers belong to organisations ("077-114 14 00"), never to a person.
bool IsService(const std::u32string& digits) { return OneOf(digits, 0, 3, {U"020", U"077"}); }

// Number of leading groups that hold `least` to `most` digits, as many as possible; 0: none do.
size_t Leading(const std::vector<Group>& groups, size_t least, size_t most) {
  size_t digits = 0, best = 0;
  for (size_t n = 0; n < groups.size(); ++n) {
    digits += groups[n].size();
    if (digits > most) break;
    if (digits >= least) best = n + 1;
  }
  return best;
}

Match Found(size_t begin, const Group& last) { return {begin, last.end, kPhone}; }

// "+46 70…", "0046…", and other countries' numbers. `groups` starts after the plus sign.
std::optional<Match> International(const FoldedText& text, size_t at,
                                   const std::vector<Group>& groups, bool plus) {
  const std::u32string digits = DigitsOf(text, groups);
  const size_t prefix = plus ? 0 : 2;
  const bool swedish = digits.compare(prefix, 2, U"46") == 0;
  if (swedish) {
    // 7–9 digits after the country, and the zero that some write: "+46 (0)70…".
    const size_t zero = digits.size() > prefix + 2 && digits[prefix + 2] == U'0' ? 1 : 0;
    const size_t lead = prefix + 2 + zero;
    if (const size_t n = Leading(groups, lead + 7, lead + 9)) return Found(at, groups[n - 1]);
    return std::nullopt;
  }
  // Three groups or one long one; "+150 000 000" is a sum.
  const bool long_group = groups[0].size() >= 9;
  if (!long_group && (!plus || groups.size() < 3 || groups[0].size() > 3)) return std::nullopt;
  const bool thousands = std::all_of(groups.begin() + 1, groups.end(), [](const Group& group) {
    return group.size() == 3 && group.gap == U" ";
  });
  if (!long_group && thousands) return std::nullopt;
  if (const size_t n = Leading(groups, prefix + 9, prefix + 14)) return Found(at, groups[n - 1]);
  return std::nullopt;
}

// Ten digits from 070, 072, 073, 076, 079 in any grouping that starts with at least three of them,
// or in pairs, or spelled out digit by digit.
std::optional<Match> Mobile(size_t at, const std::vector<Group>& groups) {
  const size_t n = Leading(groups, 10, 10);
  if (n == 0) return std::nullopt;
  const bool even = std::all_of(
      groups.begin(), groups.begin() + static_cast<ptrdiff_t>(n), [&](const Group& group) {
        return group.size() == groups[0].size() && (group.gap.empty() || group.gap == U" ");
      });
  if (groups[0].size() < 3 && !even) return std::nullopt;
  return Found(at, groups[n - 1]);
}

// "08122025" is the eighth of December.
bool IsDayMonthYear(const std::u32string& digits) {
  return digits.size() == 8 && OneOf(digits, 4, 6, {U"19", U"20"}) && OneOf(digits, 0, 1, {U"0"}) &&
         digits.substr(2, 2) <= U"12";
}

bool IsThreeDigitArea(const std::u32string& code) {
  return OneOf(code, 0, 3, {U"010", U"011", U"013", U"016", U"018", U"019", U"021",
                            U"023", U"026", U"031", U"033", U"035", U"036", U"040",
                            U"042", U"044", U"046", U"054", U"060", U"063", U"090"});
}

// Subscriber's digits after an area code: one group of at least five, or groups of two and three,
// or four and four.
bool SubscriberGroupsFit(const std::vector<Group>& groups, size_t n) {
  if (n == 2) return groups[1].size() >= 5;
  if (n == 3 && groups[1].size() == 4 && groups[2].size() == 4) return groups[2].gap == U" ";
  for (size_t k = 1; k < n; ++k) {
    if (groups[k].size() < 2 || groups[k].size() > 3) return false;
    if (k > 1 && groups[k].gap != U" ") return false;
  }
  return true;
}

std::optional<Match> Landline(const FoldedText& text, size_t at, const std::vector<Group>& groups) {
  const std::u32string first = DigitsOf(text, {groups[0]});
  if (first.size() >= 8) {
    if (first.size() > 10 || IsDayMonthYear(first)) return std::nullopt;
    return Found(at, groups[0]);
  }
  const bool stockholm = first == U"08";
  const bool three = first.size() == 3 && IsThreeDigitArea(first);
  const bool four = first.size() == 4 && !IsThreeDigitArea(first) && first[1] != U'8';
  if (!stockholm && !three && !four) return std::nullopt;
  const size_t area = first.size();
  const size_t least = area + (stockholm ? 6 : 5);
  const size_t most = area + (stockholm ? 8 : three ? 7 : 6);
  for (size_t n = Leading(groups, least, most); n >= 2; --n) {
    size_t digits = 0;
    for (size_t k = 0; k < n; ++k) digits += groups[k].size();
    if (digits < least) break;
    if (SubscriberGroupsFit(groups, n)) return Found(at, groups[n - 1]);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Match> MatchPhone(const FoldedText& text, size_t at) {
  const bool plus = text[at] == U'+';
  if (!plus && text[at] != U'0') return std::nullopt;
  if (!CanStart(text, at) || AfterClockWord(text, at)) return std::nullopt;
  // A lone zero begins a number only when all of it is spelled out.
  const bool spelled_out = text[at + 1] == U' ' && text[at + 2] == U'7';
  if (!plus && !text.IsDigit(at + 1) && !spelled_out) return std::nullopt;
  size_t first = plus ? at + 1 : at;
  if (plus && text[first] == U' ') ++first;
  const std::vector<Group> groups = GroupsFrom(text, first);
  const std::u32string digits = DigitsOf(text, groups);
  if (digits.size() < 8) return std::nullopt;
  if (plus && digits[0] == U'0') return std::nullopt;
  if (plus || digits[1] == U'0') return International(text, at, groups, plus);
  if (IsService(digits)) return std::nullopt;
  if (IsMobile(digits)) return Mobile(at, groups);
  // "K0123456" and the like are case numbers.
  if (at > 0 && text.IsLetter(at - 1)) return std::nullopt;
  return Landline(text, at, groups);
}

}  // namespace vaka::screen
