#include "services/notifications/mime.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace vaka::notifications {
namespace {

constexpr size_t kLine = 76;
constexpr size_t kWordBytes = 42;  // gives an encoded word of at most 75 characters

// RFC 2047: words of UTF-8 in base64, cut between characters. ASCII stays as it is.
std::string HeaderText(absl::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  });
  if (plain && text.size() <= kLine - 10) return std::string(text);
  std::string out;
  while (!text.empty()) {
    size_t bytes = std::min(kWordBytes, text.size());
    while (bytes < text.size() && bytes > 1 &&
           (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) {
      --bytes;
    }
    absl::StrAppend(&out, out.empty() ? "" : "\r\n ", "=?UTF-8?B?",
                    absl::Base64Escape(text.substr(0, bytes)), "?=");
    text.remove_prefix(bytes);
  }
  return out;
}

std::string Part(absl::string_view type, absl::string_view boundary, absl::string_view text) {
  const std::string encoded = absl::Base64Escape(text);
  std::string out = absl::StrCat("--", boundary, "\r\nContent-Type: ", type,
                                 "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
  for (size_t at = 0; at < encoded.size(); at += kLine) {
    absl::StrAppend(&out, encoded.substr(at, kLine), "\r\n");
  }
  return out;
}

}  // namespace

std::string MimeOf(const MailParts& mail) {
  const std::string domain = mail.from.substr(mail.from.find('@') + 1);
  const std::string boundary = absl::StrCat("=_", mail.message);
  const std::string name = mail.from_name.empty()
                               ? absl::StrCat("<", mail.from, ">")
                               : absl::StrCat(HeaderText(mail.from_name), " <", mail.from, ">");
  return absl::StrCat(
      "From: ", name, "\r\nTo: <", mail.to, ">\r\nSubject: ", HeaderText(mail.subject),
      "\r\nDate: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", mail.date, absl::UTCTimeZone()),
      "\r\nMessage-ID: <", mail.message, "@", domain,
      ">\r\nAuto-Submitted: auto-generated\r\nList-Unsubscribe: <", mail.link,
      ">\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"", boundary,
      "\"\r\n\r\n", Part("text/plain", boundary, mail.plain),
      Part("text/html", boundary, mail.html), "--", boundary, "--\r\n");
}

bool IsMailAddress(absl::string_view address) {
  const size_t at = address.find('@');
  if (at == 0 || at == absl::string_view::npos || at + 1 == address.size() ||
      address.find('@', at + 1) != absl::string_view::npos || address.front() == '-') {
    return false;
  }
  return std::all_of(address.begin(), address.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x20 && byte != 0x7F && c != '<' && c != '>' && c != ',' && c != ';' &&
           c != '"' && c != '\\';
  });
}

}  // namespace vaka::notifications
