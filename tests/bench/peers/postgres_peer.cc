#include <libpq-fe.h>

#include "absl/strings/str_cat.h"
#include "tests/bench/peers/peers.h"

namespace vaka::bench {

absl::Status PostgresPeer::Start() {
  const std::string bin = "/usr/lib/postgresql/15/bin/";
  if (FindProgram({bin + "postgres"}).empty()) return NotInstalled();
  const std::string data = folder_.Make("data");
  const std::string log = folder_.path() + "/log";
  absl::Status status =
      RunToEnd({.argv = {bin + "initdb", "--pgdata", data, "--username=postgres", "--auth=trust",
                         "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"},
                .log = log},
               absl::Minutes(1));
  if (!status.ok()) return status;
  auto daemon = Daemon::Start({
      .argv = {bin + "postgres", "-D", data, "-c", "listen_addresses=", "-c",
               absl::StrCat("unix_socket_directories=", folder_.path()), "-c",
               "shared_buffers=512MB", "-c", "work_mem=64MB", "-c", "max_wal_size=4GB"},
      .log = log,
      .stop_signal = SIGINT,  // without waiting for its clients
  });
  if (!daemon.ok()) return daemon.status();
  daemon_ = *std::move(daemon);
  return daemon_->AwaitReady([this] { return PQping(conninfo().c_str()) == PQPING_OK; },
                             absl::Minutes(1));
}

std::string PostgresPeer::conninfo() const {
  return absl::StrCat("host=", folder_.path(),
                      " user=postgres dbname=postgres options='-c client_min_messages=warning'");
}

std::string PostgresPeer::Settings() const {
  return "fsync on, synchronous_commit on, shared_buffers 512 MB, work_mem 64 MB, max_wal_size 4 "
         "GB, "
         "unix socket";
}

}  // namespace vaka::bench
