#include "services/gateway/framing.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace vaka::gateway {
namespace {

auto Count(const HttpRequest& header, absl::string_view name) {
  return std::count_if(header.headers.begin(), header.headers.end(),
                       [&](const auto& field) { return field.first == name; });
}

}  // namespace

Framing CheckFraming(const HttpRequest& header, bool http11) {
  const auto lengths = Count(header, "content-length");
  const auto encodings = Count(header, "transfer-encoding");
  if (lengths > 1) return {400, "Content-Length: given more than once"};
  if (lengths > 0 && encodings > 0) return {400, "Content-Length: not beside Transfer-Encoding"};
  if (encodings > 1) return {400, "Transfer-Encoding: given more than once"};
  if (encodings > 0 && !http11) return {400, "Transfer-Encoding: not in HTTP/1.0"};
  if (encodings > 0 && !absl::EqualsIgnoreCase(header.Header("transfer-encoding"), "chunked")) {
    return {501, "Transfer-Encoding: only chunked"};
  }
  if (Count(header, "host") > 1 || (http11 && Count(header, "host") == 0)) {
    return {400, "Host: must be given once"};
  }
  return {};
}

std::string Joined(const HttpRequest& header, absl::string_view name) {
  std::string all;
  for (const auto& [key, value] : header.headers) {
    if (key == name) absl::StrAppend(&all, all.empty() ? "" : ",", value);
  }
  return all;
}

}  // namespace vaka::gateway
