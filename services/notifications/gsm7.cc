#include "services/notifications/gsm7.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace vaka::notifications {
namespace {

constexpr absl::string_view kBasic =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr absl::string_view kExtended = "^{}\\[]~|€";
constexpr size_t kUcs2Limit = 70;
constexpr size_t kUcs2Part = 67;

// The bytes of the first character; 1 for a byte that begins none.
size_t CharacterBytes(absl::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  return bytes <= text.size() ? bytes : 1;
}

std::vector<absl::string_view> Characters(absl::string_view text) {
  std::vector<absl::string_view> out;
  while (!text.empty()) {
    const size_t bytes = CharacterBytes(text);
    out.push_back(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return out;
}

// Septets by character; characters that are not there are outside the alphabet.
const std::map<absl::string_view, size_t>& Alphabet() {
  static const auto& alphabet = *[] {
    auto* map = new std::map<absl::string_view, size_t>;  // lives as long as the process
    for (absl::string_view c : Characters(kBasic)) map->emplace(c, 1);
    for (absl::string_view c : Characters(kExtended)) map->emplace(c, 2);
    return map;
  }();
  return alphabet;
}

absl::string_view Nearest(absl::string_view character) {
  static const auto& nearest = *new std::map<absl::string_view, absl::string_view>{
      {"–", "-"},     {"—", "-"},   {"‑", "-"}, {"”", "\""}, {"“", "\""}, {"„", "\""}, {"’", "'"},
      {"‘", "'"},     {"…", "..."}, {"•", "-"}, {"\t", " "}, {" ", " "},  {"á", "a"},  {"â", "a"},
      {"ã", "a"},     {"ê", "e"},   {"ë", "e"}, {"í", "i"},  {"î", "i"},  {"ï", "i"},  {"ó", "o"},
      {"ô", "o"},     {"õ", "o"},   {"ú", "u"}, {"û", "u"},  {"ç", "c"},  {"ý", "y"},  {"À", "A"},
      {"Á", "A"},     {"Â", "A"},   {"È", "E"}, {"Ê", "E"},  {"Í", "I"},  {"Ó", "O"},  {"Ô", "O"},
      {"Ú", "U"},     {"č", "c"},   {"ć", "c"}, {"š", "s"},  {"ž", "z"},  {"đ", "d"},  {"ł", "l"},
      {"ş", "s"},     {"ğ", "g"},   {"ı", "i"}, {"İ", "I"},  {"Š", "S"},  {"Ž", "Z"},  {"ń", "n"},
      {"\u00AD", ""}, {"·", "-"},   {"`", "'"}, {"´", "'"}};
  const auto found = nearest.find(character);
  return found == nearest.end() ? "?" : found->second;
}

}  // namespace

std::string ToGsm7(absl::string_view text) {
  std::string out;
  for (absl::string_view c : Characters(text)) {
    absl::StrAppend(&out, Alphabet().contains(c) ? c : Nearest(c));
  }
  return out;
}

size_t Gsm7Length(absl::string_view text) {
  size_t septets = 0;
  for (absl::string_view c : Characters(text)) {
    const auto found = Alphabet().find(c);
    septets += found == Alphabet().end() ? 1 : found->second;
  }
  return septets;
}

size_t SmsParts(absl::string_view text) {
  bool gsm7 = true;
  size_t units = 0;  // of UCS-2: a character outside the first plane takes two
  for (absl::string_view c : Characters(text)) {
    gsm7 = gsm7 && Alphabet().contains(c);
    units += c.size() == 4 ? size_t{2} : size_t{1};
  }
  const size_t length = gsm7 ? Gsm7Length(text) : units;
  const size_t limit = gsm7 ? 160 : kUcs2Limit;
  const size_t part = gsm7 ? 153 : kUcs2Part;
  return length <= limit ? 1 : (length + part - 1) / part;
}

std::string CutGsm7(absl::string_view text, size_t septets) {
  if (Gsm7Length(text) <= septets) return std::string(text);
  if (septets < 3) return "";
  std::string out;
  size_t used = 3;
  for (absl::string_view c : Characters(text)) {
    used += Gsm7Length(c);
    if (used > septets) break;
    absl::StrAppend(&out, c);
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == ',')) out.pop_back();
  return absl::StrCat(out, "...");
}

}  // namespace vaka::notifications
