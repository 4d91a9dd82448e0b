#include "tests/bench/fanout/peers.h"

#include "absl/strings/str_cat.h"
#include "tests/support/redis_server/free_port.h"

namespace vaka::bench {

absl::Status PubSubPeer::Start() {
  const std::string program = FindProgram({"/usr/bin/redis-server"});
  if (program.empty()) return NotInstalled();
  port_ = redis::FreePort();
  auto daemon = Daemon::Start(
      {.argv = {program, "--bind", "127.0.0.1", "--port", absl::StrCat(port_), "--save", "",
                "--appendonly", "no", "--client-output-buffer-limit", "pubsub 0 0 0"},
       .log = folder_.path() + "/log"});
  if (!daemon.ok()) return daemon.status();
  daemon_ = *std::move(daemon);
  return daemon_->AwaitReady([this] { return Listens(port_); }, absl::Seconds(20));
}

std::string PubSubPeer::Settings() const {
  return "Pub/Sub, nothing kept, client-output-buffer-limit pubsub 0 0 0, loopback TCP";
}

}  // namespace vaka::bench
