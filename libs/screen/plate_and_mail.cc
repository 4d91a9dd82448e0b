#include <string>

#include "libs/screen/matchers.h"
#include "libs/screen/screen.h"

namespace vaka::screen {
namespace {

// Letters of Swedish plates: no I, Q, V, Å, Ä, Ö; in the last place no O either.
bool IsPlateLetter(char32_t c) {
  const char32_t lower = Lower(c);
  return lower >= U'a' && lower <= U'z' && lower != U'i' && lower != U'q' && lower != U'v';
}

// Words of three letters that stand before numbers: house, flat and phone numbers, sums, car
// models, and the small words of a text in capitals.
bool IsCommonWord(const std::u32string& lower) {
  static constexpr const char32_t* kWords[] = {
      U"hus", U"lgh", U"tel", U"mob", U"sms", U"dna", U"dhl", U"brf", U"hsb", U"bus", U"lag",
      U"rum", U"sal", U"par", U"ett", U"och", U"den", U"det", U"med", U"mot", U"per", U"bor",
      U"hos", U"mer", U"fem", U"sex", U"tre", U"ens", U"ger", U"tom", U"fom", U"max", U"sek",
      U"eur", U"usd", U"nok", U"dkk", U"gbp", U"glc", U"gle", U"gla", U"glb", U"cla", U"cls",
      U"clk", U"slk", U"amg", U"ktm", U"man", U"ksp", U"rgd", U"usa", U"sas", U"art", U"kap",
      U"lok", U"box", U"kod", U"dag", U"ser", U"kom"};
  for (const char32_t* word : kWords) {
    if (lower == word) return true;
  }
  return false;
}

bool SaysPlate(const std::u32string& word) {
  return word.rfind(U"reg", 0) == 0 || word.rfind(U"skylt", 0) == 0 ||
         word.rfind(U"nummerpl", 0) == 0 || word == U"plåt" || word == U"plåten" || word == U"nr" ||
         word == U"nummer";
}

bool IsLocalPart(const FoldedText& text, size_t i) {
  const char32_t c = text[i];
  return text.IsWord(i) || c == U'.' || c == U'_' || c == U'%' || c == U'+' || c == U'-';
}

bool IsDomain(const FoldedText& text, size_t i) {
  return text.IsWord(i) || text[i] == U'.' || text[i] == U'-';
}

// Length of the sign that joins name and domain; 0: none here.
size_t AtSign(const FoldedText& text, size_t at) {
  if (text[at] == U'@') return 1;
  const bool open = text[at] == U'(' || text[at] == U'[' || text[at] == U'{';
  if (!open || Lower(text[at + 1]) != U'a') return 0;
  const size_t close = Lower(text[at + 2]) == U't' ? at + 3 : at + 2;
  const char32_t c = text[close];
  return c == U')' || c == U']' || c == U'}' ? close + 1 - at : 0;
}

}  // namespace

std::optional<Match> MatchPlate(const FoldedText& text, size_t at) {
  if (at > 0 && text.IsWord(at - 1)) return std::nullopt;
  std::u32string word;
  bool capitals = true;
  for (size_t i = at; i < at + 3; ++i) {
    if (!IsPlateLetter(text[i])) return std::nullopt;
    capitals = capitals && text[i] <= U'Z';
    word.push_back(Lower(text[i]));
  }
  size_t i = at + 3;
  const bool apart = text[i] == U' ' || text[i] == U'-';
  if (apart) ++i;
  if (!text.IsDigit(i) || !text.IsDigit(i + 1)) return std::nullopt;
  const bool last_fits =
      text.IsDigit(i + 2) || (IsPlateLetter(text[i + 2]) && Lower(text[i + 2]) != U'o');
  if (!last_fits || text.IsWord(i + 3)) return std::nullopt;
  const Match match{at, i + 3, kPlate};
  if (SaysPlate(text.WordBefore(at, U':'))) return match;
  // Only capitals stand apart from their digits: "bor 200 meter bort" is no plate. And a common
  // word is one unless its capitals and digits are written together.
  if (apart && !capitals) return std::nullopt;
  if ((apart || !capitals) && IsCommonWord(word)) return std::nullopt;
  // "BMW320" and "SOS112" are never read as plates.
  if (word == U"bmw" || word == U"sos") return std::nullopt;
  return match;
}

std::optional<Match> MatchMailAround(const FoldedText& text, size_t at) {
  constexpr size_t kLongestLocal = 64;
  constexpr size_t kLongestDomain = 255;
  const size_t sign = AtSign(text, at);
  if (sign == 0) return std::nullopt;
  size_t begin = at;
  while (begin > 0 && at - begin < 2 && text.Before(begin) == U' ') --begin;
  const size_t local_end = begin;
  while (begin > 0 && local_end - begin < kLongestLocal && IsLocalPart(text, begin - 1)) --begin;
  if (begin == local_end) return std::nullopt;

  size_t domain = at + sign;
  while (domain < at + sign + 2 && text[domain] == U' ') ++domain;
  size_t end = domain;
  while (end - domain < kLongestDomain && IsDomain(text, end)) ++end;
  while (end > domain && !text.IsWord(end - 1)) --end;
  // The last label: at least two letters after a dot.
  size_t dot = end;
  while (dot > domain && text[dot - 1] != U'.') --dot;
  if (dot <= domain + 1 || end - dot < 2) return std::nullopt;
  for (size_t i = dot; i < end; ++i) {
    if (!text.IsLetter(i)) return std::nullopt;
  }
  return Match{begin, end, kEmail};
}

}  // namespace vaka::screen
