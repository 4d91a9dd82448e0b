#include "tests/fault/judge/carried.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vaka::fault {
namespace {

constexpr absl::string_view kPrefix = "msg-";
constexpr absl::string_view kLink = "/l/";
constexpr size_t kKommun = 4;
constexpr size_t kLetters = 16;

}  // namespace

std::string MessageOfMail(absl::string_view data) {
  for (absl::string_view line : absl::StrSplit(data, '\n')) {
    if (line.empty() || line == "\r") break;  // the headers end
    if (!absl::StartsWithIgnoreCase(line, "message-id:")) continue;
    const size_t begin = line.find(kPrefix);
    const size_t end = line.find('@');
    if (begin == absl::string_view::npos || end == absl::string_view::npos || end < begin) break;
    return std::string(line.substr(begin, end - begin));
  }
  return "";
}

std::string MessageOfSms(absl::string_view text) {
  size_t at = text.find(kLink);
  if (at == absl::string_view::npos) return "";
  at += kLink.size();
  if (text.size() < at + kKommun + kLetters) return "";
  return absl::StrCat(kPrefix, text.substr(at + kKommun, kLetters));
}

}  // namespace vaka::fault
