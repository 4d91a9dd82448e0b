#include "libs/bus/address.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace vaka::bus {
namespace {

// 127.0.0.0/8 written as four numbers; "127.example.org" is a name like any other.
bool IsLoopbackV4(absl::string_view host) {
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

}  // namespace

bool IsTcp(const std::string& address) { return absl::StartsWith(address, "tcp://"); }

absl::StatusOr<Reach> ReachOf(const std::string& address) {
  absl::string_view rest = address;
  if (absl::ConsumePrefix(&rest, "inproc://") || absl::ConsumePrefix(&rest, "ipc://")) {
    if (!rest.empty()) return Reach::kMachine;
  } else if (absl::ConsumePrefix(&rest, "tcp://")) {
    const size_t colon = rest.rfind(':');
    const absl::string_view host = rest.substr(0, colon);
    if (colon != absl::string_view::npos && !host.empty() && colon + 1 < rest.size()) {
      const bool loopback = IsLoopbackV4(host) || host == "localhost" || host == "[::1]";
      return loopback ? Reach::kMachine : Reach::kNetwork;
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("bus: \"", address,
                   "\" is no address, expected inproc://name, ipc://path or tcp://host:port"));
}

}  // namespace vaka::bus
