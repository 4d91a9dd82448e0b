#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/peers.h"
#include "tests/support/redis_server/free_port.h"

namespace vaka::bench {

absl::Status MosquittoPeer::Start() {
  const std::string program = FindProgram({"/usr/sbin/mosquitto"});
  if (program.empty()) return NotInstalled();
  port_ = redis::FreePort();
  const std::string config = folder_.path() + "/mosquitto.conf";
  std::ofstream(config) << "listener " << port_ << " 127.0.0.1\n"
                        << "allow_anonymous true\npersistence false\nset_tcp_nodelay true\n"
                        << "max_queued_messages 0\nmax_inflight_messages 0\nlog_type error\n";
  auto daemon = Daemon::Start({.argv = {program, "-c", config}, .log = folder_.path() + "/log"});
  if (!daemon.ok()) return daemon.status();
  daemon_ = *std::move(daemon);
  return daemon_->AwaitReady([this] { return Listens(port_); }, absl::Seconds(20));
}

std::string MosquittoPeer::Settings() const {
  return "persistence false, set_tcp_nodelay true, max_queued_messages 0, max_inflight_messages 0, "
         "loopback TCP";
}

}  // namespace vaka::bench
