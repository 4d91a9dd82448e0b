#include "services/gateway/peers.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vaka::gateway {
namespace {

using Bytes = std::array<unsigned char, 16>;
constexpr int kMappedBits = 96;  // ::ffff:0:0/96 holds the IPv4 addresses

bool IsMapped(const Bytes& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; }) &&
         bytes[10] == 0xff && bytes[11] == 0xff;
}

// IPv4 as mapped into IPv6, so that both are compared alike.
std::optional<Bytes> Read(absl::string_view text) {
  const std::string address(text);
  Bytes bytes{};
  if (inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xff;
  if (inet_pton(AF_INET, address.c_str(), bytes.data() + 12) == 1) return bytes;
  return std::nullopt;
}

bool Within(const Bytes& address, const Bytes& network, int bits) {
  for (int i = 0; i < bits; ++i) {
    const auto byte = static_cast<size_t>(i / 8);
    const int mask = 0x80 >> (i % 8);
    if ((address[byte] & mask) != (network[byte] & mask)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Peers> Peers::Parse(const std::vector<std::string>& proxies) {
  Peers peers;
  for (const std::string& text : proxies) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
    const std::optional<Bytes> address = Read(parts.first);
    const int own = address.has_value() && IsMapped(*address) ? 32 : 128;
    int bits = own;
    const bool whole = text.find('/') == std::string::npos;
    if (!address.has_value() ||
        (!whole && (!absl::SimpleAtoi(parts.second, &bits) || bits < 0 || bits > own))) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\" is neither an address nor a network like 10.0.0.0/8"));
    }
    peers.proxies_.push_back({*address, bits + (own == 32 ? kMappedBits : 0)});
  }
  return peers;
}

bool Peers::Trusts(absl::string_view address) const {
  if (proxies_.empty()) return false;
  const std::optional<Bytes> bytes = Read(address);
  return bytes.has_value() &&
         std::any_of(proxies_.begin(), proxies_.end(), [&](const Network& proxy) {
           return Within(*bytes, proxy.address, proxy.bits);
         });
}

std::string Peers::CallerOf(const std::string& connection, absl::string_view forwarded) const {
  if (!Trusts(connection)) return connection;
  const std::vector<absl::string_view> hops =
      absl::StrSplit(forwarded, ',', absl::SkipWhitespace());
  std::string caller = connection;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const absl::string_view address = absl::StripAsciiWhitespace(*hop);
    if (!Read(address).has_value()) return caller;
    caller = std::string(address);
    if (!Trusts(address)) return caller;
  }
  return caller;
}

std::string LimitKey(absl::string_view address) {
  std::optional<Bytes> bytes = Read(address);
  if (!bytes.has_value()) return std::string(address);
  char text[INET6_ADDRSTRLEN] = {};
  if (IsMapped(*bytes)) {
    inet_ntop(AF_INET, bytes->data() + 12, text, sizeof(text));
    return text;
  }
  std::fill(bytes->begin() + 8, bytes->end(), static_cast<unsigned char>(0));
  inet_ntop(AF_INET6, bytes->data(), text, sizeof(text));
  return absl::StrCat(text, "/64");
}

}  // namespace vaka::gateway
