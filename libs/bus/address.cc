#include "libs/bus/address.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vaka::bus {
namespace {

// Four numbers; "127.example.org" is a name like any other.
bool IsV4(absl::string_view host) {
  return !host.empty() && host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

// Without the port.
absl::string_view HostOf(absl::string_view tcp_address) {
  absl::ConsumePrefix(&tcp_address, "tcp://");
  return tcp_address.substr(0, tcp_address.rfind(':'));
}

}  // namespace

bool IsTcp(const std::string& address) { return absl::StartsWith(address, "tcp://"); }

bool IsTcpV4(const std::string& address) { return IsTcp(address) && IsV4(HostOf(address)); }

absl::StatusOr<Reach> ReachOf(const std::string& address) {
  absl::string_view rest = address;
  if (absl::ConsumePrefix(&rest, "inproc://") || absl::ConsumePrefix(&rest, "ipc://")) {
    if (!rest.empty()) return Reach::kMachine;
  } else if (absl::ConsumePrefix(&rest, "tcp://")) {
    const size_t colon = rest.rfind(':');
    const absl::string_view host = HostOf(address);
    if (colon != absl::string_view::npos && !host.empty() && colon + 1 < rest.size()) {
      const bool loopback_v4 = IsV4(host) && absl::StartsWith(host, "127.");
      const bool loopback = loopback_v4 || host == "localhost" || host == "[::1]";
      return loopback ? Reach::kMachine : Reach::kNetwork;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("bus: \"", address,
                   "\" is no address, expected inproc://name, ipc://path or tcp://host:port"));
}

}  // namespace vaka::bus
