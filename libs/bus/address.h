#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace vaka::bus {

// How far a bus address reaches.
enum class Reach {
  kMachine,  // inproc://, ipc://, or tcp:// on a loopback address: may be plain
  kNetwork,  // any other tcp:// address: needs keys
};

// INVALID_ARGUMENT for what is none of "inproc://name", "ipc://path", "tcp://host:port".
absl::StatusOr<Reach> ReachOf(const std::string& address);

// Whether the address is carried by TCP, where keys are used whenever there are some.
bool IsTcp(const std::string& address);

// Whether the host is written as an IPv4 address: "tcp://127.0.0.1:7000".
bool IsTcpV4(const std::string& address);

}  // namespace vaka::bus
