#include <unistd.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/peers.h"
#include "tests/support/redis_server/free_port.h"

namespace vaka::bench {

absl::Status RabbitPeer::Start() {
  // The one in /usr/sbin changes to a user of its own.
  const std::string program = FindProgram({"/usr/lib/rabbitmq/bin/rabbitmq-server"});
  const std::string epmd = FindProgram({"/usr/bin/epmd"});
  if (program.empty() || epmd.empty()) return NotInstalled();
  const std::string folder = folder_.Make("node");
  const std::string names = absl::StrCat(redis::FreePort());
  // Else Erlang starts one that stays.
  auto named = Daemon::Start({.argv = {epmd, "-port", names, "-address", "127.0.0.1"},
                              .log = folder_.path() + "/epmd.log"});
  if (!named.ok()) return named.status();
  epmd_ = *std::move(named);
  const int names_port = std::stoi(names);
  absl::Status status = epmd_->AwaitReady([&] { return Listens(names_port); }, absl::Seconds(20));
  if (!status.ok()) return status;

  port_ = redis::FreePort();
  std::ofstream(folder + "/rabbitmq.conf") << "listeners.tcp.default = 127.0.0.1:" << port_ << "\n"
                                           << "log.console.level = warning\n"
                                           // Two thousand connect at once, and it cuts who is not
                                           // through in ten seconds.
                                           << "handshake_timeout = 120000\n";
  auto daemon = Daemon::Start({
      .argv = {program},
      .environment = {absl::StrCat("HOME=", folder), absl::StrCat("ERL_EPMD_PORT=", names),
                      "ERL_EPMD_ADDRESS=127.0.0.1",
                      absl::StrCat("RABBITMQ_NODENAME=b", getpid(), "@localhost"),
                      absl::StrCat("RABBITMQ_DIST_PORT=", redis::FreePort()),
                      absl::StrCat("RABBITMQ_CONFIG_FILE=", folder, "/rabbitmq.conf"),
                      absl::StrCat("RABBITMQ_MNESIA_BASE=", folder, "/data"),
                      absl::StrCat("RABBITMQ_LOG_BASE=", folder, "/log"), "RABBITMQ_LOGS=-",
                      absl::StrCat("RABBITMQ_ENABLED_PLUGINS_FILE=", folder, "/plugins"),
                      absl::StrCat("RABBITMQ_PID_FILE=", folder, "/pid"),
                      "RABBITMQ_CONF_ENV_FILE=/dev/null",
                      // So that its script becomes the server, rather than stay beside it.
                      "RUNNING_UNDER_SYSTEMD=true"},
      .log = folder_.path() + "/log",
  });
  if (!daemon.ok()) return daemon.status();
  daemon_ = *std::move(daemon);
  return daemon_->AwaitReady([this] { return Listens(port_); }, absl::Minutes(2));
}

std::string RabbitPeer::Settings() const {
  return "one node as it comes but for two minutes to connect, no plugins, loopback TCP";
}

}  // namespace vaka::bench
