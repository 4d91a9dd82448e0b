#include "libs/redis/endpoint.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/status.h"

namespace vaka::redis {
namespace {

std::string Decoded(absl::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int value = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        absl::SimpleHexAtoi(text.substr(i + 1, 2), &value)) {
      out.push_back(static_cast<char>(value));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// "host", "host:port", "[::1]:port".
bool ParseHost(absl::string_view text, Endpoint* endpoint) {
  absl::string_view port;
  if (absl::ConsumePrefix(&text, "[")) {
    const size_t close = text.find(']');
    if (close == absl::string_view::npos) return false;
    endpoint->host = std::string(text.substr(0, close));
    port = text.substr(close + 1);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return false;
  } else {
    const size_t colon = text.rfind(':');
    endpoint->host = std::string(text.substr(0, colon));
    if (colon != absl::string_view::npos) port = text.substr(colon + 1);
  }
  if (endpoint->host.empty()) return false;
  if (port.empty()) return true;
  return absl::SimpleAtoi(port, &endpoint->port) && endpoint->port > 0 && endpoint->port < 65536;
}

bool Parse(absl::string_view url, Endpoint* endpoint) {
  if (absl::ConsumePrefix(&url, "unix://")) {
    endpoint->kind = Endpoint::Kind::kUnix;
    endpoint->path = std::string(url);
    return absl::StartsWith(url, "/");
  }
  if (absl::ConsumePrefix(&url, "rediss://")) {
    endpoint->kind = Endpoint::Kind::kTls;
  } else if (!absl::ConsumePrefix(&url, "redis://")) {
    return false;
  }
  absl::ConsumeSuffix(&url, "/");
  if (const size_t at = url.rfind('@'); at != absl::string_view::npos) {
    const std::vector<std::string> secret =
        absl::StrSplit(url.substr(0, at), absl::MaxSplits(':', 1));
    if (secret.size() != 2) return false;
    endpoint->user = Decoded(secret[0]);
    endpoint->password = Decoded(secret[1]);
    url = url.substr(at + 1);
  }
  return ParseHost(url, endpoint);
}

}  // namespace

std::string Endpoint::ToString() const {
  if (kind == Kind::kUnix) return absl::StrCat("unix://", path);
  const bool v6 = absl::StrContains(host, ':');
  return absl::StrCat(kind == Kind::kTls ? "rediss://" : "redis://", v6 ? "[" : "", host,
                      v6 ? "]" : "", ":", port);
}

bool Endpoint::IsLocal() const {
  return kind == Kind::kUnix || host == "localhost" || host == "::1" ||
         absl::StartsWith(host, "127.");
}

absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view urls) {
  std::vector<Endpoint> endpoints;
  for (absl::string_view url : absl::StrSplit(urls, ',')) {
    Endpoint endpoint;
    if (!Parse(absl::StripAsciiWhitespace(url), &endpoint)) {
      return FieldError("redis", absl::StrCat("address ", endpoints.size() + 1,
                                              " is none of unix:///path, redis://host:port, "
                                              "rediss://host:port"));
    }
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

}  // namespace vaka::redis
