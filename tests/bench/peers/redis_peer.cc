#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/bench/peers/peers.h"

namespace vaka::bench {

absl::Status RedisPeer::Start() {
  if (FindProgram({"/usr/bin/redis-server"}).empty()) return NotInstalled();
  redis_.emplace();
  return absl::OkStatus();
}

std::string RedisPeer::Settings() const {
  return "appendonly yes, appendfsync always, save \"\", unix socket";
}

pid_t RedisPeer::pid() const { return redis_.has_value() ? redis_->pid() : 0; }

}  // namespace vaka::bench
