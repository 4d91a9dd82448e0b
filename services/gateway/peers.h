#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace vaka::gateway {

// Whose a request is, by address: the connection's own; or, when that is a proxy we trust, the one
// that it names. Immutable.
class Peers final {
 public:
  // `proxies`: addresses and networks, "127.0.0.1", "10.1.0.0/16", "fd00::/8"; none: nobody is
  // trusted. INVALID_ARGUMENT names what is neither.
  static absl::StatusOr<Peers> Parse(const std::vector<std::string>& proxies);

  // `address` as inet_ntop writes it.
  bool Trusts(absl::string_view address) const;

  // `forwarded`: X-Forwarded-For, which each proxy on the way appends to. The last address in it
  // that is no trusted proxy's; what stands before it is only what that caller claims.
  std::string CallerOf(const std::string& connection, absl::string_view forwarded) const;

 private:
  struct Network {
    std::array<unsigned char, 16> address;
    int bits;
  };
  std::vector<Network> proxies_;
};

// What limits count by: an IPv4 address; of an IPv6 address the first 64 bits, since whoever has
// one has the other 2^64 as well. What is no address counts as it is.
std::string LimitKey(absl::string_view address);

}  // namespace vaka::gateway
