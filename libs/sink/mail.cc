#include "libs/sink/mail.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace vaka::sink {
namespace {

// "=?UTF-8?B?…?=" words, with the space between two of them dropped.
std::string DecodeWords(absl::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const size_t begin = text.find("=?UTF-8?B?");
    const size_t end = begin == absl::string_view::npos ? begin : text.find("?=", begin + 10);
    if (end == absl::string_view::npos) {
      absl::StrAppend(&out, text);
      break;
    }
    const absl::string_view before = text.substr(0, begin);
    if (!after_word || !absl::StripAsciiWhitespace(before).empty()) absl::StrAppend(&out, before);
    std::string word;
    if (absl::Base64Unescape(text.substr(begin + 10, end - begin - 10), &word)) out += word;
    text.remove_prefix(end + 2);
    after_word = true;
  }
  return out;
}

struct Part {
  std::map<std::string, std::string> headers;
  std::string body;
};

Part Split(absl::string_view text) {
  Part part;
  const size_t blank = text.find("\r\n\r\n");
  const std::string head =
      absl::StrReplaceAll(text.substr(0, blank), {{"\r\n ", " "}, {"\r\n\t", " "}});
  for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
    const std::vector<absl::string_view> pair = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (pair.size() != 2) continue;
    part.headers[absl::AsciiStrToLower(pair[0])] = DecodeWords(absl::StripAsciiWhitespace(pair[1]));
  }
  if (blank != absl::string_view::npos) part.body = std::string(text.substr(blank + 4));
  return part;
}

std::string DecodeBody(Part part) {
  if (!absl::EqualsIgnoreCase(part.headers["content-transfer-encoding"], "base64")) {
    return part.body;
  }
  std::string out;
  absl::Base64Unescape(absl::StrReplaceAll(part.body, {{"\r\n", ""}}), &out);
  return out;
}

}  // namespace

Mail ParseMail(const std::string& data) {
  Part whole = Split(data);
  Mail mail;
  mail.headers = whole.headers;
  const std::string& type = mail.headers["content-type"];
  const size_t at = type.find("boundary=\"");
  if (at == std::string::npos) {
    mail.plain = DecodeBody(whole);
    return mail;
  }
  const std::string boundary = type.substr(at + 10, type.find('"', at + 10) - at - 10);
  for (absl::string_view piece : absl::StrSplit(whole.body, absl::StrCat("--", boundary))) {
    Part part = Split(absl::StripPrefix(piece, "\r\n"));
    if (absl::StartsWith(part.headers["content-type"], "text/html")) mail.html = DecodeBody(part);
    if (absl::StartsWith(part.headers["content-type"], "text/plain")) mail.plain = DecodeBody(part);
  }
  return mail;
}

}  // namespace vaka::sink
